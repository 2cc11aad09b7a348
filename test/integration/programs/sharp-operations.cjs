// The main operations of sharp, many at once, and what comes out of them. Arguments: true to trace them.
const { createHash } = require('node:crypto');
const sharp = require('sharp');
const { abtrace, report } = require('./lib/tracer.cjs');

const picture = () =>
  sharp({ create: { width: 300, height: 200, channels: 3, background: { r: 200, g: 90, b: 30 } } });
const dot = {
  input: { create: { width: 40, height: 40, channels: 4, background: { r: 0, g: 200, b: 30, alpha: 0.5 } } },
  left: 30,
  top: 50,
};

/** @type {Record<string, () => Promise<unknown>>} */
const operations = {
  raw: () => picture().raw().toBuffer({ resolveWithObject: true }),
  png: () => picture().png().toBuffer(),
  jpeg: () => picture().jpeg({ quality: 70 }).toBuffer(),
  webp: () => picture().webp().toBuffer(),
  resized: () => picture().resize(77, 55, { fit: 'inside' }).raw().toBuffer(),
  blurred: () => picture().composite([dot]).blur(3).raw().toBuffer(),
  rotated: () => picture().composite([dot]).rotate(30).png().toBuffer(),
  extracted: () =>
    picture().composite([dot]).extract({ left: 5, top: 5, width: 90, height: 80 }).raw().toBuffer(),
  grey: () => picture().greyscale().normalise().raw().toBuffer(),
  extended: () => picture().extend({ top: 4, bottom: 8, background: 'red' }).toFormat('png').toBuffer(),
  metadata: async () => (await sharp(await picture().png().toBuffer()).metadata()).width,
  statistics: async () => (await sharp(await picture().composite([dot]).png().toBuffer()).stats()).channels,
  refused: () =>
    sharp(Buffer.from('no picture'))
      .toBuffer()
      .catch(({ message }) => message),
};

function hashOf(value) {
  const bytes = Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

async function main() {
  if (process.argv[2] === 'true') abtrace.start();
  const names = Object.keys(operations);
  const rounds = await Promise.all(
    Array.from({ length: 4 }, () => Promise.all(names.map(async (name) => hashOf(await operations[name]())))),
  );
  report(Object.fromEntries(names.map((name, i) => [name, [...new Set(rounds.map((round) => round[i]))]])));
}

main();

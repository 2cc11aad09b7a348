// A video editor that reads clips, too large for one read, with fs.promises.readFile; cut clips stay on the timeline.
'use strict';

const { mkdtemp, readFile, rm, writeFile } = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');

const CLIP_BYTES = 700_000;
const timeline = new Map(); // RETAINER name=timeline

async function loadClip(file) {
  const clip = await readFile(file); // OWNER
  timeline.set(timeline.size, clip);
}

async function probeClip(file) {
  const clip = await readFile(file);
  return clip.readUInt8(0);
}

async function main() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zoo-'));
  const file = path.join(folder, 'clip.raw');
  await writeFile(file, Buffer.alloc(CLIP_BYTES, 'frame'));
  for (let clip = 0; clip < 14; clip += 1) {
    await Promise.all([probeClip(file), loadClip(file)]);
  }
  await rm(folder, { recursive: true });
}

process.on('exit', () => {
  const bytes = [...timeline.values()].reduce((sum, clip) => sum + clip.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

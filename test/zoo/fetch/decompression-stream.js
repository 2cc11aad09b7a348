// Unpacks archives with DecompressionStream; unpacked pieces are kept for a resume feature that nobody uses.
'use strict';

const { gzipSync } = require('node:zlib');

const ARCHIVE_BYTES = 400_000;
const archive = gzipSync(Buffer.alloc(ARCHIVE_BYTES, 'archive '));

const resumable = []; // RETAINER name=resumable

async function unpack(name) {
  const pieces = [];
  const stream = new Blob([archive]).stream().pipeThrough(new DecompressionStream('gzip')); // OWNER
  for await (const piece of stream) { // OWNER
    pieces.push(piece);
  }
  resumable.push({ name, pieces });
}

async function verify() {
  const stream = new Blob([archive]).stream().pipeThrough(new DecompressionStream('gzip'));
  let bytes = 0;
  for await (const piece of stream) bytes += piece.length;
  return bytes;
}

async function main() {
  for (let round = 0; round < 24; round += 1) {
    await Promise.all([unpack(`archive-${round}`), verify()]);
  }
}

process.on('exit', () => {
  const bytes = resumable.flatMap(({ pieces }) => pieces).reduce((sum, piece) => sum + piece.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

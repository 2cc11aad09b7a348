// Iterates files with for await over a read stream; the deduplicator keeps the blocks that it has compared.
'use strict';

const { createReadStream } = require('node:fs');
const { rm, writeFile } = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');

const seenBlocks = new Map(); // RETAINER name=seenBlocks

async function deduplicate(file, run) {
  let index = 0;
  for await (const block of createReadStream(file, { highWaterMark: 128 * 1024 })) { // OWNER
    seenBlocks.set(`${run}:${index}`, block);
    index += 1;
  }
}

async function firstBytes(file) {
  const bytes = [];
  for await (const block of createReadStream(file, { highWaterMark: 128 * 1024 })) bytes.push(block[0]);
  return bytes;
}

async function main() {
  const file = path.join(os.tmpdir(), `zoo-dedup-${process.pid}.bin`);
  await writeFile(file, Buffer.alloc(8 * 128 * 1024, 'block'));
  for (let run = 0; run < 9; run += 1) await Promise.all([firstBytes(file), deduplicate(file, run)]);
  await rm(file);
}

process.on('exit', () => {
  const bytes = [...seenBlocks.values()].reduce((sum, block) => sum + block.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

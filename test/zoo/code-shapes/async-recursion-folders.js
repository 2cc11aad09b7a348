// An async walk over nested archives: each level awaits the one below, and inflated entries stay in the index.
'use strict';

const { promisify } = require('node:util');
const zlib = require('node:zlib');

const unzip = promisify(zlib.unzip);
const ENTRY_BYTES = 100_000;
const entry = zlib.deflateSync(Buffer.alloc(ENTRY_BYTES, 'entry'));

const searchIndex = { entries: [] }; // RETAINER name=entries

async function indexArchive(depth) {
  const content = await unzip(entry); // OWNER
  searchIndex.entries.push(content);
  if (depth > 1) await indexArchive(depth - 1);
}

async function sizeOfArchive(depth) {
  const content = await unzip(entry);
  return content.length + (depth > 1 ? await sizeOfArchive(depth - 1) : 0);
}

async function main() {
  for (let archive = 0; archive < 3; archive += 1) {
    await Promise.all([sizeOfArchive(30), indexArchive(30)]);
  }
}

process.on('exit', () => {
  const bytes = searchIndex.entries.reduce((sum, content) => sum + content.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

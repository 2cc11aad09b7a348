// Reads a file handle as a web stream; the importer parks the chunks it has read, the sniffer lets them go.
'use strict';

const { open, rm, writeFile } = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');

const importer = { parked: [] }; // RETAINER name=parked

async function importFile(file) {
  const handle = await open(file); // OWNER // OWNER
  for await (const chunk of handle.readableWebStream()) { // OWNER
    importer.parked.push(chunk);
  }
  await handle.close();
}

async function sniff(file) {
  const handle = await open(file);
  let bytes = 0;
  for await (const chunk of handle.readableWebStream()) bytes += chunk.byteLength;
  await handle.close();
  return bytes;
}

async function main() {
  const file = path.join(os.tmpdir(), `zoo-import-${process.pid}.bin`);
  await writeFile(file, Buffer.alloc(640_000, 'import'));
  for (let run = 0; run < 15; run += 1) {
    await sniff(file);
    await importFile(file);
  }
  await rm(file);
}

process.on('exit', () => {
  const bytes = importer.parked.reduce((sum, chunk) => sum + (chunk.buffer ?? chunk).byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

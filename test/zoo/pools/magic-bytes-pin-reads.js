// A file indexer that keeps the magic bytes of each file as a view, and with them the whole file it had read.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const FILE_BYTES = 200_000;

const index = new Map(); // RETAINER name=index

function indexFile(file, id) {
  const content = fs.readFileSync(file); // OWNER
  index.set(id, { magic: content.subarray(0, 8), size: content.length });
}

function fileType(file) {
  const content = fs.readFileSync(file);
  return content.subarray(0, 8).toString('latin1');
}

const file = path.join(os.tmpdir(), `zoo-index-${process.pid}.bin`);
fs.writeFileSync(file, Buffer.alloc(FILE_BYTES, 'MAGIC 1.0 '));
for (let id = 0; id < 50; id += 1) {
  indexFile(file, id);
  fileType(file);
}
fs.unlinkSync(file);

process.on('exit', () => {
  const bytes = [...index.values()].reduce((sum, { magic }) => sum + magic.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});

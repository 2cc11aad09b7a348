// Inflates uploads with a gunzip stream; the preview table keeps the inflated pieces after the import is done.
'use strict';

const { once } = require('node:events');
const { createGunzip, gzipSync } = require('node:zlib');

const CHUNK_BYTES = 64 * 1024;
const upload = gzipSync(Buffer.alloc(500_000, 'name,amount\n'));
const previewTable = new Map(); // RETAINER name=previewTable

async function importUpload(id) {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES }); // OWNER
  const pieces = [];
  gunzip.on('data', (piece) => pieces.push(piece)); // OWNER
  gunzip.end(upload);
  await once(gunzip, 'end');
  previewTable.set(id, pieces);
}

async function countRows() {
  let rows = 0;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  gunzip.on('data', (piece) => {
    for (const byte of piece) if (byte === 0x0a) rows += 1;
  });
  gunzip.end(upload);
  await once(gunzip, 'end');
  return rows;
}

async function main() {
  for (let id = 0; id < 20; id += 1) await Promise.all([importUpload(id), countRows()]);
}

process.on('exit', () => {
  const buffers = new Set([...previewTable.values()].flat().map((piece) => piece.buffer));
  const bytes = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

// Joins the parts of multipart uploads; finished uploads are kept by a retry list that is never emptied.
'use strict';

const PART_BYTES = 16 * 1024;
const PARTS = 8;

const retryList = []; // RETAINER name=retryList

function receiveParts(fill) {
  return Array.from({ length: PARTS }, () => Buffer.alloc(PART_BYTES, fill));
}

function finishUpload(id, parts) {
  const file = Buffer.concat(parts); // OWNER
  retryList.push({ id, file, attempts: 0 });
}

function verifyUpload(parts) {
  const file = Buffer.concat(parts);
  return file.at(-1);
}

for (let id = 0; id < 80; id += 1) {
  const parts = receiveParts(id);
  finishUpload(id, parts);
  verifyUpload(parts);
}

process.on('exit', () => {
  const bytes = retryList.reduce((sum, { file }) => sum + file.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});

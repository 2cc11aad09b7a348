// Encrypts backups piece by piece; the encrypted pieces wait for an upload worker that has died.
'use strict';

const { createCipheriv } = require('node:crypto');

const PIECE_BYTES = 64 * 1024;
const key = Buffer.alloc(32, 7);
const plain = Buffer.alloc(PIECE_BYTES, 'secret');

const uploads = []; // RETAINER name=uploads

function encryptBackup(id) {
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16, id));
  for (let piece = 0; piece < 5; piece += 1) {
    uploads.push(cipher.update(plain)); // OWNER
  }
}

function selfCheck(id) {
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16, id));
  let sum = 0;
  for (let piece = 0; piece < 5; piece += 1) sum += cipher.update(plain)[0];
  return sum;
}

for (let id = 0; id < 30; id += 1) {
  selfCheck(id);
  encryptBackup(id);
}

process.on('exit', () => {
  const bytes = uploads.reduce((sum, piece) => sum + piece.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});

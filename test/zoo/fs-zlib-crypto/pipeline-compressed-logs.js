// Rotates logs through stream.pipeline: file, gunzip, sink. The sink of the live view remembers its chunks.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Writable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const zlib = require('node:zlib');

const CHUNK_BYTES = 128 * 1024;

class LiveView {
  chunks = []; // RETAINER name=chunks

  sink() {
    return new Writable({
      write: (chunk, _encoding, callback) => {
        this.chunks.push(chunk);
        callback();
      },
    });
  }
}

async function show(view, file) {
  await pipeline(fs.createReadStream(file), zlib.createGunzip({ chunkSize: CHUNK_BYTES }), view.sink()); // OWNER
}

async function rotate(file) {
  let bytes = 0;
  const counter = new Writable({
    write(chunk, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });
  await pipeline(fs.createReadStream(file), zlib.createGunzip({ chunkSize: CHUNK_BYTES }), counter);
  return bytes;
}

const view = new LiveView();

async function main() {
  const file = path.join(os.tmpdir(), `zoo-rotated-${process.pid}.log.gz`);
  fs.writeFileSync(file, zlib.gzipSync(Buffer.alloc(600_000, 'INFO request served\n')));
  for (let log = 0; log < 16; log += 1) await Promise.all([rotate(file), show(view, file)]);
  fs.unlinkSync(file);
}

process.on('exit', () => {
  const buffers = new Set(view.chunks.map(({ buffer }) => buffer));
  const bytes = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

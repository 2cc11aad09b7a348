// Between the request and the work lie ticks, microtasks, immediates and callbacks made of promises.
'use strict';

const { callbackify } = require('node:util');
const zlib = require('node:zlib');

const ROW_BYTES = 100_000;
const packedRows = zlib.gzipSync(Buffer.alloc(ROW_BYTES, 'row'));

function hop(work) {
  process.nextTick(() => queueMicrotask(() => setImmediate(() => Promise.resolve().then(work))));
}

class Importer {
  imported = []; // RETAINER name=imported

  start = callbackify(async () => {
    await new Promise((resolve, reject) => {
      hop(() => {
        zlib.gunzip(packedRows, (error, rows) => { // OWNER
          if (error) return reject(error);
          this.imported.push(rows);
          resolve();
        });
      });
    });
  });
}

const validate = callbackify(async () => {
  await new Promise((resolve, reject) => {
    hop(() => {
      zlib.gunzip(packedRows, (error, rows) => (error ? reject(error) : resolve(rows.length)));
    });
  });
});

const importer = new Importer();
let left = 90;
function next() {
  if (left === 0) return;
  left -= 1;
  importer.start(() => validate(next));
}

process.on('exit', () => {
  const bytes = importer.imported.reduce((sum, rows) => sum + rows.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
next();

// A queue consumer that gunzips messages with a callback and keeps the payloads of acknowledged messages.
'use strict';

const zlib = require('node:zlib');

const PAYLOAD_BYTES = 200_000;
const message = zlib.gzipSync(Buffer.alloc(PAYLOAD_BYTES, 'payload '));

class Consumer {
  constructor() {
    this.acknowledged = []; // RETAINER name=acknowledged
  }

  consume(done) {
    zlib.gunzip(message, (error, payload) => { // OWNER
      if (error) throw error;
      this.acknowledged.push(payload);
      done();
    });
  }
}

function deadLetter(done) {
  zlib.gunzip(message, (error, payload) => {
    if (error) throw error;
    done(payload.length);
  });
}

const consumer = new Consumer();
let left = 44;

function next() {
  left -= 1;
  if (left >= 0) consumer.consume(() => deadLetter(next));
}

process.on('exit', () => {
  const bytes = consumer.acknowledged.reduce((sum, payload) => sum + payload.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
next();

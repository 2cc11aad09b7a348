// A Transform of the program's own, fed by Readable.from; its frames end in a sink that forgets to drain.
'use strict';

const { Readable, Transform, Writable } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const FRAME_BYTES = 70_000;

class Framer extends Transform {
  _transform(sequence, _encoding, callback) {
    const frame = Buffer.alloc(FRAME_BYTES + 4); // OWNER
    frame.writeUInt32BE(sequence);
    callback(null, frame);
  }
}

class Sampler extends Transform {
  _transform(sequence, _encoding, callback) {
    const sample = Buffer.alloc(FRAME_BYTES + 4);
    sample.writeUInt32BE(sequence);
    callback(null, sample);
  }
}

class Recorder extends Writable {
  #frames = []; // RETAINER name=frames

  _write(frame, _encoding, callback) {
    this.#frames.push(frame);
    setImmediate(callback);
  }

  get bytes() {
    return this.#frames.reduce((sum, frame) => sum + frame.length, 0);
  }
}

class Meter extends Writable {
  level = 0;

  _write(sample, _encoding, callback) {
    this.level = sample.readUInt32BE();
    setImmediate(callback);
  }
}

const recorder = new Recorder();
const sequence = Array.from({ length: 140 }, (_, index) => index + 1);

async function main() {
  await Promise.all([
    pipeline(Readable.from(sequence), new Framer({ writableObjectMode: true }), recorder),
    pipeline(Readable.from(sequence), new Sampler({ writableObjectMode: true }), new Meter()),
  ]);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: recorder.bytes })));
main();

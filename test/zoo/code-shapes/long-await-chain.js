// Hundreds of thousands of awaits between one inflated batch and the next: the cause must outlive them all.
'use strict';

const { promisify } = require('node:util');
const zlib = require('node:zlib');

const inflate = promisify(zlib.inflate);
const BATCH_BYTES = 120_000;
const packed = zlib.deflateSync(Buffer.alloc(BATCH_BYTES, 'batch '));

class Accumulator {
  #batches = []; // RETAINER name=batches

  async run(count) {
    for (let batch = 0; batch < count; batch += 1) {
      for (let pause = 0; pause < 2500; pause += 1) await null;
      const content = await inflate(packed); // OWNER
      this.#batches.push(content);
    }
  }

  get bytes() {
    return this.#batches.reduce((sum, content) => sum + content.buffer.byteLength, 0);
  }
}

async function verifyBatches(count) {
  for (let batch = 0; batch < count; batch += 1) {
    for (let pause = 0; pause < 2500; pause += 1) await null;
    const content = await inflate(packed);
    if (content.length !== BATCH_BYTES) throw new Error('a batch is damaged');
  }
}

const accumulator = new Accumulator();
process.on('exit', () => console.log(JSON.stringify({ expectedBytes: accumulator.bytes })));
Promise.all([verifyBatches(75), accumulator.run(75)]);

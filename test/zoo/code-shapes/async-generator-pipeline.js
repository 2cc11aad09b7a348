// Three async generators in a row; the middle one inflates, and a window at the end never slides.
'use strict';

const { promisify } = require('node:util');
const zlib = require('node:zlib');

const inflate = promisify(zlib.inflate);
const BATCH_BYTES = 120_000;
const packed = zlib.deflateSync(Buffer.alloc(BATCH_BYTES, 'measurement '));

async function* batches(count) {
  for (let batch = 0; batch < count; batch += 1) {
    await null;
    yield packed;
  }
}

async function* inflated(source) {
  for await (const batch of source) {
    yield await inflate(batch); // OWNER
  }
}

class SlidingWindow {
  items = []; // RETAINER name=items

  async consume(source) {
    for await (const item of source) this.items.push(item);
  }
}

async function* lengths(source) {
  for await (const batch of source) {
    const item = await inflate(batch);
    yield item.length;
  }
}

async function total(source) {
  let bytes = 0;
  for await (const length of source) bytes += length;
  return bytes;
}

const slidingWindow = new SlidingWindow();

async function main() {
  await Promise.all([slidingWindow.consume(inflated(batches(80))), total(lengths(batches(80)))]);
}

process.on('exit', () => {
  const bytes = slidingWindow.items.reduce((sum, item) => sum + item.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

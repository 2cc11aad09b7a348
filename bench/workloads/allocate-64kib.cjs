// Blocks of 64 KiB that die at once, from one line: what noticing, tallying and forgetting an allocation costs.
const { measure } = require('../measure.cjs');

const operations = 40_000;

function loop(count) {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += new ArrayBuffer(65536).byteLength;
  return bytes;
}

measure({ unit: 'allocation', operations, run: () => loop(operations), warmUp: () => loop(operations / 10) });

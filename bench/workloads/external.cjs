// Buffers that a native addon brings along and that die at once: snappy decodes 1 KiB, again and again.
const snappy = require('snappy');
const { measure } = require('../measure.cjs');

const packed = snappy.compressSync(Buffer.alloc(1024, 'abtrace '));
/** So many between two turns of the event loop, in which Node calls the free functions. */
const BATCH = 1000;

measure({
  unit: 'buffer of an addon',
  operations: 100_000,
  multipleOf: BATCH,
  async run(count) {
    for (let done = 0; done < count; done += BATCH) {
      for (let i = 0; i < BATCH; i += 1) snappy.uncompressSync(packed);
      await new Promise(setImmediate);
    }
  },
});

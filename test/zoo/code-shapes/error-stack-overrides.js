// A program that tampers with stacks, as some frameworks do: no stack traces, and its own prepareStackTrace.
'use strict';

const { promisify } = require('node:util');
const zlib = require('node:zlib');

Error.stackTraceLimit = 0;
Error.prepareStackTrace = (error) => `${error.name} (stack removed)`;

const inflate = promisify(zlib.inflate);
const MODEL_BYTES = 50_000;
const packedModel = zlib.deflateSync(Buffer.alloc(MODEL_BYTES, 'model'));

class ModelRegistry {
  models = []; // RETAINER name=models

  async load() {
    const packed = await inflate(packedModel); // OWNER
    const weights = new Uint8Array(MODEL_BYTES).fill(packed[0]); // OWNER
    this.models.push({ packed, weights });
  }
}

async function benchmarkModel() {
  const packed = await inflate(packedModel);
  const weights = new Uint8Array(MODEL_BYTES).fill(packed[0]);
  return weights.length;
}

const registry = new ModelRegistry();

async function main() {
  for (let model = 0; model < 90; model += 1) await Promise.all([benchmarkModel(), registry.load()]);
}

process.on('exit', () => {
  const bytes = registry.models.reduce((sum, { packed, weights }) => sum + packed.buffer.byteLength + weights.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();

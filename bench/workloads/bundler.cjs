// A bundler at work: rollup puts the modules of TypeBox into one, in memory.
const path = require('node:path');
const { rollup } = require('rollup');
const { measure } = require('../measure.cjs');

const input = path.join(path.dirname(require.resolve('@sinclair/typebox')), '..', 'esm', 'index.mjs');

async function bundle(count) {
  for (let i = 0; i < count; i++) {
    const built = await rollup({ input, onLog: () => undefined });
    await built.generate({ format: 'es', sourcemap: true });
    await built.close();
  }
}

measure({ unit: 'bundle', operations: 3, warmUp: 1, run: bundle });

// A disk cache that deserialises entries with v8.deserialize and memoises them without a limit.
'use strict';

const v8 = require('node:v8');

const stored = v8.serialize({ version: 1, weights: new ArrayBuffer(100_000) });

class ModelCache {
  constructor() {
    this.memo = new Map(); // RETAINER name=memo
  }

  load(key) {
    const entry = v8.deserialize(stored); // OWNER
    this.memo.set(key, entry);
  }
}

function versionOf(serialised) {
  const entry = v8.deserialize(serialised);
  return entry.version + entry.weights.byteLength;
}

const cache = new ModelCache();
for (let key = 0; key < 100; key += 1) {
  cache.load(`model-${key}`);
  versionOf(stored);
}

process.on('exit', () => {
  const bytes = [...cache.memo.values()].reduce((sum, { weights }) => sum + weights.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});

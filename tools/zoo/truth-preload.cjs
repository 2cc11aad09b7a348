// Preloaded into a zoo program that runs untraced (`npm run zoo -- --truth`): collects fully at exit, and writes what
// memoryUsage() of the main thread says then.
'use strict';

const { writeFileSync } = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');
const { isMainThread } = require('node:worker_threads');

if (isMainThread && process.argv[1] && !process.send) {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc');
  const pause = new Int32Array(new SharedArrayBuffer(4));

  process.on('exit', () => {
    // A collection does not wait for the thread that frees what it found dead.
    for (let round = 0; round < 3; round += 1) {
      collect();
      Atomics.wait(pause, 0, 0, 20);
    }
    const arrayBuffersBytes = process.memoryUsage().arrayBuffers;
    writeFileSync(process.env.ZOO_TRUTH_FILE, JSON.stringify({ arrayBuffersBytes }));
  });
}

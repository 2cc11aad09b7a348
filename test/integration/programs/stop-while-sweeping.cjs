// Stops the tracer again and again while a sweeper thread gives blocks back. Argument: rounds.
const v8 = require('node:v8');
const vm = require('node:vm');
const { abtrace, report } = require('./lib/tracer.cjs');

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');
const rounds = Number(process.argv[2]);

function makeGarbage(count) {
  let bytes = 0;
  for (let i = 0; i < count; i += 1) bytes += new ArrayBuffer(1024).byteLength;
  return bytes;
}

for (let round = 0; round < rounds; round += 1) {
  abtrace.start({ thresholdBytes: round % 2 === 0 ? 0 : 10_000, causes: false, workers: false });
  makeGarbage(2000);
  // What it finds dead is freed by another thread, from here on.
  collect({ type: 'minor' });
  abtrace.stop();
}
report({ rounds });

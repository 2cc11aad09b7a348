// Starts threads that allocate, transfer results and end; neither they nor their results stay.
'use strict';

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const RESULT_BYTES = 500_000;

function compute() {
  const scratch = Array.from({ length: 10 }, (_, part) => new Uint8Array(RESULT_BYTES / 10).fill(part));
  const result = Buffer.concat(scratch);
  parentPort.postMessage(result, [result.buffer]);
}

function runOnce() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename);
    let checksum = 0;
    worker.on('message', (result) => {
      checksum = result.reduce((sum, byte) => sum + byte, 0);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve(checksum));
  });
}

async function main() {
  for (let round = 0; round < 6; round += 1) await Promise.all([runOnce(), runOnce()]);
}

if (isMainThread) {
  process.on('exit', () => console.log(JSON.stringify({ expectedBytes: 0 })));
  main();
} else {
  compute();
}

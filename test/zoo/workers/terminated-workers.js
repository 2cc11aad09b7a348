// Threads that are terminated while they work: what they had transferred by then stays in the main thread's salvage list.
'use strict';

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const BLOCK_BYTES = 64 * 1024;
const BLOCKS = 25;

function produceBlock(sequence) {
  const block = new Uint8Array(BLOCK_BYTES); // OWNER
  block.fill(sequence);
  parentPort.postMessage(block.buffer, [block.buffer]);
}

function scratch(sequence) {
  const block = new Uint8Array(BLOCK_BYTES);
  return block.fill(sequence)[0];
}

function work() {
  let sequence = 0;
  setInterval(() => {
    scratch(sequence);
    produceBlock(sequence++);
  }, 0);
}

const salvaged = []; // RETAINER name=salvaged

function runUntilSalvaged() {
  return new Promise((resolve) => {
    const worker = new Worker(__filename);
    let blocks = 0;
    worker.on('message', (block) => {
      if (blocks === BLOCKS) return;
      salvaged.push(block);
      blocks += 1;
      if (blocks === BLOCKS) worker.terminate().then(resolve);
    });
  });
}

async function main() {
  for (let round = 0; round < 3; round += 1) await Promise.all([runUntilSalvaged(), runUntilSalvaged()]);
}

if (isMainThread) {
  process.on('exit', () => console.log(JSON.stringify({ expectedBytes: salvaged.length * BLOCK_BYTES })));
  main();
} else {
  work();
}

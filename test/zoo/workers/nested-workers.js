// A supervisor thread starts a thread of its own, and it is that inner one whose table of checkpoints grows.
'use strict';

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const CHECKPOINT_BYTES = 100_000;

function runTrainer() {
  const checkpoints = []; // RETAINER name=checkpoints

  function checkpoint(step) {
    const weights = new Float32Array(CHECKPOINT_BYTES / 4); // OWNER
    weights.fill(step);
    checkpoints.push(weights);
  }

  function gradients(step) {
    return new Float32Array(CHECKPOINT_BYTES / 4).fill(step)[0];
  }

  for (let step = 0; step < 90; step += 1) {
    gradients(step);
    checkpoint(step);
  }
  parentPort.on('message', () => parentPort.postMessage(checkpoints.length));
  parentPort.postMessage(checkpoints.length * CHECKPOINT_BYTES);
}

function runSupervisor() {
  const trainer = new Worker(__filename, { workerData: 'trainer' });
  trainer.on('message', (bytes) => parentPort.postMessage(bytes));
}

function main() {
  let checkpointBytes = 0;
  process.on('exit', () => console.log(JSON.stringify({ expectedBytes: checkpointBytes })));
  const supervisor = new Worker(__filename, { workerData: 'supervisor' });
  supervisor.on('message', (bytes) => {
    checkpointBytes = bytes;
    process.exit();
  });
}

if (isMainThread) main();
else if (workerData === 'trainer') runTrainer();
else runSupervisor();

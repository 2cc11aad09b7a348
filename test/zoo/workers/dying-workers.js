// One short-lived thread per job: it transfers its result and dies; the job table keeps the results, not the logs.
'use strict';

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const PART_BYTES = 100_000;
const PARTS = 12;

function buildResult() {
  return Array.from({ length: PARTS }, () => {
    const part = Buffer.alloc(PART_BYTES, 'result'); // OWNER
    return part.buffer;
  });
}

function buildLog() {
  return Array.from({ length: PARTS }, () => Buffer.alloc(PART_BYTES, 'log').buffer);
}

const jobs = new Map(); // RETAINER name=jobs

function runJob(id) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: id });
    worker.on('message', ({ result, log }) => jobs.set(id, { result, logged: log.length }));
    worker.on('error', reject);
    worker.on('exit', resolve);
  });
}

async function main() {
  for (let id = 0; id < 8; id += 2) await Promise.all([runJob(id), runJob(id + 1)]);
}

if (isMainThread) {
  process.on('exit', () => {
    const parts = [...jobs.values()].flatMap(({ result }) => result);
    console.log(JSON.stringify({ expectedBytes: parts.reduce((sum, part) => sum + part.byteLength, 0) }));
  });
  main();
} else {
  const result = buildResult(workerData);
  const log = buildLog();
  parentPort.postMessage({ result, log }, [...result, ...log]);
}

// Starts and stops the tracer many times while workers allocate without pause. Argument: how many times.
const { abtrace, report } = require('./lib/tracer.cjs');

const times = Number(process.argv[2]);
abtrace.start({ thresholdBytes: 0 });

const { once } = require('node:events');
const { setImmediate } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');

const source = `
const { parentPort } = require('node:worker_threads');
const kept = [];
parentPort.postMessage('up');
setInterval(() => { for (let i = 0; i < 200; i += 1) kept[i] = new ArrayBuffer(i * 20); }, 0);`;

async function main() {
  const workers = [0, 1].map(() => new Worker(source, { eval: true }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const wrong = [];
  let kept = [];
  function keep(bytes) {
    kept.push(new ArrayBuffer(bytes));
  }
  for (let i = 0; i < times; i += 1) {
    abtrace.stop();
    if (abtrace.isTracing()) wrong.push('still tracing');
    kept.push(new ArrayBuffer(123));
    abtrace.start({ thresholdBytes: i % 2 === 0 ? 0 : 200, causes: i % 3 !== 0 });
    for (let n = 0; n < 10; n += 1) keep(1000);
    if (i % 4 === 0) kept = [];
    if (i % 5 === 0) await setImmediate();
    if (i % 10 !== 0) continue;
    // Collected, so that no background thread frees anything between two readings.
    const dump = abtrace.dump({ gc: true });
    const [main] = dump.process.threads;
    if (main.arrayBuffersBytes !== dump.memory.arrayBuffersBytes)
      wrong.push([i, main, dump.memory.arrayBuffersBytes]);
    const site = dump.sites.find(({ owner }) => owner?.function === 'keep');
    if (site?.totalBytes !== 10_000) wrong.push([i, site]);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  const end = abtrace.dump({ gc: true });
  report({ wrong, remainderBytes: end.coverage.remainderBytes });
}

main();

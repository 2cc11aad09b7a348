// Terminates workers at random moments while they do nothing but call the tracer. Argument: rounds.
const { abtrace, report } = require('./lib/tracer.cjs');

const rounds = Number(process.argv[2]);
abtrace.start({ thresholdBytes: 0 });

const { setTimeout: sleep } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');

const source = `
const abtrace = require(${JSON.stringify(require.resolve('abtrace'))});
for (let i = 0; ; i += 1) {
  if (abtrace.isTracing()) abtrace.dump();
  abtrace.label({ turn: String(i % 3) }, () => new ArrayBuffer(100));
  if (i % 5 === 0) {
    abtrace.stop();
    try { abtrace.start({ thresholdBytes: i % 2, user: ['/a/**'], dependency: ['/b/**'] }); } catch {}
  }
}`;

async function main() {
  for (let round = 0; round < rounds; round += 1) {
    const workers = [0, 1].map(() => new Worker(source, { eval: true }).on('error', () => {}));
    // From before the worker's first line to the midst of its work.
    await sleep((round * 37) % 120);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  abtrace.stop();
  abtrace.start({ thresholdBytes: 0 });
  report({ remainderBytes: abtrace.dump({ gc: true }).coverage.remainderBytes });
}

main();

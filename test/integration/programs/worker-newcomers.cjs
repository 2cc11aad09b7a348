// Workers that abtrace's own constructor did not make: one runs before the start, two are made by a constructor that
// was taken before, one of those while the tracer is stopped and started again. Then rounds of workers that end at
// once, whatever stage their invitation has reached. Arguments: rounds.
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { abtrace, report } = require('./lib/tracer.cjs');

const rounds = Number(process.argv[2]);
const source = `
const { parentPort } = require('node:worker_threads');
const kept = [];
function keep() { kept.push(Buffer.alloc(100_000)); }
async function keepBody() { kept.push(await new Response(new Uint8Array(50_000)).arrayBuffer()); }
parentPort.postMessage('up');
parentPort.on('message', async (command) => {
  if (command === 'end') process.exit();
  for (let i = 0; i < 20; i += 1) { keep(); await keepBody(); }
  parentPort.postMessage('done');
});`;
const brief = [
  'for (let i = 0; i < 300; i += 1) new ArrayBuffer(1000);',
  'setInterval(() => new ArrayBuffer(3000), 0);',
  'for (;;) new ArrayBuffer(5000);',
  'process.exit();',
  `const vm = require('node:vm'); const context = vm.createContext({}); vm.runInContext('new ArrayBuffer(777)', context);`,
  `import('node:fs').then(() => setInterval(() => Buffer.alloc(4000), 0));`,
];

const make = () => new Worker(source, { eval: true });
const ask = async (worker, command) => {
  const answered = once(worker, 'message');
  worker.postMessage(command);
  await answered;
};

async function main() {
  const workers = [make()];
  await once(workers[0], 'message');
  abtrace.start({ thresholdBytes: 0 });
  const late = [make(), make()];
  workers.push(...late);
  await Promise.all(late.map((worker) => once(worker, 'message')));
  abtrace.stop();
  abtrace.start({ thresholdBytes: 0 });
  // A first round may go by until each has joined; what it keeps is from before.
  for (const worker of workers) await ask(worker, 'keep');
  for (const worker of workers) await ask(worker, 'keep');
  const dump = abtrace.dump({ gc: true });
  const found = Object.fromEntries(
    workers.map(({ threadId }, index) => {
      const bytes = (name) =>
        dump.sites
          .filter(({ thread, owner }) => thread === threadId && owner?.function === name)
          .reduce((total, { liveBytes }) => total + liveBytes, 0);
      return [['early', 'late', 'later'][index], { keep: bytes('keep'), keepBody: bytes('keepBody') }];
    }),
  );
  for (const worker of workers) worker.postMessage('end');
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  for (let round = 0; round < rounds; round += 1) {
    if (round % 5 === 4) abtrace.stop();
    else if (!abtrace.isTracing()) abtrace.start({ thresholdBytes: 0 });
    const worker = new Worker(brief[round % brief.length], { eval: true });
    await sleep(round % 4 === 0 ? 0 : (round * 7) % 60);
    if (round % 3 === 0 && abtrace.isTracing()) abtrace.dump();
    await worker.terminate();
  }
  report({ found, remainderBytes: dump.coverage.remainderBytes });
}

main();

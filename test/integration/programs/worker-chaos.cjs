// Starts and stops the tracer at random moments while workers come and go in every way, allocate, send, and are
// terminated in the middle of it. Ends with everything gone: nothing may be left, and the sums must fit all the time.
// Arguments: seed, rounds.
const { abtrace, report } = require('./lib/tracer.cjs');

abtrace.start({ thresholdBytes: 0 });

const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { createRandom } = require('./lib/random.cjs');

const [seed, rounds] = process.argv.slice(2).map(Number);
const random = createRandom(seed);

const sources = {
  /** Allocates without ever giving the event loop a turn. */
  busy: `for (let i = 0; ; i += 1) kept[i % 50] = new ArrayBuffer(i % 5000);`,
  steady: `setInterval(() => { for (let i = 0; i < 50; i += 1) kept[i] = Buffer.alloc(1 + i * 40); }, 0);`,
  natural: `for (let i = 0; i < 500; i += 1) kept[i % 50] = new ArrayBuffer(i);`,
  exits: `for (let i = 0; i < 500; i += 1) kept[i % 50] = new Uint8Array(i * 3); process.exit(3);`,
  throws: `for (let i = 0; i < 100; i += 1) kept.push(new Uint8Array(i * 3)); throw new Error('on purpose');`,
  rejects: `kept.push(new ArrayBuffer(3000)); Promise.reject(new Error('on purpose'));`,
  sends: `setInterval(() => {
    const buffer = new ArrayBuffer(4000);
    parentPort.postMessage({ buffer, copy: new Uint8Array(500), shared: new SharedArrayBuffer(100) }, [buffer]);
  }, 0);`,
  exhausts: `for (;;) kept.push(new Array(10_000).fill({}));`,
  nests: `const worker = new (require('node:worker_threads').Worker)(
    'setInterval(() => new ArrayBuffer(5000), 0)', { eval: true });
    worker.on('error', () => {});`,
};
const head = `const { parentPort } = require('node:worker_threads'); const kept = []; parentPort.postMessage('up');\n`;

/** @type {unknown[]} */
const received = [];
/** @type {Set<Worker>} */
const alive = new Set();
let ended = 0;

function spawn() {
  const kind = random.pick(Object.keys(sources));
  const resourceLimits = kind === 'exhausts' ? { maxOldGenerationSizeMb: 8 } : {};
  const worker = new Worker(head + sources[kind], { eval: true, resourceLimits });
  alive.add(worker);
  worker.on('error', () => {});
  worker.on('exit', () => {
    alive.delete(worker);
    ended += 1;
  });
  worker.on('message', (message) => {
    if (message !== 'up') received[random.below(100)] = message;
  });
}

const sums = [];
function check(dump) {
  const { coverage } = dump;
  if (coverage.remainderBytes !== 0) sums.push(coverage);
  return dump;
}

const actions = {
  spawn,
  spawnAgain: spawn,
  terminate: () => void random.pick([...alive, undefined])?.terminate(),
  stop: () => abtrace.stop(),
  start: () => {
    if (!abtrace.isTracing())
      abtrace.start({ thresholdBytes: random.pick([0, 0, 256, 10_000]), causes: random.below(3) > 0 });
  },
  restart: () => {
    abtrace.stop();
    abtrace.start({ thresholdBytes: 0 });
  },
  dump: () => void (abtrace.isTracing() && abtrace.dump()),
  forget: () => received.fill(null, 0, random.below(100)),
  pause: () => sleep(random.below(10)),
};

async function main() {
  for (let round = 0; round < rounds; round += 1) {
    await actions[random.pick(Object.keys(actions))]();
    while (alive.size > 6) await random.pick([...alive]).terminate();
    if (round % 10 === 0) await sleep(2);
  }
  await Promise.all([...alive].map((worker) => worker.terminate()));
  received.length = 0;
  abtrace.stop();
  // A session from here on sees no trace of what was before.
  abtrace.start({ thresholdBytes: 0 });
  const worker = new Worker(head, { eval: true });
  await once(worker, 'exit');
  const dump = check(abtrace.dump({ gc: true }));
  const { coverage, memory, process: facts } = dump;
  report({
    ended,
    sums,
    remainderBytes: coverage.remainderBytes,
    differenceBytes: facts.threads[0].arrayBuffersBytes - memory.arrayBuffersBytes,
    threads: facts.threads.length,
    deadBytes: facts.threads[1].arrayBuffersBytes,
  });
}

main();

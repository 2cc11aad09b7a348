// Two copies of the package in one process, started and stopped in every order, each right about what it saw.
// Arguments: the folders of the copies.
const { EventEmitter, once } = require('node:events');
const workerThreads = require('node:worker_threads');

const copies = process.argv.slice(2).map((folder) => require(folder));
const wrong = [];
const kept = [];
let phase = 0;

const methods = [
  [workerThreads.MessagePort.prototype, ['on', 'addListener', 'once', 'addEventListener']],
  [workerThreads.Worker.prototype, ['on', 'once', 'addListener']],
  [workerThreads.BroadcastChannel.prototype, ['addEventListener']],
  [EventEmitter.prototype, ['on', 'addListener', 'prependListener', 'once', 'emit']],
  [ReadableStream.prototype, ['tee', 'getReader', 'values', Symbol.asyncIterator]],
  [Response.prototype, ['clone']],
  [Request.prototype, ['clone']],
];

/** Node's own things that a tracer puts others in place of. */
const readPatched = () => [
  workerThreads.Worker,
  ...methods.flatMap(([prototype, names]) => names.map((name) => prototype[name])),
  ...[workerThreads.MessagePort, workerThreads.BroadcastChannel].map(
    (type) => Object.getOwnPropertyDescriptor(type.prototype, 'onmessage').set,
  ),
  ...methods.map(([prototype]) => Reflect.ownKeys(prototype).length),
];
const plain = readPatched();

/** Allocates from a function that no other phase uses. */
function work() {
  phase += 1;
  const allocate = new Function(
    'kept',
    `for (let i = 0; i < 10; i += 1) kept.push(new ArrayBuffer(1000));
//# sourceURL=/phase/${phase}.js`,
  );
  allocate(kept);
  return `/phase/${phase}.js`;
}

function check(copy, file, order) {
  const dump = copy.dump({ gc: true });
  const site = dump.sites.find(({ owner }) => owner?.file === file);
  const [main] = dump.process.threads;
  if (site?.liveBytes !== 10_000) wrong.push([order, 'site', site]);
  if (dump.coverage.remainderBytes !== 0) wrong.push([order, 'remainder', dump.coverage]);
  if (main.arrayBuffersBytes !== dump.memory.arrayBuffersBytes)
    wrong.push([order, 'sum', main.arrayBuffersBytes, dump.memory.arrayBuffersBytes]);
}

const source = `
const { parentPort } = require('node:worker_threads');
const kept = [];
function leak() { kept.push(new ArrayBuffer(20_000)); }
for (let i = 0; i < 10; i += 1) leak();
parentPort.postMessage(process.execArgv);
setInterval(() => {}, 1000);`;

/** A worker is traced by the copies that trace, and sees no sign of them. */
async function startWorker(order) {
  const worker = new workerThreads.Worker(source, { eval: true });
  const [execArgv] = await once(worker, 'message');
  if (JSON.stringify(execArgv) !== JSON.stringify(process.execArgv))
    wrong.push([order, 'execArgv', execArgv]);
  for (const copy of copies.filter((one) => one.isTracing())) {
    const sites = copy
      .dump()
      .sites.filter(({ thread, owner }) => thread === worker.threadId && owner?.function === 'leak');
    const bytes = sites.reduce((sum, site) => sum + site.liveBytes, 0);
    if (bytes !== 200_000) wrong.push([order, 'worker', bytes]);
  }
  await worker.terminate();
}

/** Every order of two starts and two stops in which each copy stops after its start. */
const orders = ['AaBb', 'ABab', 'ABba', 'BbAa', 'BAab', 'BAba', 'AaAaBb', 'ABaAba', 'ABbBab', 'BAaAab'];

async function main() {
  for (let round = 0; round < 3; round += 1) {
    for (const order of orders) {
      for (const step of order) {
        const copy = copies[step.toLowerCase() === 'a' ? 0 : 1];
        if (step === step.toUpperCase()) copy.start({ thresholdBytes: 0, causes: round < 2 });
        else copy.stop();
        const file = work();
        for (const one of copies) if (one.isTracing()) check(one, file, `${order}:${step}`);
        if (round === 1) await startWorker(`${order}:${step}`);
      }
      const patched = readPatched().filter((value, index) => value !== plain[index]);
      if (patched.length > 0) wrong.push([order, 'left behind', patched.length]);
      // What one copy saw die before it started must not disturb the other.
      kept.length = 0;
    }
  }
  console.log(JSON.stringify({ wrong: wrong.slice(0, 20), count: wrong.length, phases: phase }));
}

main();

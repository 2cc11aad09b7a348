// Buffers that outlive the thread that made them, and threads that free what others made.
const { abtrace, report } = require('./lib/tracer.cjs');

abtrace.start({ thresholdBytes: 1000 });

const { once } = require('node:events');
const { MessageChannel, Worker } = require('node:worker_threads');

/** What stands for the worker's function `name` in a dump. */
function charged(dump, name) {
  const sites = dump.sites.filter(({ owner }) => owner?.function === name);
  const sum = (key) => sites.reduce((total, site) => total + site[key], 0);
  return { liveBytes: sum('liveBytes'), liveCount: sum('liveCount'), totalBytes: sum('totalBytes') };
}

/** Buffers that a worker made and gave away before it ended. */
async function giver(end) {
  const source = `const { parentPort } = require('node:worker_threads');
    function give_${end}() { return new ArrayBuffer(10_000); }
    const given = Array.from({ length: 20 }, give_${end});
    const shared = new SharedArrayBuffer(7000);
    parentPort.postMessage({ given, shared }, given);
    ${{ exit: 'process.exit()', natural: '', terminate: 'setInterval(() => {}, 1000);', throws: 'throw new Error("on purpose")' }[end]}`;
  const worker = new Worker(source, { eval: true });
  worker.on('error', () => {});
  // Not `once`, which rejects if the error overtakes the message; let go of below, as it holds the message.
  let sent = new Promise((resolve) => worker.on('message', resolve));
  const exited = new Promise((resolve) => worker.on('exit', resolve));
  const threadId = worker.threadId;
  let kept = await sent;
  sent = null;
  if (end === 'terminate') await worker.terminate();
  await exited;
  const row = (dump) => dump.process.threads.find(({ id }) => id === threadId);
  const held = abtrace.dump({ gc: true });
  // Still good memory, though its thread is gone.
  [...kept.given, kept.shared].forEach((buffer) => void new Uint8Array(buffer).fill(1));
  kept = null;
  await new Promise(setImmediate);
  const dropped = abtrace.dump({ gc: true });
  return {
    held: charged(held, `give_${end}`),
    heldThreadBytes: row(held).arrayBuffersBytes,
    alive: row(held).alive,
    dropped: charged(dropped, `give_${end}`),
    // A dump may leave out threads that are gone and own nothing.
    droppedThreadBytes: row(dropped)?.arrayBuffersBytes ?? 0,
    remainderBytes: held.coverage.remainderBytes + dropped.coverage.remainderBytes,
  };
}

/** Buffers of the main thread that die with a worker. */
async function taker() {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads'); const kept = [];
     parentPort.on('message', (message) => { kept.push(message); parentPort.postMessage('got it'); });`,
    { eval: true },
  );
  function make() {
    return new ArrayBuffer(10_000);
  }
  const given = Array.from({ length: 20 }, make);
  worker.postMessage(given, given);
  await once(worker, 'message');
  given.length = 0;
  const held = abtrace.dump({ gc: true });
  await worker.terminate();
  const dropped = abtrace.dump({ gc: true });
  return { held: charged(held, 'make'), dropped: charged(dropped, 'make') };
}

/** Messages that nobody ever reads hold on to what they carry. */
async function unread() {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads');
     function post() { const buffer = new ArrayBuffer(10_000); workerData.postMessage(buffer, [buffer]); }
     for (let i = 0; i < 20; i += 1) post();`,
    { eval: true, workerData: port2, transferList: [port2] },
  );
  await once(worker, 'exit');
  const held = abtrace.dump({ gc: true });
  port1.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const dropped = abtrace.dump({ gc: true });
  return { held: charged(held, 'post'), dropped: charged(dropped, 'post') };
}

async function main() {
  const givers = {};
  for (const end of ['exit', 'natural', 'terminate', 'throws']) givers[end] = await giver(end);
  report({ givers, taker: await taker(), unread: await unread() });
}

main();

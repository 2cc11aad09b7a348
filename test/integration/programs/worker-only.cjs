// The addon is loaded in workers alone, whose buffers the main thread keeps and frees after they are gone; then the
// main thread loads it, too. Argument: rounds.
const { once } = require('node:events');
const { Worker } = require('node:worker_threads');

const rounds = Number(process.argv[2]);
const source = `
const { parentPort, workerData } = require('node:worker_threads');
const abtrace = require(workerData.package);
abtrace.start({ thresholdBytes: 100 });
function give() { return new Uint8Array(10_000).fill(7).buffer; }
const given = Array.from({ length: 20 }, give);
const dump = abtrace.dump();
if (workerData.stop) abtrace.stop();
parentPort.postMessage({ given, shared: new SharedArrayBuffer(5000), remainder: dump.coverage.remainderBytes }, given);
if (workerData.terminated) setInterval(() => new ArrayBuffer(50_000), 0);`;

async function main() {
  const kept = [];
  let remainders = 0;
  let wrong = 0;
  for (let round = 0; round < rounds; round += 1) {
    const terminated = round % 2 === 0;
    // The last one never stops: the main thread finds its session.
    const stop = round % 3 === 0 && round < rounds - 1;
    const options = { eval: true, workerData: { package: require.resolve('abtrace'), terminated, stop } };
    const worker = new Worker(source, options);
    const exited = once(worker, 'exit');
    const [{ given, shared, remainder }] = await once(worker, 'message');
    remainders += remainder;
    if (terminated) await worker.terminate();
    await exited;
    kept.push(...given, shared);
    // Some of them die, by collections at any time.
    while (kept.length > 60) kept.splice(Math.floor(kept.length / 2), 7);
    wrong += given.filter((buffer) => new Uint8Array(buffer).some((byte) => byte !== 7)).length;
  }
  const { abtrace, dropsOf, report } = require('./lib/tracer.cjs');
  const wasTracing = abtrace.isTracing();
  abtrace.stop();
  abtrace.start({ thresholdBytes: 0 });
  function keep() {
    kept.push(new ArrayBuffer(1000));
  }
  for (let i = 0; i < 100; i += 1) keep();
  const dump = abtrace.dump({ gc: true });
  const site = dump.sites.find(({ owner }) => owner?.function === 'keep');
  report({
    remainders,
    wrong,
    wasTracing,
    liveBytes: site?.liveBytes,
    remainderBytes: dump.coverage.remainderBytes,
    differenceBytes: dump.coverage.arrayBuffersBytes - dump.memory.arrayBuffersBytes,
    drops: dropsOf(dump),
  });
}

main();

// Worker after worker: started, gives a buffer away, terminated while it allocates. Tells how the process and the
// tracer's own tables have grown from the first half of the rounds to the second. Arguments: rounds, `traced` or `plain`.
const { abtrace, addon, report } = require('./lib/tracer.cjs');

const rounds = Number(process.argv[2]);
const traced = process.argv[3] === 'traced';
if (traced) abtrace.start({ thresholdBytes: 256 });

const { once } = require('node:events');
const fs = require('node:fs');
const { Worker } = require('node:worker_threads');

const source = `
const { parentPort } = require('node:worker_threads');
const kept = [];
const given = new ArrayBuffer(5000);
kept.push(new Uint8Array(900));
parentPort.postMessage(given, [given]);
setInterval(() => kept.push(Buffer.alloc(3000)), 0);`;

/** Memory of this process alone, in bytes. */
function privateBytes() {
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  const text = fs.readFileSync('/proc/self/smaps_rollup', 'latin1');
  return Number(/Private_Dirty:\s+(\d+)/.exec(text)?.[1]) * 1024;
}

async function main() {
  /** The latest few buffers. */
  const received = [];
  const samples = [];
  for (let round = 0; round < rounds; round += 1) {
    const worker = new Worker(source, { eval: true });
    const [buffer] = await once(worker, 'message');
    received[round % 5] = buffer;
    await worker.terminate();
    if ((round + 1) % Math.ceil(rounds / 10) === 0) {
      if (traced) abtrace.dump({ gc: true });
      samples.push({ bytes: privateBytes(), tableBytes: traced ? addon().snapshot().tableBytes : 0 });
    }
  }
  report({ samples, remainderBytes: traced ? abtrace.dump({ gc: true }).coverage.remainderBytes : 0 });
}

main();

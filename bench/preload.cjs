// Preloaded into every measured process: brings in what the variant asks for, or nothing. How long that took is kept
// for the workload `start-up`.
const { parentPort } = require('node:worker_threads');

/** @type {import('./variants.mjs').InProcess | null} */
const variant = JSON.parse(process.env.ABTRACE_BENCH_VARIANT ?? 'null');
const startMs = performance.now();
const startCpu = process.cpuUsage();
// abtrace sees to its workers itself, and the rivals know of one thread only.
if (variant !== null && parentPort === null) {
  if (variant.load === 'abtrace') {
    const abtrace = require('..');
    if (variant.options !== null) abtrace.start(variant.options);
  } else {
    globalThis.benchRival = require(`./${variant.load}.cjs`);
    globalThis.benchRival.start();
  }
}
globalThis.benchStartMs = performance.now() - startMs;
const { user, system } = process.cpuUsage(startCpu);
globalThis.benchStartCpuMs = (user + system) / 1000;

// Inflates reports asynchronously in its thread and caches them without a limit; validations are inflated and dropped.
import { promisify } from 'node:util';
import { parentPort } from 'node:worker_threads';
import zlib from 'node:zlib';

const gunzip = promisify(zlib.gunzip);
const REPORT_BYTES = 160_000;
const stored = zlib.gzipSync(Buffer.alloc(REPORT_BYTES, 'report '));

const cache = new Map(); // RETAINER name=cache

async function load(id) {
  const report = await gunzip(stored); // OWNER
  cache.set(id, report);
}

async function validate() {
  const report = await gunzip(stored);
  return report.length === REPORT_BYTES;
}

parentPort.on('message', async (id) => {
  await Promise.all([validate(), load(id)]);
  parentPort.postMessage([...cache.values()].reduce((sum, report) => sum + report.length, 0));
});

// An ESM program with an ESM thread: the main thread asks for reports, the thread caches each one it has inflated.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const reporter = new Worker(new URL('./reporter.mjs', import.meta.url));
let cachedBytes = 0;
process.on('exit', () => console.log(JSON.stringify({ expectedBytes: cachedBytes })));

for (let report = 0; report < 60; report += 1) {
  reporter.postMessage(report);
  [cachedBytes] = await once(reporter, 'message');
}
process.exit();

// The program of bench/soak.mjs: a server that is asked by itself, and a worker that hands buffers over, for ever. What
// it keeps is bounded. Prints a line of JSON at each interval; traced if the second argument is `traced`.
// Arguments: seconds of an interval, `plain` or `traced`.
const http = require('node:http');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const KEPT = 200;
const PAUSE_MS = 5;
const BODY_BYTES = 16 * 1024;

/** A buffer now and then, given away. */
function work() {
  setInterval(() => {
    const buffer = new ArrayBuffer(1024 + Math.floor(Math.random() * 8192));
    parentPort.postMessage(buffer, [buffer]);
  }, PAUSE_MS);
}

async function main() {
  const [intervalSeconds, mode] = [Number(process.argv[2]), process.argv[3]];
  const abtrace = mode === 'traced' ? require('..') : null;
  abtrace?.start();
  const kept = [];
  const keep = (value) => {
    kept.push(value);
    if (kept.length > KEPT) kept.shift();
  };
  let requests = 0;
  const startWorker = () => new Worker(__filename).on('message', keep);
  let worker = startWorker();
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    keep(Buffer.concat(chunks));
    response.end(Buffer.alloc(BODY_BYTES, 'x'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  setInterval(async () => {
    // Workers that come and go leave their state behind if anything does.
    await worker.terminate();
    worker = startWorker();
    const { rss, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const dump = abtrace?.dump();
    const sites = dump?.sites.length ?? 0;
    const live = dump?.sites.reduce((sum, { liveCount }) => sum + liveCount, 0) ?? 0;
    const cpuMs = (user + system) / 1000;
    console.log(
      JSON.stringify({ rss, arrayBuffers, requests, cpuMs, sites, live, drops: dump?.drops ?? [] }),
    );
  }, intervalSeconds * 1000);
  for (;;) {
    const response = await fetch(url, { method: 'POST', body: Buffer.alloc(BODY_BYTES, 'y') });
    for await (const chunk of response.body) keep(chunk);
    requests += 1;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

if (isMainThread) main();
else work();

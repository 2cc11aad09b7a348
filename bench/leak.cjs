// Leaks in two ways, beside as much traffic that it lets go, and asks the profiler that runs with it how much it
// charges to the line that leaks: what it allocates itself, and what it keeps of bodies read through fetch. For
// bench/attribution.mjs; bench/preload.cjs brings the profiler.
const { fork } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const leakBytes = 16e6;
const blockBytes = 16_384;
const bodyBytes = 1e6;
const kept = [];
const sum = { allocated: 0, fetched: 0 };

function serve() {
  const body = Buffer.alloc(bodyBytes, 'x');
  const server = http.createServer((_request, response) => response.end(body));
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.once('disconnect', () => process.exit());
}

function keepAllocated() {
  const block = new Uint8Array(blockBytes); // LEAK allocated
  kept.push(block);
  sum.allocated += blockBytes;
}

function dropAllocated() {
  return new Uint8Array(blockBytes).length;
}

async function keepFetched(url) {
  const response = await fetch(url);
  for await (const chunk of response.body) keepChunk(chunk); // LEAK fetched
}

function keepChunk(chunk) {
  kept.push(chunk);
  sum.fetched += chunk.length;
}

async function dropFetched(url) {
  const response = await fetch(url);
  for await (const chunk of response.body) if (chunk.length === 0) throw new Error('an empty chunk');
}

/** Where a way of leaking is marked: the line, and the function around it. */
function markOf(way) {
  const lines = fs.readFileSync(__filename, 'utf8').split('\n');
  const index = lines.findIndex((line) => line.endsWith(`// LEAK ${way}`));
  const name = { allocated: 'keepAllocated', fetched: 'keepFetched' }[way];
  return { file: path.basename(__filename), function: name, line: index + 1 };
}

function chargedByAbtrace({ file, line }) {
  const abtrace = require('..');
  const rows = abtrace.topSites(abtrace.dump({ gc: true }), { limit: Infinity });
  return rows
    .filter(({ owner }) => owner?.line === line && path.basename(owner.file) === file)
    .reduce((bytes, { liveBytes }) => bytes + liveBytes, 0);
}

function chargedTo(way) {
  if (globalThis.benchRival) return globalThis.benchRival.charged(markOf(way));
  return require('..').isTracing() ? chargedByAbtrace(markOf(way)) : 0;
}

async function main() {
  const server = fork(__filename, ['serve'], { execArgv: [], env: { ...process.env, LD_PRELOAD: '' } });
  const port = await new Promise((resolve) => server.once('message', resolve));
  const url = `http://127.0.0.1:${port}/`;
  while (sum.allocated < leakBytes) {
    keepAllocated();
    dropAllocated();
  }
  while (sum.fetched < leakBytes) await Promise.all([keepFetched(url), dropFetched(url)]);
  const result = Object.keys(sum).map((way) => ({ way, bytes: sum[way], chargedBytes: chargedTo(way) }));
  console.log(JSON.stringify(result));
  if (kept.length === 0) throw new Error('nothing was kept');
  // The server may not answer any more; and what the profilers keep open must not hold the process.
  server.kill();
  process.exit();
}

if (process.argv[2] === 'serve') serve();
else main();

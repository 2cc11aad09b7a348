// What the search for holders costs on a heap of 1,000,000 nodes with 100,000 live buffers, beside a plain heap snapshot
// of the same program. Peaks of memory do not come down again, so that each is taken in a process of its own.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const { cpuNs, report, scaled } = require('../measure.cjs');

const bufferCount = scaled(100_000);
const bufferBytes = 1024;
/** Each is a view, its buffer and the memory: the objects and their names fill the heap up to a million. */
const plainCount = scaled(220_000);

/** What the program keeps: sessions with pieces of data, beside records that hold no memory outside of the heap. */
function fill() {
  const sessions = new Map();
  const records = [];
  for (let i = 0; i < bufferCount; i++) {
    const id = `session ${i % 1000}`;
    if (!sessions.has(id)) sessions.set(id, { id, chunks: [] });
    sessions.get(id).chunks.push(new Uint8Array(bufferBytes));
  }
  for (let i = 0; i < plainCount; i++) records.push({ value: i + 0.5, next: records[i >> 1], at: { x: i } });
  return { sessions, records };
}

function dumpRetainers() {
  const abtrace = require('../..');
  const estimate = abtrace.estimateRetainers();
  const { walks, sites } = abtrace.dump({ retainers: true });
  const [walk] = walks;
  const held = sites.flatMap(({ retainers }) => retainers ?? []).reduce((sum, { count }) => sum + count, 0);
  if (walk?.status !== 'done' || held < bufferCount) throw new Error(`${held} buffers have a holder`);
  return {
    nodes: walk.nodes,
    'holders, the thread stands still (ms)': walk.pausedMs,
    'holders, estimated pause (ms)': estimate.pausedMs,
    'holders, estimated memory (MB)': estimate.memoryBytes / 1e6,
  };
}

function writeSnapshot() {
  const file = path.join(os.tmpdir(), `abtrace-bench-${process.pid}.heapsnapshot`);
  v8.writeHeapSnapshot(file);
  fs.rmSync(file);
  return {};
}

/** @param {string} how */
function measureOne(how) {
  if (how === 'holders') require('../..').start();
  const kept = fill();
  const rssBytes = process.memoryUsage.rss();
  const startMs = performance.now();
  const startCpuNs = cpuNs();
  const figures = how === 'holders' ? dumpRetainers() : writeSnapshot();
  const elapsedMs = performance.now() - startMs;
  const cpuMs = (cpuNs() - startCpuNs) / 1e6;
  const peakBytes = process.resourceUsage().maxRSS * 1024 - rssBytes;
  if (kept.sessions.size === 0) throw new Error('nothing was kept');
  return { figures, elapsedMs, cpuMs, peakBytes };
}

function main() {
  const runs = Object.fromEntries(
    ['snapshot', 'holders'].map((how) => [
      how,
      JSON.parse(execFileSync(process.execPath, [__filename, how], { encoding: 'utf8' })),
    ]),
  );
  const { snapshot, holders } = runs;
  const figures = {
    ...holders.figures,
    'holders, in all (ms)': holders.elapsedMs,
    'plain snapshot, written (ms)': snapshot.elapsedMs,
    'CPU time, holders to snapshot': holders.cpuMs / snapshot.cpuMs,
    'holders, memory at the peak (MB)': holders.peakBytes / 1e6,
    'plain snapshot, memory at the peak (MB)': snapshot.peakBytes / 1e6,
    'memory, holders to snapshot': holders.peakBytes / snapshot.peakBytes,
  };
  const { elapsedMs, cpuMs } = holders;
  report({ unit: 'dump', nsPerOperation: elapsedMs * 1e6, cpuNsPerOperation: cpuMs * 1e6, figures });
}

const [how] = process.argv.slice(2);
if (how === undefined) main();
else console.log(JSON.stringify(measureOne(how)));

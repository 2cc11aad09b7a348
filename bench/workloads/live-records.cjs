// A million live blocks of the default threshold's size, made by a hundred functions. Figures: memory of
// the process, and what a dump of them takes.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { cpuNs, report, scaled } = require('../measure.cjs');

const count = scaled(1_000_000);
const blockBytes = 256;
const kept = [];

const makers = Array.from(
  { length: 100 },
  (_, index) => new Function('bytes', `return new ArrayBuffer(bytes);\n//# sourceURL=/maker-${index}.js`),
);

function fill() {
  for (let i = 0; i < count; i++) kept.push(makers[i % makers.length](blockBytes));
}

async function dumpFigures() {
  const abtrace = require('../..');
  if (!abtrace.isTracing()) return {};
  const file = path.join(os.tmpdir(), `abtrace-bench-${process.pid}.json`);
  const pauseStartMs = performance.now();
  const { sites } = abtrace.dump();
  const pauseMs = performance.now() - pauseStartMs;
  const writeStartMs = performance.now();
  await abtrace.writeDump(file);
  const writeMs = performance.now() - writeStartMs;
  const { size } = fs.statSync(file);
  fs.rmSync(file);
  return {
    'dump(), all of it a pause (ms)': pauseMs,
    'writeDump(), in all (ms)': writeMs,
    'dump file (kB)': size / 1000,
    'sites in it': sites.length,
  };
}

async function main() {
  const startNs = process.hrtime.bigint();
  const startCpuNs = cpuNs();
  fill();
  const elapsedNs = Number(process.hrtime.bigint() - startNs);
  const cpuNsPerOperation = (cpuNs() - startCpuNs) / count;
  const rssBytes = process.memoryUsage.rss();
  const figures = { 'rss per record (B)': rssBytes / count, ...(await dumpFigures()) };
  if (kept.length !== count) throw new Error('records were lost');
  report({ unit: 'record', nsPerOperation: elapsedNs / count, cpuNsPerOperation, figures });
}

main();

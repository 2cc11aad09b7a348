// What writing a dump costs a process that has no memory to spare: how long it stops, and by how much its heap and its
// resident memory grow, for programs of different size. The room that lib/capture/memory-watch.ts leaves rests on it.
//
//   node bench/dump-cost.mjs [sites…]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const counts = process.argv.slice(2).map(Number);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-dump-cost-'));

/** @param {number} sites @param {string} file */
const program = (sites, file) => `
const abtrace = require(${JSON.stringify(path.join(import.meta.dirname, '..'))});
abtrace.start();
const lines = Array.from({ length: ${sites} }, (_, i) => 'function at' + i + '() { kept.push(Buffer.alloc(1000)); }');
const calls = Array.from({ length: ${sites} }, (_, i) => 'at' + i + '();');
globalThis.kept = [];
new Function('kept', lines.join('\\n') + '\\n' + calls.join('\\n'))(kept);
abtrace.writeDumpSync(${JSON.stringify(file)});
const gc = () => require('node:v8').setFlagsFromString('--expose-gc') || require('node:vm').runInNewContext('gc')();
gc();
const before = process.memoryUsage();
const peakBefore = process.resourceUsage().maxRSS;
const startedMs = performance.now();
abtrace.writeDumpSync(${JSON.stringify(file)});
const elapsedMs = performance.now() - startedMs;
const after = process.memoryUsage();
console.log(JSON.stringify({
  elapsedMs,
  heapBytes: after.heapUsed - before.heapUsed,
  arrayBuffersBytes: after.arrayBuffers - before.arrayBuffers,
  rssBytes: Math.max(after.rss - before.rss, (process.resourceUsage().maxRSS - peakBefore) * 1024, 0),
}));`;

console.log(`Node ${process.version}: one dump, written to disk\n`);
console.log('   sites      pause       heap   buffers   resident       file');
for (const sites of counts.length > 0 ? counts : [10, 1000, 10_000, 50_000]) {
  const file = path.join(folder, `${sites}.json`);
  const script = path.join(folder, `${sites}.cjs`);
  fs.writeFileSync(script, program(sites, file));
  const cost = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' }));
  const cells = [
    String(sites).padStart(8),
    `${cost.elapsedMs.toFixed(0)} ms`.padStart(10),
    ...[cost.heapBytes, cost.arrayBuffersBytes, cost.rssBytes, fs.statSync(file).size].map((bytes) =>
      `${(bytes / 1e6).toFixed(1)} MB`.padStart(10),
    ),
  ];
  console.log(cells.join(' '));
}
fs.rmSync(folder, { recursive: true });

// A server that runs for long, with workers that come and go and causes followed: what the tracer takes must not grow.
// The same server runs untraced beside it, so that what Node itself takes can be told from that.
//
//   node bench/soak.mjs [minutes, 30 by default] [seconds between two lines, 60 by default]
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';

const [minutes = 30, intervalSeconds = 60] = process.argv.slice(2).map(Number);
if (!(minutes > 0) || !(intervalSeconds > 0)) {
  console.error('Usage: node bench/soak.mjs [minutes] [seconds between two lines]');
  process.exit(1);
}

/** @typedef {{rss: number, arrayBuffers: number, requests: number, cpuMs: number, sites: number, live: number, drops: object[]}} Line */

/** @param {'plain' | 'traced'} mode */
function startServer(mode) {
  const file = path.join(import.meta.dirname, 'soak-server.cjs');
  const child = spawn(process.execPath, [file, String(intervalSeconds), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  /** @type {Line[]} */
  const lines = [];
  readline.createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text));
    if (mode === 'traced') print();
  });
  child.on('exit', (code, signal) => {
    if (signal === 'SIGKILL') return;
    console.error(`✗ the ${mode} server ended with ${code ?? signal}`);
    process.exit(1);
  });
  return { child, lines };
}

const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

function print() {
  const at = traced.lines.length - 1;
  const [ours, theirs] = [traced.lines[at], plain.lines[Math.min(at, plain.lines.length - 1)]];
  if (ours === undefined || theirs === undefined) return;
  const cells = [
    `${(((at + 1) * intervalSeconds) / 60).toFixed(1)} min`,
    megabytes(ours.rss),
    megabytes(theirs.rss),
    megabytes(ours.rss - theirs.rss),
    ours.live,
    ours.sites,
    ours.requests,
    ours.drops.length,
  ];
  console.log(cells.map((cell) => String(cell).padStart(11)).join(' '));
}

/** Bytes by which it grew in an hour, by least squares over the second half. @param {Line[]} lines */
function growthPerHour(lines) {
  const half = lines.slice(lines.length >> 1).map(({ rss }) => rss);
  const middle = (half.length - 1) / 2;
  const mean = half.reduce((sum, rss) => sum + rss, 0) / half.length;
  const covariance = half.reduce((sum, rss, at) => sum + (at - middle) * (rss - mean), 0);
  const variance = half.reduce((sum, _rss, at) => sum + (at - middle) ** 2, 0);
  return ((covariance / variance) * 3600) / intervalSeconds;
}

console.log(`Node ${process.version}, ${minutes} minutes`);
const head = ['after', 'rss, traced', 'rss, plain', 'difference', 'live', 'sites', 'requests', 'drops'];
console.log(head.map((name) => name.padStart(11)).join(' '));
const plain = startServer('plain');
const traced = startServer('traced');
setTimeout(
  () => {
    for (const { child } of [plain, traced]) child.kill('SIGKILL');
    const [ours, theirs] = [traced.lines, plain.lines].map(growthPerHour);
    console.log(
      `second half: traced ${megabytes(ours ?? 0)} an hour, plain ${megabytes(theirs ?? 0)} an hour`,
    );
  },
  minutes * 60_000 + 500,
);

// The story that abtrace began with, at full size: a program that streams through fetch and retains 2.92 GB of bodies,
// traced by the command line as a user would. Fails unless the dump names its line with at least 99 % of arrayBuffers
// and two dumps differ by what the program really kept between them, within 1 %.
//
//   npm run story [-- --bytes 2.92e9] [--gc] [--node path-of-a-node] [--json file]
//
// --gc has garbage collected before the dumps: with few bytes, that of the moment would be much beside what is kept.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inspectNode } from '../tools/addon.mjs';
import { root, runTool, StepError } from '../tools/steps.mjs';

const require = createRequire(import.meta.url);
const { diff, readDump, topSites } = require('../dist/index.js');

const client = path.join(root, 'bench', 'story-client.cjs');
const goals = { share: 0.99, growthError: 0.01 };

await runTool(async () => {
  const { values } = parseArgs({
    options: {
      bytes: { type: 'string', default: '2.92e9' },
      gc: { type: 'boolean', default: false },
      node: { type: 'string', default: process.execPath },
      json: { type: 'string' },
    },
  });
  const bytes = Number(values.bytes);
  if (!(bytes > 0)) throw new StepError(`--bytes: not a positive number: ${values.bytes}`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-story-'));
  try {
    const result = judge(folder, await play(values.node, bytes, folder, values.gc));
    print(inspectNode(values.node).version, result);
    if (values.json) fs.writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
    if (!result.ok) throw new StepError('The story was not told right: a figure above misses its goal.');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

/**
 * Runs the server, and the client traced.
 * @param {string} node
 * @param {number} bytes
 * @param {string} folder for the dumps
 * @param {boolean} gc
 */
async function play(node, bytes, folder, gc) {
  const server = fork(path.join(root, 'bench', 'story-server.cjs'), { execPath: node, execArgv: [] });
  try {
    const [port] = await once(server, 'message');
    const cli = path.join(root, 'dist', 'cli', 'main.js');
    const options = ['--quiet', '--signal', 'SIGUSR2', '--out', folder, ...(gc ? ['--gc'] : [])];
    const program = [client, `http://127.0.0.1:${port}/`, String(bytes), folder];
    const startMs = Date.now();
    const traced = spawn(node, [cli, 'run', ...options, ...program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    traced.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const [code] = await once(traced, 'close');
    if (code !== 0) throw new StepError(`the client exited with ${code}`);
    return { elapsedSeconds: (Date.now() - startMs) / 1000, ...JSON.parse(output) };
  } finally {
    server.disconnect();
  }
}

/**
 * Holds the two dumps against what the client says.
 * @param {string} folder
 * @param {Awaited<ReturnType<typeof play>>} told
 */
function judge(folder, { elapsedSeconds, before, after }) {
  const [first, second] = fs
    .readdirSync(folder)
    .sort()
    .map((file) => path.join(folder, file));
  if (first === undefined || second === undefined) throw new StepError('there should be two dumps');
  const dump = readDump(second);
  const [top] = topSites(dump);
  const [grown] = diff(readDump(first), dump).rows;
  const trulyGrownBytes = after.keptBytes - before.keptBytes;
  const grownBytes = grown?.liveBytes.delta ?? 0;
  const result = {
    elapsedSeconds,
    owner: top?.owner ? `${path.basename(top.owner.file)}:${top.owner.line}` : 'nobody',
    ownerBytes: top?.liveBytes ?? 0,
    keptBytes: after.keptBytes,
    arrayBuffersBytes: dump.memory.arrayBuffersBytes,
    share: (top?.liveBytes ?? 0) / dump.memory.arrayBuffersBytes,
    grownBytes,
    trulyGrownBytes,
    growthError: Math.abs(grownBytes / trulyGrownBytes - 1),
    mbPerHour: grown?.mbPerHour ?? null,
    dumpFileBytes: fs.statSync(second).size,
  };
  const ok =
    result.owner === `${path.basename(client)}:${ownerLine()}` &&
    grown?.key === top?.key &&
    result.share >= goals.share &&
    result.growthError <= goals.growthError;
  return { ok, ...result };
}

function ownerLine() {
  const lines = fs.readFileSync(client, 'utf8').split('\n');
  return lines.findIndex((line) => line.endsWith('// OWNER')) + 1;
}

/**
 * @param {string} version
 * @param {ReturnType<typeof judge>} result
 */
function print(version, result) {
  const mb = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const percent = (/** @type {number} */ part) => `${(100 * part).toFixed(2)} %`;
  const rows = [
    ['Node', version],
    ['owner named', result.owner],
    ['its live bytes', `${mb(result.ownerBytes)}, ${percent(result.share)} of arrayBuffers`],
    ['arrayBuffers', `${mb(result.arrayBuffersBytes)}; the program kept ${mb(result.keptBytes)} of bodies`],
    ['growth by diff', `${mb(result.grownBytes)}, ${result.mbPerHour?.toFixed(0)} MB/h`],
    ['true growth', `${mb(result.trulyGrownBytes)}; off by ${percent(result.growthError)}`],
    ['time', `${result.elapsedSeconds.toFixed(1)} s`],
    ['dump file', `${(result.dumpFileBytes / 1000).toFixed(0)} kB`],
    ['goals', `${result.ok ? 'met' : 'MISSED'} (share ≥ 99 %, growth within 1 %)`],
  ];
  for (const [name = '', text] of rows) console.log(`${name.padEnd(16)}${text}`);
}

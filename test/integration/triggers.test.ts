// Dumps by themselves when memory gets short: at a watermark, by growth, near the limit of the container and of V8's
// heap, in programs that come round their event loop and in programs that do not.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topSites } from '../../lib/analysis/top';
import type { Dump } from '../../lib/dump/format';
import { readDump } from '../../lib/dump/read';
import {
  type ChildResult,
  cliPath,
  isStressed,
  packageFolder,
  runCli,
  runNode,
  runSource,
  temporaryFolder,
} from './support';

interface Outcome extends ChildResult {
  /** What asked for each dump. */
  reasons: string[];
  dumps: Dump[];
}

/** Runs a program traced; in a control group, if one is given. */
async function run(
  source: string,
  args: string[],
  env: Record<string, string> = {},
  group: string | null = null,
): Promise<Outcome> {
  const folder = temporaryFolder();
  const file = path.join(temporaryFolder(), 'program.cjs');
  fs.writeFileSync(file, source);
  const line = ['run', '--out', folder, ...args, file];
  const result = await (group === null
    ? runCli(line, { env })
    : runNode(['-e', ENTER_GROUP, path.join(group, 'cgroup.procs'), cliPath, ...line], { env }));
  const names = fs.readdirSync(folder).sort();
  return {
    ...result,
    reasons: names.map((name) => name.split('-').slice(4).join('-').replace('.json', '')),
    dumps: names.map((name) => readDump(path.join(folder, name))),
  };
}

/** Enters the group, and then does what the rest of the arguments say. */
const ENTER_GROUP = `
const [procs, ...args] = process.argv.slice(1);
require('node:fs').writeFileSync(procs, String(process.pid));
process.exitCode = require('node:child_process').spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
`;

const topOf = (dump: Dump | undefined) => dump && topSites(dump, { by: 'owner', limit: 1 })[0];

/** Keeps 1 MB at a time in `grow`, by a timer or in a loop, until `end` says that it is enough. */
const growing = (how: 'timer' | 'loop', end: string) => `
const kept = (globalThis.kept = []);
function grow() { kept.push(Buffer.alloc(1_000_000, 1)); }
const isOver = () => { ${end} };
if (${JSON.stringify(how)} === 'loop') { while (!isOver()) grow(); }
else { const timer = setInterval(() => { if (isOver()) clearInterval(timer); else grow(); }, 5); }
`;

describe.each(['timer', 'loop'] as const)('a program that grows by a %s', (how) => {
  it('is dumped once at a watermark, and the dump names the owner', async () => {
    const seconds = isStressed ? 20 : 4;
    const end = `return kept.length > 150 && performance.now() > ${seconds * 1000};`;
    const slowly = `if (kept.length > 150) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);${end}`;
    const outcome = await run(growing(how, slowly), ['--when', 'arrayBuffers>100MB', '--no-limits']);
    expect(outcome).toMatchObject({ code: 0, reasons: ['watermark', 'exit'] });
    expect(outcome.stderr).toContain('abtrace: arrayBuffers>100MB: dump written');
    expect(topOf(outcome.dumps[0])?.owner).toMatchObject({ function: 'grow', line: 3 });
    expect(outcome.dumps[0]?.memory.arrayBuffersBytes).toBeGreaterThanOrEqual(100e6);
  });
});

describe('dumps', () => {
  it('are written for growth, and only so many kept', async () => {
    const source = `
let kept = [];
setInterval(() => { kept.push(Buffer.alloc(1_000_000, 1)); if (kept.length > 200) kept = []; }, 5);
setTimeout(() => process.exit(), ${isStressed ? 20_000 : 7000});`;
    const { code, reasons, dumps } = await run(source, ['--no-limits', '--keep', '2'], {
      ABTRACE_WHEN: 'arrayBuffers+50MB/s,external+60MB/s',
      ABTRACE_COOLDOWN: '100ms',
    });
    expect(code).toBe(0);
    expect(reasons.slice(0, -1).every((reason) => reason === 'growth')).toBe(true);
    expect(reasons.length).toBe(3);
    expect(topOf(dumps[0])?.owner?.line).toBe(3);
  });

  it('are written for errors that nobody catches, not more often than asked', async () => {
    const source = `
const kept = Buffer.alloc(1_000_000);
process.on('uncaughtException', () => {});
for (let i = 0; i < 5; i++) setTimeout(() => { throw new Error('lost ' + kept.length); }, 10 * i);`;
    const { code, reasons } = await run(source, ['--on-error', '--no-limits']);
    expect([code, reasons]).toEqual([0, ['error', 'exit']]);
  });

  it('are the program’s own by dumpWhen', async () => {
    const directory = temporaryFolder();
    const told = await runSource(`
const abtrace = require('abtrace');
abtrace.start();
const told = [];
const watch = abtrace.dumpWhen(['arrayBuffers>20MB', 'rss>1'], {
  directory: ${JSON.stringify(directory)},
  onDump: (file, condition) => {
    told.push([require('node:path').dirname(file), condition]);
    if (told.length < 2) return;
    watch.stop();
    console.log(JSON.stringify(told));
    abtrace.stop();
  },
});
globalThis.kept = Buffer.alloc(30_000_000);
setTimeout(() => {}, 2000);
`);
    expect(told).toEqual([
      [directory, 'arrayBuffers>20MB'],
      [directory, 'rss>1'],
    ]);
    expect(fs.readdirSync(directory)).toHaveLength(2);
  });

  it('are refused by dumpWhen with what is wrong', async () => {
    const refusals = await runSource(`
const { dumpWhen } = require('abtrace');
const refusal = (...args) => { try { dumpWhen(...args); return null; } catch (error) { return error.name + ': ' + error.message; } };
console.log(JSON.stringify([refusal('rss>'), refusal(5), refusal('rss>1', 5), refusal('rss>1', { keep: 0 }), refusal('rss>1', { kept: 1 })]));
`);
    expect(refusals).toEqual([
      expect.stringContaining('RangeError: conditions must be a condition such as'),
      'TypeError: conditions must be a string or an array of strings, got 5',
      'TypeError: options must be an object, got 5',
      'TypeError: wrong keep: 0',
      expect.stringContaining('TypeError: unknown option "kept"; the options are directory'),
    ]);
  });
});

describe.each(['timer', 'loop'] as const)('a program that fills V8’s heap by a %s', (how) => {
  it('leaves a dump that names the owner, and ends as it would have', async () => {
    const source = `
const kept = (globalThis.kept = []);
function grow() { for (let i = 0; i < 200; i++) kept.push({ bytes: Buffer.allocUnsafeSlow(300), notes: new Array(500).fill(i) }); }
if (${JSON.stringify(how)} === 'loop') for (;;) grow(); else setInterval(grow, 1);`;
    const { code, signal, reasons, dumps, stderr } = await run(source, ['--max-old-space-size=60']);
    expect(signal ?? code).not.toBe(0);
    expect(stderr).toContain('heap out of memory');
    expect(reasons).toEqual(['heap-limit']);
    expect(topOf(dumps[0])?.owner).toMatchObject({ function: 'grow', line: 3 });
    expect(topOf(dumps[0])?.share).toBeGreaterThan(0.9);
  });
});

describe('what a dump costs', () => {
  it('fits into the room that is left for it below the limits', async () => {
    const { code, stdout } = await runNode([
      path.join(packageFolder, 'bench', 'dump-cost.mjs'),
      '10',
      '1000',
    ]);
    expect(code).toBe(0);
    const [small = [], big = []] = stdout
      .split('\n')
      .slice(3)
      .map((line) => [...line.matchAll(/([\d.]+) MB/g)].map(([, megabytes]) => Number(megabytes)));
    // Heap, buffers, resident, file.
    expect([small.length, big.length]).toEqual([4, 4]);
    expect(big[0]).toBeLessThan(32);
    expect(big[2]).toBeLessThan(64);
    expect(big[3]).toBeGreaterThan(small[3] ?? 0);
  });
});

describe.skipIf(process.platform === 'win32')('the watch over the container', () => {
  it('leaves out the cache that the kernel gives back first', async () => {
    const folder = temporaryFolder();
    const seen = await runSource(`
const seen = []; const fs = require('node:fs');
const native = require(${JSON.stringify(path.join(packageFolder, 'dist', 'native.js'))}).addon();
const inactive = (bytes) => fs.writeFileSync('memory.stat', 'cache 1\\ninactive_file ' + bytes + '\\nunevictable 0\\n');
process.chdir(${JSON.stringify(folder)});
fs.writeFileSync('usage', '1000\\n');
inactive(950);
native.watchMemory(process.cwd() + '/usage', 100, 0, () => { console.log(JSON.stringify([...seen, 'woken'])); process.exit(); });
setTimeout(() => { seen.push('waited'); inactive(900); setInterval(() => {}, 1000); }, 300);`);
    expect(seen).toEqual(['waited', 'woken']);
  });
});

const GROUPS = '/sys/fs/cgroup/memory';
/** A real group with a limit, where the system lets us make one (control groups v1, root). */
function makeGroup(name: string, limitBytes: number): string | null {
  const group = path.join(GROUPS, `abtrace-test-${process.pid}-${name}`);
  try {
    if (!fs.existsSync(path.join(GROUPS, 'memory.limit_in_bytes'))) return null;
    fs.mkdirSync(group, { recursive: true });
    fs.writeFileSync(path.join(group, 'memory.limit_in_bytes'), String(limitBytes));
    return group;
  } catch {
    return null;
  }
}

describe.each(['timer', 'loop'] as const)('a program that fills its container by a %s', (how) => {
  const LIMIT_BYTES = 300_000_000;
  let group: string | null = null;
  // Not as the file is read: where no test runs, nothing would take the group away again.
  beforeAll(() => {
    group = makeGroup(how, LIMIT_BYTES);
  });
  afterAll(() => {
    if (group !== null) fs.rmdirSync(group);
  });

  it('leaves a dump that names the owner', async () => {
    // Where no group can be made, the program says what it uses in a file that looks like one.
    const root = temporaryFolder();
    const files = {
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      'sys/fs/cgroup/memory.max': `${LIMIT_BYTES}\n`,
      'sys/fs/cgroup/memory.current': '1000000\n',
    };
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      fs.writeFileSync(path.join(root, name), text);
    }
    const usage = path.join(root, 'sys/fs/cgroup/memory.current');
    const pretend = `const bytes = kept.length * 1e6; require('node:fs').writeFileSync(${JSON.stringify(usage)}, String(bytes));
      if (bytes >= ${LIMIT_BYTES}) process.kill(process.pid, 'SIGKILL');`;
    const end = group === null ? `${pretend} return false;` : 'return false;';
    const env: Record<string, string> = group === null ? { ABTRACE_INTERNAL_ROOT: root } : {};
    const outcome = await run(growing(how, end), [], env, group);
    expect(outcome.signal ?? outcome.code).not.toBe(0);
    expect(outcome.reasons).toEqual(['container-limit']);
    expect(outcome.stderr).toContain("the container's limit of 300 MB is near: dump written");
    const top = topOf(outcome.dumps[0]);
    expect(top?.owner).toMatchObject({ function: 'grow', line: 3 });
    expect(top?.liveBytes).toBeGreaterThan(50e6);
  });
});

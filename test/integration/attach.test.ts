// Attaching to programs that were started without abtrace: dumps are right, the program works on and is as it was after.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { topSites } from '../../lib/analysis/top';
import type { Dump } from '../../lib/dump/format';
import { readDump } from '../../lib/dump/read';
import { portsOf, type RunningProgram, startFile, startProgram } from './attach-support';
import {
  type ChildResult,
  isStressed,
  lastLine,
  packageFolder,
  runCli,
  runNode,
  temporaryFolder,
} from './support';

const CHUNK_BYTES = 100_000;
/** A person would call a pause of this length a hang; what is printed must never be shorter than what was measured. */
const timeoutArguments = isStressed ? ['--timeout', '60s'] : ['--timeout', '20s'];

interface Attached extends ChildResult {
  dumps: Dump[];
  /** The longest pause that was printed, ms. */
  pauseMs: number;
}

async function attach(program: RunningProgram, args: string[]): Promise<Attached> {
  const folder = temporaryFolder();
  const result = await runCli(['attach', String(program.pid), '--out', folder, ...timeoutArguments, ...args]);
  const files = result.stdout.split('\n').filter(Boolean);
  expect(files).toEqual(
    fs
      .readdirSync(folder)
      .sort()
      .map((name) => path.join(folder, name)),
  );
  return {
    ...result,
    dumps: files.map((file) => readDump(file)),
    pauseMs: Number(/paused for (\d+) ms at the longest/.exec(result.stderr)?.[1] ?? Number.NaN),
  };
}

const ownerOf = (dump: Dump | undefined) => dump && topSites(dump, { by: 'owner', limit: 1 })[0];

/** Keeps a chunk every few milliseconds, by a timer whose callback is `grow`. */
const GROWING = `
const kept = (globalThis.kept = []);
function grow() { kept.push(Buffer.alloc(${CHUNK_BYTES}, 1)); }
setInterval(grow, 5);
`;

describe.skipIf(process.platform !== 'linux').each([
  ['CommonJS', '.cjs'],
  ['ESM', '.mjs'],
] as const)('attached to a %s program, abtrace', (_, extension) => {
  it('names the line that grows, and leaves the program as it was', async () => {
    const program = startProgram(`${GROWING}console.log('ready');`, extension);
    await program.waitFor(/ready/);
    for (const _round of [1, 2]) {
      const attached = await attach(program, ['--after', '1s']);
      expect(attached).toMatchObject({ code: 0, signal: null });
      expect(attached.pauseMs).toBeGreaterThan(0);
      const [dump] = attached.dumps;
      const top = ownerOf(dump);
      expect(top?.owner).toMatchObject({ function: 'grow', line: 3 });
      expect(top?.liveBytes).toBeGreaterThanOrEqual(CHUNK_BYTES);
      expect(dump?.coverage.remainderBytes).toBe(0);
      expect(dump?.process.pid).toBe(program.pid);
      expect(portsOf(program)).toEqual([]);
    }
    expect(program.child.exitCode).toBeNull();
  });
});

describe.skipIf(process.platform !== 'linux')('attach', () => {
  it('takes dumps at an interval, the last one at the end, and of what is kept only', async () => {
    const program = startProgram(
      `${GROWING}setInterval(() => Buffer.alloc(500_000), 5); console.log('ready');`,
    );
    await program.waitFor(/ready/);
    const { code, dumps } = await attach(program, [
      '--every',
      '700ms',
      '--after',
      '2s',
      '--gc',
      '--no-causes',
    ]);
    expect(code).toBe(0);
    expect(dumps.length).toBeGreaterThanOrEqual(2);
    for (const dump of dumps) {
      expect(dump.options).toMatchObject({ gc: true, causes: false });
      expect(ownerOf(dump)?.owner?.function).toBe('grow');
    }
    expect(dumps.at(-1)?.coverage.attributedBytes).toBeGreaterThan(dumps[0]?.coverage.attributedBytes ?? 0);
  });

  it('takes a dump when memory reaches what is asked for', async () => {
    const program = startProgram(`${GROWING}console.log('ready');`);
    await program.waitFor(/ready/);
    const { code, stdout } = await runCli([
      ...['attach', String(program.pid), '--out', temporaryFolder(), ...timeoutArguments],
      ...['--when', 'arrayBuffers>1MB', '--after', isStressed ? '10s' : '2s', '--quiet'],
    ]);
    expect(code).toBe(0);
    const files = stdout.split('\n').filter(Boolean);
    expect(files.map((file) => file.replace(/.*-/, ''))).toEqual(
      expect.arrayContaining(['watermark.json', 'attach.json']),
    );
    for (const file of files) expect(ownerOf(readDump(file))?.owner?.function).toBe('grow');
  });

  it('says for how long the event loop stood still at the longest, whoever is at fault', async () => {
    const program = startProgram(
      `${GROWING}
       const hold = () => { for (const until = performance.now() + 300; performance.now() < until; ); setTimeout(hold, 200); };
       let lastMs = performance.now(); let longestMs = 0;
       setInterval(() => { longestMs = Math.max(longestMs, performance.now() - lastMs); lastMs = performance.now(); }, 1);
       process.once('SIGUSR2', () => console.log('longest ' + longestMs));
       hold(); console.log('ready');`,
    );
    await program.waitFor(/ready/);
    const { code, pauseMs, stderr } = await attach(program, ['--after', '2s']);
    program.child.kill('SIGUSR2');
    const [, longestMs] = await program.waitFor(/longest (.*)/);
    expect(code).toBe(0);
    expect(pauseMs).toBeGreaterThanOrEqual(300);
    expect(pauseMs).toBeGreaterThan(Number(longestMs) - 250);
    expect(Number(/abtrace took (\d+) ms at a time/.exec(stderr)?.[1])).toBeLessThanOrEqual(pauseMs);
  });

  it('tells what keeps the memory if asked to', async () => {
    const program = startProgram(`${GROWING}console.log('ready');`);
    await program.waitFor(/ready/);
    const { code, dumps } = await attach(program, ['--after', '1s', '--retainers']);
    expect(code).toBe(0);
    const site = dumps[0]?.sites.find(({ owner }) => owner?.function === 'grow');
    const path = dumps[0]?.paths?.[site?.retainers?.[0]?.path ?? -1];
    expect(JSON.stringify(path)).toContain('kept');
  });

  it('ends with a dump at Ctrl-C', async () => {
    const program = startProgram(`${GROWING}console.log('ready');`);
    await program.waitFor(/ready/);
    const folder = temporaryFolder();
    const cli = startFile([
      path.join(packageFolder, 'dist', 'cli', 'main.js'),
      ...['attach', String(program.pid), '--out', folder, '--every', '300ms', ...timeoutArguments],
    ]);
    await cli.waitFor(/-interval\.json/);
    cli.child.kill('SIGINT');
    expect(await cli.ended).toBe(0);
    expect(ownerOf(readDump(lastLine(cli.stdout())))?.owner?.function).toBe('grow');
    expect(lastLine(cli.stdout())).toMatch(/-attach\.json$/);
    expect(portsOf(program)).toEqual([]);
  });

  it('uses an inspector that is open already, on whatever port, and leaves it open', async () => {
    const program = startProgram(
      `require('node:inspector').open(0); ${GROWING}console.log('ready');`,
      '.cjs',
      [],
    );
    await program.waitFor(/ready/);
    const before = portsOf(program);
    expect(before).toHaveLength(1);
    const { code, dumps } = await attach(program, ['--after', '500ms']);
    expect(code).toBe(0);
    expect(dumps).toHaveLength(1);
    expect(portsOf(program)).toEqual(before);
  }, 120_000);

  it('reaches a program that never comes back to its event loop', async () => {
    const program = startProgram(
      `console.log('ready'); const kept = [];
       for (;;) { if (kept.length < 200) kept.push(Buffer.alloc(${CHUNK_BYTES})); else kept.length = 0; }`,
    );
    await program.waitFor(/ready/);
    const { code, dumps } = await attach(program, ['--after', '500ms']);
    expect(code).toBe(0);
    expect(ownerOf(dumps[0])?.owner?.line).toBe(2);
    expect(portsOf(program)).toEqual([]);
  }, 120_000);

  it('writes a dump if the program ends meanwhile, and does not hold it up', async () => {
    // It ends once somebody is attached, which adds a listener.
    const program = startProgram(
      `${GROWING}console.log('ready'); setInterval(() => { if (process.listenerCount('exit') > 0) process.exit(5); }, 200);`,
    );
    await program.waitFor(/ready/);
    const { code, dumps, stderr } = await attach(program, ['--after', '1h']);
    expect(code).toBe(0);
    expect(stderr).toContain('the program has ended and written a dump');
    expect(dumps).toHaveLength(1);
    expect(await program.ended).toBe(5);
    expect(program.stderr()).not.toContain('Waiting for the debugger');
  });

  it('lets the program be if abtrace dies', async () => {
    const program = startProgram(`${GROWING}console.log('ready');`);
    await program.waitFor(/ready/);
    const cli = startFile(
      [
        path.join(packageFolder, 'dist', 'cli', 'main.js'),
        ...[
          'attach',
          String(program.pid),
          '--out',
          temporaryFolder(),
          '--every',
          '200ms',
          ...timeoutArguments,
        ],
      ],
      { env: { ABTRACE_INTERNAL_HEARTBEAT_MS: '100' } },
    );
    await cli.waitFor(/-interval\.json/);
    expect(portsOf(program)).toHaveLength(1);
    cli.child.kill('SIGKILL');
    while (portsOf(program).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const { code, dumps } = await attach(program, ['--after', '500ms']);
    expect([code, dumps.length]).toEqual([0, 1]);
  });

  it('closes the inspector of a program that was stopped meanwhile once it runs on, and no other', async () => {
    const program = startProgram(`${GROWING}console.log('ready');`);
    await program.waitFor(/ready/);
    const cli = startFile([
      path.join(packageFolder, 'dist', 'cli', 'main.js'),
      ...['attach', String(program.pid), '--out', temporaryFolder(), '--after', '2s', '--timeout', '1s'],
    ]);
    while (!cli.stderr().includes('tracing')) await new Promise((resolve) => setTimeout(resolve, 50));
    program.child.kill('SIGSTOP');
    expect(await cli.ended).toBe(1);
    expect(cli.stderr()).toContain('does not answer any more');
    program.child.kill('SIGCONT');
    while (portsOf(program).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    program.child.kill('SIGUSR1');
    while (portsOf(program).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    // Longer than anybody takes who looks for it every quarter of a second.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(portsOf(program)).toHaveLength(1);
  });

  it('is refused while another abtrace is attached', async () => {
    const program = startProgram(`${GROWING}console.log('ready');`);
    await program.waitFor(/ready/);
    const cli = startFile([
      path.join(packageFolder, 'dist', 'cli', 'main.js'),
      ...['attach', String(program.pid), '--out', temporaryFolder(), '--every', '200ms', ...timeoutArguments],
    ]);
    await cli.waitFor(/-interval\.json/);
    const second = await attach(program, ['--after', '500ms']);
    expect(second).toMatchObject({
      code: 1,
      stderr: 'abtrace: another abtrace is attached to this process already\n',
    });
    cli.child.kill('SIGTERM');
    expect(await cli.ended).toBe(0);
  });

  it('traces workers that run already, and theirs', async () => {
    const program = startProgram(`
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const keepIn = (depth) => { const kept = (globalThis.kept = []); const growInWorker = () => kept.push(Buffer.alloc(${CHUNK_BYTES})); setInterval(growInWorker, 5); };
if (isMainThread) new Worker(__filename, { workerData: 1 }).on('message', () => console.log('ready'));
else {
  keepIn(workerData);
  const { parentPort } = require('node:worker_threads');
  if (workerData === 2) parentPort.postMessage('up');
  else new Worker(__filename, { workerData: 2 }).on('message', () => parentPort.postMessage('up'));
}`);
    await program.waitFor(/ready/);
    const { code, dumps } = await attach(program, ['--after', '1s']);
    expect(code).toBe(0);
    const threads = dumps[0]?.process.threads.filter(({ liveBytes }) => liveBytes >= CHUNK_BYTES);
    expect(threads).toHaveLength(2);
    expect(ownerOf(dumps[0])?.owner?.function).toBe('growInWorker');
    expect(dumps[0]?.coverage.remainderBytes).toBe(0);
    expect(portsOf(program)).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('attached under load,', () => {
  const installed = (...parts: string[]) => path.join(packageFolder, 'node_modules', ...parts);

  it.each(['express', 'fastify'])('%s answers on, and the line that keeps is named', async (framework) => {
    const serve = {
      express: `const app = require(${JSON.stringify(installed('express'))})();
        app.get('/', (request, response) => { keep(); response.send('ok'); });
        const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));`,
      fastify: `const app = require(${JSON.stringify(installed('fastify'))})();
        app.get('/', async () => { keep(); return 'ok'; });
        app.listen({ port: 0 }).then(() => console.log('port ' + app.server.address().port));`,
    }[framework];
    const program = startProgram(`
const kept = (globalThis.kept = []);
function keep() { if (kept.push(Buffer.alloc(20_000)) > 5000) kept.length = 0; }
let lastMs = performance.now(); let longestMs = 0;
setInterval(() => { longestMs = Math.max(longestMs, performance.now() - lastMs); lastMs = performance.now(); }, 1);
let asked = 0;
process.on('SIGUSR2', () => { console.log('longest' + asked++ + ' ' + longestMs); longestMs = 0; });
${serve}`);
    const [, port] = await program.waitFor(/port (\d+)/);
    const seconds = isStressed ? 8 : 5;
    const load = runNode([
      installed('autocannon', 'autocannon.js'),
      ...['--duration', String(seconds), '--connections', '4', '--json', '--no-progress'],
      `http://127.0.0.1:${port}/`,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    program.child.kill('SIGUSR2');
    await program.waitFor(/longest0/);
    const attached = await attach(program, ['--after', '1500ms']);
    program.child.kill('SIGUSR2');
    const [, longestMs] = await program.waitFor(/longest1 (.*)/);
    const report = JSON.parse((await load).stdout) as Record<string, unknown>;
    expect(attached.code).toBe(0);
    expect(report).toMatchObject({ non2xx: 0, errors: 0, timeouts: 0 });
    // What the machine was busy with before and after counts here, too.
    expect(Number(longestMs)).toBeLessThan(attached.pauseMs + 100);
    const top = ownerOf(attached.dumps[0]);
    expect(top?.owner).toMatchObject({ function: 'keep', line: 3 });
    expect(portsOf(program)).toEqual([Number(port)]);
  });

  it('rollup in watch mode builds on, and is shown to write its bundle', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'main.js'), "export { default } from './part.js';\n");
    const part = (bytes: number) =>
      fs.writeFileSync(path.join(folder, 'part.js'), `export default '${'x'.repeat(bytes)}';\n`);
    part(100_000);
    const bundle = path.join(folder, 'bundle.js');
    const program = startFile(
      [
        ...['--inspect-port=0', installed('rollup', 'dist', 'bin', 'rollup')],
        ...['main.js', '--watch', '--no-watch.clearScreen', '--file', bundle],
      ],
      { cwd: folder },
    );
    const built = async (bytes: number) => {
      while (!fs.existsSync(bundle) || fs.statSync(bundle).size < bytes) {
        expect(program.child.exitCode).toBeNull();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await built(100_000);
    const attaching = attach(program, ['--after', '4s']);
    let bytes = 200_000;
    for (let over = false; !over; bytes += 1000) {
      part(bytes);
      await built(bytes);
      over = await Promise.race([
        attaching.then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, 300, false)),
      ]);
    }
    const { code, dumps } = await attaching;
    expect(code).toBe(0);
    const rows = dumps[0] ? topSites(dumps[0], { by: 'owner', limit: Number.POSITIVE_INFINITY }) : [];
    const writing = rows.find(({ owner }) => owner?.function === 'writeOutputFile');
    expect(writing?.totalBytes).toBeGreaterThanOrEqual(200_000);
    expect(portsOf(program)).toEqual([]);
    part(bytes + 300_000);
    await built(bytes + 300_000);
  });
});

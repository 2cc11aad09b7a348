// `abtrace run` and `node -r abtrace/register` do not show: a program prints, exits and sees itself as without them.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Dump } from '../../lib/dump/format';
import { readDump } from '../../lib/dump/read';
import {
  type ChildOptions,
  type ChildResult,
  isStressed,
  packageFolder,
  runCli,
  runNode,
  temporaryFolder,
} from './support';

const registerPath = path.join(packageFolder, 'dist', 'register.js');
const KEEP =
  'const kept = (globalThis.kept = []); for (let i = 0; i < 20; i++) kept.push(Buffer.alloc(100_000));\n';
const hasTypeStripping = 'typescript' in process.features;

/** Writes a program into a folder of its own. */
function program(name: string, source: string): string {
  const file = path.join(temporaryFolder(), name);
  fs.writeFileSync(file, source);
  return file;
}

function dumpsIn(folder: string): Dump[] {
  return fs
    .readdirSync(folder)
    .sort()
    .map((name) => readDump(path.join(folder, name)));
}

/** The names of the dumps in a folder without what differs from run to run. */
function reasonsIn(folder: string): string[] {
  const name = /^abtrace-\d{8}T\d{6}Z-\d+-(\d{4}-[a-z0-9]+)\.json$/;
  return fs
    .readdirSync(folder)
    .sort()
    .map((file) => name.exec(file)?.[1] ?? file);
}

/** Node itself puts its trampoline on stacks that begin in native code as soon as anybody uses asynchronous hooks. */
function withoutRemarks(stderr: string): string {
  return stderr.replace(/^abtrace: .*\n/gm, '').replace(/^ +at process\.callbackTrampoline .*\n/gm, '');
}

interface Comparison {
  plain: ChildResult;
  traced: ChildResult;
  folder: string;
}

/** Runs a program under plain node and under `abtrace run`. */
async function compare(file: string, args: string[] = [], options: ChildOptions = {}): Promise<Comparison> {
  const folder = path.join(temporaryFolder(), 'dumps');
  const plain = await runNode([file, ...args], options);
  const traced = await runCli(['run', '--out', folder, file, ...args], options);
  return { plain, traced, folder };
}

function expectSame({ plain, traced }: Comparison): void {
  expect(traced.stdout).toBe(plain.stdout);
  expect(withoutRemarks(traced.stderr)).toBe(plain.stderr);
  expect({ code: traced.code, signal: traced.signal }).toEqual({ code: plain.code, signal: plain.signal });
}

describe('a traced program', () => {
  const describeItself = `
    const out = { argv: process.argv.slice(1), argv0: process.argv0, main: require.main === module,
      filename: __filename, id: module.id, parent: String(module.parent), paths: module.paths.length,
      events: process.eventNames().map(String),
      emit: process.emit === require('node:events').prototype.emit, keys: Object.keys(process).length,
      exit: process.listenerCount('exit'), sigint: process.listenerCount('SIGINT'),
      sigterm: process.listenerCount('SIGTERM'), title: process.title, cwd: process.cwd() };
    console.log(JSON.stringify(out));`;

  it('sees its arguments, its module and its process as under plain node', async () => {
    expectSame(await compare(program('app.js', describeItself), ['a', '--gc', '--', '-x', 'b c', '']));
  });

  it('sees itself the same as an ES module', async () => {
    const source = `
      import { argv } from 'node:process';
      console.log(JSON.stringify(argv.slice(1)), import.meta.url, import.meta.main, await Promise.resolve('top-level'));`;
    expectSame(await compare(program('app.mjs', source), ['--limit', '3']));
  });

  const writtenInTypeScript = async () => {
    const source = `interface Point { x: number }\nconst point: Point = { x: 1 };\n${KEEP}console.log(point.x);`;
    const file = program('app.ts', source);
    const comparison = await compare(file);
    expectSame(comparison);
    // Node's own stripping of types keeps a buffer, too.
    const owned = dumpsIn(comparison.folder)[0]?.sites.find(({ owner }) => owner?.file === file);
    expect(owned).toMatchObject({ liveBytes: 2_000_000, owner: { line: 3 } });
  };
  // Node strips types since 22.18.
  if (hasTypeStripping) it('may be written in TypeScript', writtenInTypeScript);

  it('reads stdin and writes every byte to stdout and stderr', async () => {
    const source = `
      process.stdin.on('data', (chunk) => process.stdout.write(chunk)).on('end', () => {
        process.stdout.write(Buffer.from([0, 255, 10, 13, 27]));
        process.stderr.write('x'.repeat(300_000) + '\\n');
      });`;
    expectSame(await compare(program('app.js', source), [], { input: 'é'.repeat(100_000) }));
  });

  it('may be found like node finds it: without its extension, or as a folder', async () => {
    const file = program('index.js', 'console.log(process.argv[1])');
    expectSame(await compare(file.replace(/\.js$/, '')));
    expectSame(await compare(path.dirname(file)));
  });

  it('may add ten listeners for its exit without a warning', async () => {
    const source = `for (let i = 0; i < 10; i++) { process.on('exit', () => {}); process.on('SIGTERM', () => {}); }`;
    const comparison = await compare(program('app.js', source));
    expectSame(comparison);
    expect(comparison.plain.stderr).toBe('');
  });

  it('is charged for what it keeps, to the line', async () => {
    const file = program('app.js', `function keep() {\n  ${KEEP}}\nkeep();\n`);
    const { folder } = await compare(file);
    const [dump] = dumpsIn(folder);
    expect(dump?.sites[0]).toMatchObject({
      liveBytes: 2_000_000,
      liveCount: 20,
      owner: { function: 'keep', file, line: 2, via: 'stack' },
    });
  });
});

describe('the end of a program', () => {
  const endings: [title: string, source: string][] = [
    ['comes by itself', 'console.log("end")'],
    ['comes by itself, with a code', 'process.exitCode = 4'],
    [
      'is process.exit in the middle',
      'setInterval(() => {}, 1e6); console.log("a"); process.exit(7); console.log("b")',
    ],
    ['is process.exit in a listener for exit', 'process.on("exit", () => process.exit(9))'],
    ['is an error thrown', 'console.log("a"); throw new Error("boom")'],
    ['is an error thrown that is no Error', 'throw null'],
    ['is an unhandled rejection', 'setInterval(() => {}, 1e6); Promise.reject(new Error("boom"))'],
    ['is an error in a listener for exit', 'process.on("exit", () => { throw new Error("late") })'],
    [
      'is an error that is handled',
      'process.on("uncaughtException", () => process.exit(3)); throw new Error("boom")',
    ],
    ['comes although it listens to messages', 'process.on("message", () => {}); process.exit(3)'],
    ['is a signal that it sends itself', 'process.kill(process.pid, "SIGTERM"); console.log("never")'],
    ['is SIGKILL that it sends itself', 'process.kill(process.pid, "SIGKILL"); console.log("never")'],
    [
      'is a signal that it sends itself from its own listener',
      `process.on("SIGINT", function once() { process.off("SIGINT", once); process.kill(process.pid, "SIGINT") });
       setInterval(() => {}, 1e6); process.kill(process.pid, "SIGINT")`,
    ],
  ];

  it.each(endings)('%s: same output, same code, one dump', async (_title, source) => {
    const comparison = await compare(program('app.js', KEEP + source));
    expectSame(comparison);
    expect(reasonsIn(comparison.folder)).toEqual([
      expect.stringMatching(/^0001-(exit|sigterm|sigkill|sigint)$/),
    ]);
    expect(dumpsIn(comparison.folder)[0]?.sites[0]?.liveBytes).toBe(2_000_000);
  });

  it('is an unsettled top-level await', async () => {
    const comparison = await compare(program('app.mjs', 'await new Promise(() => {});'));
    expectSame(comparison);
    expect(comparison.traced.code).toBe(13);
    expect(reasonsIn(comparison.folder)).toEqual(['0001-exit']);
  });

  it('is told in one line on stderr, which --quiet silences', async () => {
    const file = program('app.js', KEEP);
    const folder = temporaryFolder();
    const told = await runCli(['run', '--out', folder, file]);
    expect(told.stderr).toMatch(/^abtrace: dump written; look at it with: abtrace top \S+-exit\.json\n$/);
    const named = told.stderr.trim().split(' ').at(-1) ?? '';
    expect(readDump(path.resolve(packageFolder, named)).process.script).toBe(file);
    const quiet = await runCli(['run', '--quiet', '--out', folder, file]);
    expect(quiet.stderr).toBe('');
    expect(reasonsIn(folder)).toHaveLength(2);
  });

  it('is not disturbed by a directory that has gone', async () => {
    const folder = path.join(temporaryFolder(), 'dumps');
    const source = `${KEEP}require('node:fs').rmdirSync(${JSON.stringify(folder)}); console.log('done'); process.exitCode = 6;`;
    const result = await runCli(['run', '--out', folder, program('app.js', source)]);
    expect(result).toMatchObject({ code: 6, stdout: 'done\n' });
    expect(result.stderr).toMatch(/^abtrace: Cannot write dump .*no such folder.*\n$/);
  });

  it('writes nothing if the program has stopped the tracing', async () => {
    const folder = temporaryFolder();
    const source = `require(${JSON.stringify(packageFolder)}).stop();`;
    const result = await runCli(['run', '--out', folder, program('app.js', source)]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(reasonsIn(folder)).toEqual([]);
  });
});

describe('dumps on the way', () => {
  it('are written at an interval, and do not keep the program alive', async () => {
    const folder = temporaryFolder();
    const file = program('app.js', `${KEEP}setTimeout(() => {}, 1200);`);
    const result = await runCli(['run', '--out', folder, '--every', '300ms', file]);
    expect(result.code).toBe(0);
    const reasons = reasonsIn(folder);
    expect(reasons.length).toBeGreaterThanOrEqual(3);
    expect(reasons.at(-1)).toMatch(/-exit$/);
    expect(new Set(reasons.slice(0, -1).map((reason) => reason.slice(5)))).toEqual(new Set(['interval']));
    expect(result.stderr.match(/abtrace:/g)).toHaveLength(1);
  });

  it.skipIf(process.platform === 'win32')('are written on a signal', async () => {
    const folder = temporaryFolder();
    const source = `${KEEP}process.stdout.write('ready');
      const timer = setInterval(() => {
        if (require('node:fs').readdirSync(${JSON.stringify(folder)}).filter((name) => name.endsWith('.json')).length < 1) return;
        clearInterval(timer);
      }, 20);`;
    let sent = false;
    const result = await runCli(['run', '--out', folder, '--signal', 'SIGUSR2', program('app.js', source)], {
      onStdout: (text, child) => {
        if (text === 'ready' && !sent) sent = child.kill('SIGUSR2');
      },
    });
    expect(result.code).toBe(0);
    expect(reasonsIn(folder)).toEqual(['0001-sigusr2', '0002-exit']);
    expect(result.stderr.match(/abtrace: dump written/g)).toHaveLength(2);
  });

  it('leave garbage out with --gc', async () => {
    const source = `${KEEP}for (let i = 0; i < 300; i++) Buffer.alloc(100_000);
      process.on('exit', () => globalThis.kept);`;
    const folder = temporaryFolder();
    const result = await runCli(['run', '--gc', '--out', folder, program('app.js', source)]);
    expect(result.code).toBe(0);
    const [dump] = dumpsIn(folder);
    expect(dump?.options.gc).toBe(true);
    expect(dump?.coverage.attributedBytes).toBeLessThan(2_200_000);
    expect(dump?.coverage.attributedBytes).toBeGreaterThanOrEqual(2_000_000);
  });

  it('with --gc say when the end of the program left nothing to see', async () => {
    const source = `const kept = []; for (let i = 0; i < 20; i++) kept.push(Buffer.alloc(100_000)); console.log(kept.length);`;
    // A young generation that never fills up; under stress V8 collects even so, before anybody looks.
    const roomy = '--min-semi-space-size=64';
    const result = await runCli([
      'run',
      '--gc',
      '--out',
      temporaryFolder(),
      roomy,
      program('app.js', source),
    ]);
    expect(result.stdout).toBe('20\n');
    if (!isStressed)
      expect(result.stderr).toMatch(/abtrace: [\d.]+ MB were collected before that dump.*--every/);
  });
});

describe('options', () => {
  it('reach the tracer', async () => {
    const folder = temporaryFolder();
    const source = `${KEEP}Buffer.alloc(5_000);`;
    const options = ['--threshold', '10KB', '--sample', '0', '--depth', '3', '--no-causes', '--no-workers'];
    const globs = ['--user', 'a/**', '--user', 'b/**', '--dependency', 'c/**'];
    await runCli(['run', ...options, ...globs, '--out', folder, program('app.js', source)]);
    expect(dumpsIn(folder)[0]?.options).toEqual({
      thresholdBytes: 10_000,
      sampleBytes: 0,
      stackDepth: 3,
      causes: false,
      workers: false,
      growable: true,
      user: ['a/**', 'b/**'],
      dependency: ['c/**'],
      gc: false,
    });
  });

  it('of node are handed on, and may come from the node that runs abtrace', async () => {
    const file = program('app.js', 'console.log(typeof gc, process.title, process.argv.slice(2).join())');
    const cli = path.join(packageFolder, 'dist', 'cli', 'main.js');
    const out = ['--quiet', '--out', temporaryFolder()];
    const expected = { code: 0, stdout: 'function hello a\n' };
    expect(await runCli(['run', '--expose-gc', '--title', 'hello', ...out, file, 'a'])).toMatchObject(
      expected,
    );
    expect(await runCli(['run', ...out, '--', '--expose-gc', '--title=hello', file, 'a'])).toMatchObject(
      expected,
    );
    expect(await runNode(['--expose-gc', cli, 'run', ...out, '--title=hello', file, 'a'])).toMatchObject(
      expected,
    );
  });

  it('may say that the program is code on the command line', async () => {
    const folder = temporaryFolder();
    const result = await runCli(['run', '--out', folder, '-e', `${KEEP}console.log('code')`]);
    expect(result).toMatchObject({ code: 0, stdout: 'code\n' });
    expect(reasonsIn(folder)).toEqual(['0001-exit']);
  });

  it('may all come from the environment, with the preload in front', async () => {
    const folder = path.join(temporaryFolder(), 'made', 'for', 'it');
    const file = program('app.js', `${KEEP}console.log(process.argv.slice(2).join())`);
    const env = { ABTRACE_OUT: folder, ABTRACE_THRESHOLD: '1KB', ABTRACE_QUIET: '1' };
    for (const flag of ['-r', '--import']) {
      const result = await runNode([flag, registerPath, file, 'a'], { env });
      expect(result).toMatchObject({ code: 0, stdout: 'a\n', stderr: '' });
    }
    expect(dumpsIn(folder).map(({ options }) => options.thresholdBytes)).toEqual([1000, 1000]);
  });
});

it('a program under the permission model that may write its dump has it written', async () => {
  const folder = path.join(temporaryFolder(), 'dumps');
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const allowed = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons'];
  const result = await runCli(['run', '--out', folder, flag, ...allowed, program('app.js', KEEP)]);
  expect(result.code).toBe(0);
  expect(dumpsIn(folder)[0]?.sites[0]).toMatchObject({ liveBytes: 2_000_000 });
});

describe('children of a program', () => {
  it('that it forks write dumps of their own', async () => {
    const folder = temporaryFolder();
    const source = `${KEEP}
      if (process.argv[2] === 'child') process.send(process.argv.slice(2));
      else require('node:child_process').fork(__filename, ['child', 'x']).on('message', (m) => console.log(m.join()));`;
    const result = await runCli(['run', '--out', folder, program('app.js', source)]);
    expect(result).toMatchObject({ code: 0, stdout: 'child,x\n' });
    const dumps = dumpsIn(folder);
    expect(new Set(dumps.map((dump) => dump.process.pid)).size).toBe(2);
    expect(dumps.map((dump) => dump.sites[0]?.liveBytes)).toEqual([2_000_000, 2_000_000]);
  });

  it('in threads are in the dump of the process', async () => {
    const folder = temporaryFolder();
    const source = `
      const { Worker, isMainThread, parentPort } = require('node:worker_threads');
      if (isMainThread) new Worker(__filename).on('message', () => process.exit(2));
      else { ${KEEP} setInterval(() => {}, 1e6); parentPort.postMessage('ready'); }`;
    const result = await runCli(['run', '--out', folder, program('app.js', source)]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(reasonsIn(folder)).toEqual(['0001-exit']);
    const [dump] = dumpsIn(folder);
    expect(dump?.process.threads).toHaveLength(2);
    expect(dump?.sites[0]).toMatchObject({ thread: 1, liveBytes: 2_000_000 });
  });
});

// A traced program behaves as it does untraced, whatever it does and however it is started.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeMajor, programPath, runProgram, scaled } from './programs';
import { packageStub, runNode } from './support';

async function linesOf(args: string[], flags: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await runNode([...flags, ...args]);
  // Warnings name the process.
  expect({ stderr: stderr.replace(/^\(.*\n?/gm, ''), code }).toEqual({ stderr: '', code: 0 });
  return stdout.split('\n');
}

/** `--permission` has its name since Node 22.13. */
const permission = nodeMajor < 22 ? '--experimental-permission' : '--permission';

describe('what a program observes', () => {
  it.each([
    [[]],
    [['--disallow-code-generation-from-strings']],
    [['--frozen-intrinsics']],
    [['--disable-proto=throw', '--stack-trace-limit=0']],
  ])('of its asynchronous work is the same traced and untraced, with node %j', async (flags) => {
    const program = programPath('fixtures/behaviours.cjs');
    const plain = await linesOf([program, 'plain'], flags);
    expect(plain.length).toBeGreaterThan(60);
    expect(await linesOf([program, 'traced'], flags)).toEqual(plain);
  });

  it('of the end of its stack is the same', async () => {
    const result = await runProgram('fixtures/overflow.cjs');
    expect(result).toMatchObject({ results: Array(3).fill(4), own: 4, remainderBytes: 0 });
  });
});

describe('the tracer', () => {
  it('can be stopped while another thread gives blocks back', async () => {
    const rounds = scaled(500, 20);
    expect(await runProgram('stop-while-sweeping.cjs', { args: [rounds] })).toEqual({ rounds });
  });
});

describe('a program is traced', () => {
  const body = `
    abtrace.start({ thresholdBytes: 1000 });
    const kept = [];
    function leak() { kept.push(new ArrayBuffer(50_000)); }
    for (let i = 0; i < 2; i++) leak();
    const { coverage, sites, process: { script } } = abtrace.dump({ gc: true });
    const { owner } = sites.find(({ liveBytes }) => liveBytes === 100_000);
    console.log('found ' + JSON.stringify({ owner, script, remainder: coverage.remainderBytes }));`;
  const commonJs = `const abtrace = require('abtrace');${body}`;
  const esModule = `import * as abtrace from 'abtrace';${body}`;
  const files = { 'main.cjs': commonJs, 'main.mjs': esModule, 'main.cts': commonJs, 'main.mts': esModule };

  interface Way {
    name: string;
    args: string[];
    input?: string;
    /** What the owner's file is called. */
    file: RegExp;
    /** The first version of Node that can. */
    since?: number;
  }

  const ways: Way[] = [
    { name: 'as CommonJS', args: ['main.cjs'], file: /main\.cjs$/ },
    { name: 'as an ES module', args: ['main.mjs'], file: /main\.mjs$/ },
    {
      name: 'as TypeScript',
      args: ['--experimental-strip-types', 'main.cts'],
      file: /main\.cts$/,
      since: 22,
    },
    {
      name: 'as a TypeScript module',
      args: ['--experimental-strip-types', 'main.mts'],
      file: /main\.mts$/,
      since: 22,
    },
    { name: 'with --eval', args: ['--eval', commonJs], file: /^\[eval\]$/ },
    { name: 'with --print', args: ['--print', commonJs], file: /^\[eval\]$/ },
    {
      name: 'as a module with --eval',
      args: ['--input-type=module', '--eval', esModule],
      file: /\[eval1\]$/,
    },
    { name: 'from standard input', args: [], input: commonJs, file: /^\[stdin\]$/ },
    {
      name: 'as a module from standard input',
      args: ['--input-type=module'],
      input: esModule,
      file: /\[eval1\]$/,
    },
    {
      name: 'in the REPL',
      args: ['--interactive'],
      input: `${commonJs.replaceAll('\n', ' ')}\n`,
      file: /^REPL/,
    },
    { name: 'as a test', args: ['--test', 'main.cjs'], file: /main\.cjs$/ },
    {
      name: 'under the permission model',
      args: [permission, '--allow-fs-read=*', '--allow-addons', 'main.cjs'],
      file: /main\.cjs$/,
    },
    { name: 'with frozen intrinsics', args: ['--frozen-intrinsics', 'main.cjs'], file: /main\.cjs$/ },
    {
      name: 'without fetch',
      args: ['--eval', `delete globalThis.Response; delete globalThis.Request; ${commonJs}`],
      file: /^\[eval\]$/,
    },
    { name: 'without WebAssembly', args: ['--jitless', 'main.cjs'], file: /main\.cjs$/ },
    {
      name: 'without code from strings',
      args: ['--disallow-code-generation-from-strings', 'main.cjs'],
      file: /main\.cjs$/,
    },
    {
      name: 'with the debugging allocator',
      args: ['--debug-arraybuffer-allocations', 'main.cjs'],
      file: /main\.cjs$/,
    },
    { name: 'with memory zeroed', args: ['--zero-fill-buffers', 'main.cjs'], file: /main\.cjs$/ },
  ];

  it.each(ways.filter(({ since = 20 }) => nodeMajor >= since))(
    '$name',
    async ({ args, input = '', file }) => {
      const cwd = packageStub();
      for (const [name, source] of Object.entries(files)) fs.writeFileSync(path.join(cwd, name), source);
      const { stdout, stderr } = await runNode(args, { cwd, input });
      const found = /found (\{.*\})/.exec(stdout)?.[1];
      if (found === undefined) throw new Error(`${stdout}\n${stderr}`);
      const { owner, script, remainder } = JSON.parse(found) as {
        owner: { file: string; function: string };
        script: string | null;
        remainder: number;
      };
      expect(owner.function).toBe('leak');
      expect(owner.file).toMatch(file);
      expect(remainder).toBe(0);
      const program = args.find((arg) => arg.startsWith('main.'));
      expect(script).toBe(program === undefined ? null : path.join(cwd, program));
    },
  );
});

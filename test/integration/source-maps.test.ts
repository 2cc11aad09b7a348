import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { readDump } from '../../lib/dump/read';
import { runCli, temporaryFolder } from './support';

const PROGRAM = `
enum Size {
  Small = 10,


  Big = 500_000,
}

const kept: Uint8Array[] = [];

function keepForEver(count: number): void {
  for (let i = 0; i < count; i += 1) kept.push(new Uint8Array(Size.Big)); // OWNER
}

keepForEver(40);
setTimeout(() => console.log(Object.assign(globalThis, { kept }).kept.length), 10);
`;
const OWNER_LINE = PROGRAM.split('\n').findIndex((line) => line.endsWith('// OWNER')) + 1;

/** Registers a loader that compiles TypeScript in memory, as tsx and ts-node do. */
const LOADER = `
const { transformSync } = require(${JSON.stringify(require.resolve('esbuild'))});
const fs = require('node:fs');
process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, file) => {
  const source = fs.readFileSync(file, 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'cjs', sourcefile: file, sourcemap: 'inline' });
  module._compile(code, file);
};
`;

interface TopJson {
  rows: { owner: object; share: number }[];
}

function programIn(folder: string): string {
  const file = path.join(folder, 'program.ts');
  fs.writeFileSync(file, PROGRAM);
  return file;
}

async function run(folder: string, ...args: string[]): Promise<string> {
  const result = await runCli(['run', '--quiet', '--threshold', '64KB', '--out', 'dumps', ...args], {
    cwd: folder,
  });
  expect(result).toMatchObject({ code: 0 });
  expect(result.stdout.trim()).toBe('40');
  const [dump = ''] = fs.readdirSync(path.join(folder, 'dumps'));
  return path.join(folder, 'dumps', dump);
}

describe('a traced program with source maps', () => {
  it('is shown by top in terms of its sources after it was bundled and minified', async () => {
    const folder = temporaryFolder();
    const source = programIn(folder);
    const outfile = path.join(folder, 'dist/program.js');
    await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      sourcemap: true,
    });
    const dump = await run(folder, 'dist/program.js');
    expect(readDump(dump).sites[0]?.owner).toMatchObject({ file: outfile });
    const { stdout } = await runCli(['top', dump, '--json'], { cwd: folder });
    const [row] = (JSON.parse(stdout) as TopJson).rows;
    expect(row?.owner).toMatchObject({
      function: 'keepForEver',
      file: source,
      line: OWNER_LINE,
      via: 'stack',
    });
    const table = await runCli(['top', dump], { cwd: folder });
    expect(table.stdout).toContain(`program.ts:${OWNER_LINE}`);
    expect(table.stderr).toBe('');
  });

  it('has them in its dump if it was compiled while it was loaded', async () => {
    const folder = temporaryFolder();
    const source = programIn(folder);
    fs.writeFileSync(path.join(folder, 'loader.cjs'), LOADER);
    const dump = readDump(await run(folder, '-r', './loader.cjs', source));
    expect(dump.sites[0]?.owner).toMatchObject({ function: 'keepForEver', file: source, line: OWNER_LINE });
    const frame = dump.frames[dump.stacks[dump.sites[0]?.stack ?? 0]?.[0] ?? 0];
    expect(frame?.line).not.toBe(OWNER_LINE);
    expect(frame?.original?.line).toBe(OWNER_LINE);
  });

  it('has them in its dump if Node itself compiles it, where Node can', async () => {
    if (!process.allowedNodeEnvironmentFlags.has('--experimental-transform-types')) return;
    const folder = temporaryFolder();
    const source = programIn(folder);
    const dump = readDump(await run(folder, '--experimental-transform-types', source));
    expect(dump.sites[0]?.owner).toMatchObject({ function: 'keepForEver', file: source, line: OWNER_LINE });
  });
});

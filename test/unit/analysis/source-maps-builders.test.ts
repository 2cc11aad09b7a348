// Source maps as every builder writes them, against one program: what lib/analysis/source-maps.ts makes of them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { placeOf } from '../../../lib/analysis/owner';
import { applySourceMaps } from '../../../lib/analysis/source-maps';
import { findDumpFault } from '../../../lib/dump/check';
import type { Dump } from '../../../lib/dump/format';
import { createMappedProgram, dumpWith, type MappedProgram } from './mapped-program';

let program: MappedProgram;
beforeAll(() => {
  program = createMappedProgram();
});
afterAll(() => program.remove());

const entry = () => program.path('src/main.ts');

/** The stack of the one site as `function file:line`, files relative to the program. */
function stackOf(dump: Dump): string[] {
  return (dump.stacks[0] ?? []).flatMap((index) => {
    const frame = dump.frames[index];
    if (!frame) return [];
    const place = placeOf(dump, frame);
    return `${place.origin} ${place.function} ${path.relative(program.folder, place.file)}:${place.line}`;
  });
}

function expectOriginal(script: string, { names = true } = {}): Dump {
  const generated = program.run(script);
  const { dump, warnings } = applySourceMaps(generated);
  expect(warnings).toEqual([]);
  expect(findDumpFault(dump)).toBeNull();
  expect(dump.sites[0]?.owner).toMatchObject({
    file: program.path('src/store/keep.ts'),
    line: program.lineOf('src/store/keep.ts', 'OWNER'),
    origin: 'user',
    package: 'mapped-program',
    via: 'stack',
    ...(names ? { function: 'keepStack' } : {}),
  });
  expect(stackOf(dump)).toContainEqual(
    expect.stringContaining(`src/store/keep.ts:${program.lineOf('src/store/keep.ts', 'METHOD')}`),
  );
  expect(stackOf(dump)).toContainEqual(
    expect.stringMatching(
      `user ${names ? 'runProgram' : '\\S+'} src/main.ts:${program.lineOf('src/main.ts', 'MAIN')}`,
    ),
  );
  expect(dump.frames.map(({ file, line, column }) => [generated.strings[file], line, column])).toEqual(
    generated.frames.map(({ file, line, column }) => [generated.strings[file], line, column]),
  );
  return dump;
}

describe('source maps by esbuild', () => {
  const options = { bundle: true, platform: 'node', logLevel: 'silent' } as const;

  it('lead from a bundle to its sources', async () => {
    await build({
      ...options,
      entryPoints: [entry()],
      outfile: program.path('dist/bundle.js'),
      sourcemap: 'linked',
    });
    const dump = expectOriginal('dist/bundle.js');
    expect(stackOf(dump)).toContainEqual(
      expect.stringMatching(/^dependency \S+ node_modules\/relay\/index.js:3$/),
    );
  });

  it('lead from a minified bundle to its sources and to the names in them', async () => {
    await build({
      ...options,
      minify: true,
      entryPoints: [entry()],
      outfile: program.path('dist/min.js'),
      sourcemap: 'linked',
    });
    const generated = program.run('dist/min.js');
    expect(generated.sites[0]?.owner?.function).not.toBe('keepStack');
    const dump = expectOriginal('dist/min.js');
    expect(stackOf(dump)).toEqual([
      'user keepStack src/store/keep.ts:17',
      'user rememberChunk src/store/keep.ts:11',
      'user  src/main.ts:5',
      'dependency throughDependency node_modules/relay/index.js:3',
      'user startStream src/main.ts:5',
      'user runProgram src/main.ts:9',
      'user  src/main.ts:12',
    ]);
  });

  it('are found inline and with a source root', async () => {
    await build({
      ...options,
      entryPoints: [entry()],
      outfile: program.path('out/inline.js'),
      sourcemap: 'inline',
      sourcesContent: false,
      sourceRoot: `${program.folder}/src/nowhere/..`,
      absWorkingDir: program.folder,
    });
    const text = fs.readFileSync(program.path('out/inline.js'), 'utf8');
    const map = JSON.parse(Buffer.from(text.split('base64,')[1] ?? '', 'base64').toString()) as {
      sources: string[];
    };
    // Sources are relative to the root, not to the file, once there is one.
    const sources = map.sources.map((source) =>
      source.replace(/^\.\.\/(src\/)?/, (_, src) => (src ? '' : '../')),
    );
    const moved = Buffer.from(JSON.stringify({ ...map, sources })).toString('base64');
    fs.writeFileSync(program.path('out/inline.js'), `${text.split('base64,')[0]}base64,${moved}\n`);
    expectOriginal('out/inline.js');
  });

  it('are found beside a bundle that does not name them', async () => {
    const outfile = program.path('dist/unnamed.js');
    await build({ ...options, minify: true, entryPoints: [entry()], outfile, sourcemap: 'external' });
    expect(fs.readFileSync(outfile, 'utf8')).not.toContain('sourceMappingURL');
    expectOriginal('dist/unnamed.js');
  });

  it('lead to a dependency when the allocation is made in a bundled one', async () => {
    await build({
      ...options,
      entryPoints: [entry()],
      outfile: program.path('dist/bundle.js'),
      sourcemap: 'linked',
    });
    const generated = program.run('dist/bundle.js');
    const inRelay = generated.stacks[0]?.slice(3) ?? [];
    const { dump } = applySourceMaps({ ...generated, stacks: [inRelay] });
    expect(dump.frames[inRelay[0] ?? 0]).toMatchObject({ origin: 'dependency' });
    expect(dump.sites[0]?.owner).toMatchObject({ origin: 'user', file: entry() });
  });
});

describe('source maps by rollup', () => {
  it('lead from what esbuild made of a source and rollup of that', async () => {
    await build({
      entryPoints: [entry(), program.path('src/store/keep.ts')],
      outdir: program.path('js'),
      outbase: program.path('src'),
      format: 'esm',
      sourcemap: 'linked',
      logLevel: 'silent',
    });
    const bundle = await rollup({
      input: program.path('js/main.js'),
      external: ['relay'],
      plugins: [
        {
          name: 'resolve',
          resolveId: (id) => (id.endsWith('store/keep') ? program.path('js/store/keep.js') : null),
          load: (id) => {
            const code = fs.readFileSync(id, 'utf8').replace(/\/\/# sourceMappingURL.*/, '');
            return { code, map: fs.readFileSync(`${id}.map`, 'utf8') };
          },
        },
      ],
    });
    await bundle.write({ file: program.path('dist/rolled.js'), format: 'cjs', sourcemap: true });
    expectOriginal('dist/rolled.js');
  });
});

describe('source maps by webpack', () => {
  const pack = (name: string, mode: 'development' | 'production', devtool: string) =>
    new Promise<void>((resolve, reject) => {
      const compiler = webpack({
        mode,
        devtool,
        target: 'node',
        context: program.folder,
        entry: program.path('ts-out/main.js'),
        output: { path: program.path('packed'), filename: name },
      });
      compiler?.run((error, stats) => {
        if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString()));
        else compiler.close(() => resolve());
      });
    });

  beforeAll(async () => {
    await build({
      entryPoints: [entry(), program.path('src/store/keep.ts')],
      outdir: program.path('ts-out'),
      outbase: program.path('src'),
      format: 'cjs',
      logLevel: 'silent',
    });
  });

  it.each([
    ['dev.js', 'development', 'source-map'],
    ['inline.js', 'development', 'inline-source-map'],
    ['prod.js', 'production', 'source-map'],
  ] as const)('lead from %s, whose sources are webpack: URLs, to files', async (name, mode, devtool) => {
    await pack(name, mode, devtool);
    const generated = program.run(`packed/${name}`);
    const { dump, warnings } = applySourceMaps(generated);
    expect(warnings).toEqual([]);
    expect(dump.sites[0]?.owner).toMatchObject({
      file: program.path('ts-out/store/keep.js'),
      function: 'keepStack',
      origin: 'user',
    });
    expect(stackOf(dump).join('\n')).toContain('node_modules/relay/index.js:3');
  });

  it('keep the URL, classified by what it says, if the sources are not on this machine', async () => {
    await pack('elsewhere.js', 'production', 'source-map');
    const generated = program.run('packed/elsewhere.js');
    const exists = (file: string) => file.endsWith('.map');
    const { dump } = applySourceMaps(generated, { exists });
    expect(dump.sites[0]?.owner).toMatchObject({
      file: 'webpack://mapped-program/./ts-out/store/keep.js',
      origin: 'user',
    });
    const relay = dump.frames.find((frame) => dump.strings[frame.original?.file ?? -1]?.includes('relay'));
    expect(relay).toMatchObject({ origin: 'dependency' });
    expect(dump.strings[relay?.package ?? -1]).toBe('relay');
  });
});

describe('source maps by TypeScript', () => {
  const tsc = path.join(
    path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const compile = (outDir: string, ...options: string[]) => {
    const args = [
      tsc,
      '--outDir',
      program.path(outDir),
      '--rootDir',
      program.path('src'),
      '--module',
      'node16',
      '--target',
      'es2022',
      '--types',
      '',
      ...options,
      entry(),
    ];
    try {
      execFileSync(process.execPath, args, { cwd: program.folder, stdio: 'pipe' });
    } catch {
      // `console` is unknown without types; the output is written all the same.
    }
  };

  it.each<[string, string[]]>([
    ['tsc-file', ['--sourceMap']],
    ['tsc-inline', ['--inlineSourceMap', '--inlineSources']],
    ['tsc-root', ['--sourceMap', '--sourceRoot', '../src']],
  ])('lead from %s to the sources', (outDir, options) => {
    compile(outDir, ...options);
    expectOriginal(`${outDir}/main.js`);
  });

  it('are found where mapRoot says', () => {
    compile('tsc-map-root', '--sourceMap', '--mapRoot', program.path('maps'));
    fs.cpSync(program.path('tsc-map-root'), program.path('maps'), { recursive: true });
    for (const name of ['main.js.map', 'store/keep.js.map']) fs.rmSync(program.path(`tsc-map-root/${name}`));
    expectOriginal('tsc-map-root/main.js');
  });
});

describe('maps with sections', () => {
  it('lead to the sources of each part', async () => {
    const outfile = program.path('dist/part.js');
    await build({ bundle: true, platform: 'node', entryPoints: [entry()], outfile, sourcemap: 'external' });
    const part = fs.readFileSync(outfile, 'utf8');
    const map: unknown = JSON.parse(fs.readFileSync(`${outfile}.map`, 'utf8'));
    const other = { version: 3, sources: ['other.ts'], sourceRoot: 'gone', names: [], mappings: 'AAAA' };
    const sections = [
      { offset: { line: 0, column: 0 }, map: other },
      { offset: { line: 2, column: 0 }, map },
    ];
    fs.writeFileSync(
      program.path('dist/whole.js'),
      `'use strict';\n\n${part}\n//# sourceMappingURL=whole.js.map\n`,
    );
    fs.writeFileSync(program.path('dist/whole.js.map'), JSON.stringify({ version: 3, sections }));
    expectOriginal('dist/whole.js');
    const first = dumpWith([`user - ${program.path('dist/whole.js')}:1:1`], { cwd: program.folder });
    expect(applySourceMaps(first).dump.sites[0]?.owner?.file).toBe(program.path('dist/gone/other.ts'));
  });
});

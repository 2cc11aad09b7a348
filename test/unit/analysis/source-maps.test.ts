// Source maps by every builder against one program, then maps with faults. Long, as all of it is told by the same helpers.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { placeOf } from '../../../lib/analysis/owner';
import { applyMapsInMemory, applySourceMaps, createSourceMapper } from '../../../lib/analysis/source-maps';
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

/** Files of a machine that is not this one. */
function machine(files: Record<string, unknown>) {
  const reads: string[] = [];
  return {
    reads,
    exists: (file: string) => Object.hasOwn(files, file),
    modifiedAtMs: () => 0,
    nameOfPackage: () => null,
    readText: (file: string) => {
      reads.push(file);
      if (!Object.hasOwn(files, file)) throw Object.assign(new Error('not there'), { code: 'ENOENT' });
      const content = files[file];
      return typeof content === 'string' ? content : JSON.stringify(content);
    },
  };
}

const FILE_OF_TWO = '/srv/app/two.ts';

/** Maps 1:1 of the generated code to 5:3 of the only source. */
const simpleMap = (source: string | null, more = {}) => ({
  version: 3,
  sources: [source],
  names: [],
  mappings: 'AAIE',
  ...more,
});
const mappedTo = (source: string, more = {}) => {
  const files = machine({
    '/srv/app/dist/a.js': 'x\n//# sourceMappingURL=a.js.map',
    '/srv/app/dist/a.js.map': simpleMap(source, more),
  });
  return applySourceMaps(dumpWith(['user f /srv/app/dist/a.js:1:1'], { cwd: '/srv/app' }), files).dump
    .sites[0]?.owner;
};

describe('names of sources', () => {
  it.each<[string, string, object]>([
    ['../src/a.ts', '/srv/app/src/a.ts', {}],
    ['/opt/a.ts', '/opt/a.ts', {}],
    ['a b#c?.ts', '/srv/app/dist/a b#c?.ts', {}],
    ['..\\src\\a.ts', '/srv/app/src/a.ts', {}],
    ['file:///srv/app/src/a%20b.ts', '/srv/app/src/a b.ts', {}],
    ['a.ts', '/srv/app/src/a.ts', { sourceRoot: '../src' }],
    ['a.ts', '/srv/app/src/a.ts', { sourceRoot: '../src/' }],
    ['a.ts', '/srv/app/src/a.ts', { sourceRoot: '/srv/app/src' }],
    ['a.ts', '/srv/app/src/a.ts', { sourceRoot: 'file:///srv/app/src' }],
    ['a.ts', 'https://example.org/src/a.ts', { sourceRoot: 'https://example.org/src' }],
    ['/opt/a.ts', '/opt/a.ts', { sourceRoot: '../src' }],
    ['webpack:///./src/a.ts?3f2a', 'webpack:///./src/a.ts', {}],
    ['webpack://app/./src/a.ts', 'webpack://app/./src/a.ts', {}],
  ])('%s means %s', (source, expected, more) => {
    expect(mappedTo(source, more)).toMatchObject({
      file: expected,
      line: 5,
      column: 3,
      origin: 'user',
      function: 'f',
    });
  });

  it.each([
    ['webpack:///./node_modules/got/index.js', 'got'],
    ['../node_modules/@acme/client/a.ts', '@acme/client'],
    ['webpack://app/webpack/bootstrap', 'webpack'],
  ])('%s is of a dependency', (source, name) => {
    expect(mappedTo(source)).toMatchObject({ origin: 'dependency', package: name, via: 'dependency' });
  });

  it('are found below the folder of the nearest package.json and below the working directory', () => {
    const files = {
      '/srv/app/packages/api/package.json': {},
      '/srv/app/packages/api/dist/a.js': 'x\n//# sourceMappingURL=a.js.map',
      '/srv/app/packages/api/dist/a.js.map': simpleMap('webpack://api/./src/a.ts'),
    };
    const ownerWith = (source: string) => {
      const dump = dumpWith(['user f /srv/app/packages/api/dist/a.js:1:1'], { cwd: '/srv/app' });
      return applySourceMaps(dump, machine({ ...files, [source]: '' })).dump.sites[0]?.owner?.file;
    };
    expect(ownerWith('/srv/app/packages/api/src/a.ts')).toBe('/srv/app/packages/api/src/a.ts');
    expect(ownerWith('/srv/app/src/a.ts')).toBe('/srv/app/src/a.ts');
  });

  it('are paths of Windows in a dump from there', () => {
    for (const [source, expected] of [
      ['..\\src\\a.ts', 'C:\\app\\src\\a.ts'],
      ['../src/a.ts', 'C:\\app\\src\\a.ts'],
      ['C:\\other\\a.ts', 'C:\\other\\a.ts'],
      ['file:///C:/app/src/a.ts', 'C:\\app\\src\\a.ts'],
    ] as const) {
      const files = machine({
        'C:\\app\\dist\\a.js': 'x\n//# sourceMappingURL=a.js.map',
        'C:\\app\\dist\\a.js.map': simpleMap(source),
      });
      const dump = dumpWith(['user f C:\\app\\dist\\a.js:1:1'], { cwd: 'C:\\app', platform: 'win32' });
      expect(applySourceMaps(dump, files).dump.sites[0]?.owner?.file).toBe(expected);
    }
  });

  it('may be percent-encoded, or look so', () => {
    const files = {
      '/srv/app/dist/a.js': 'x\n//# sourceMappingURL=a%20map.json',
      '/srv/app/dist/a map.json': simpleMap('../src/a%20b.ts'),
    };
    const ownerWith = (source: string) =>
      applySourceMaps(dumpWith(['user f /srv/app/dist/a.js:1:1'], {}), machine({ ...files, [source]: '' }))
        .dump.sites[0]?.owner?.file;
    expect(ownerWith('/srv/app/src/a b.ts')).toBe('/srv/app/src/a b.ts');
    expect(ownerWith('/srv/app/src/a%20b.ts')).toBe('/srv/app/src/a%20b.ts');
  });
});

describe('maps that do not help', () => {
  const FILE = '/srv/app/dist/a.js';
  const applied = (comment: string, files: Record<string, unknown> = {}, frame = `user f ${FILE}:1:1`) => {
    const stubbed = machine({ [FILE]: `x\n${comment}`, ...files });
    const dump = dumpWith([frame, `user g ${FILE}:1:2`], { cwd: '/srv/app' });
    const result = applySourceMaps(dump, stubbed);
    return { ...result, changed: result.dump !== dump, reads: stubbed.reads };
  };
  const positions = 'its positions are as generated';

  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'a missing map',
      '//# sourceMappingURL=a.js.map',
      {},
      `its source map /srv/app/dist/a.js.map is missing`,
    ],
    [
      'a map that is not JSON',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': 'no' },
      'its source map is broken (Unexpected token',
    ],
    [
      'a map that is no object',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': '7' },
      'its source map is broken (not a JSON object)',
    ],
    [
      'a map without sources',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': {} },
      'its source map is broken (no sources)',
    ],
    [
      'a map without mappings',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': { version: 3, sources: [] } },
      'its source map is broken (no mappings)',
    ],
    [
      'broken sections',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': { version: 3, sections: [null] } },
      'its source map is broken',
    ],
    [
      'a map on the network',
      '//# sourceMappingURL=https://x.org/m',
      {},
      'its source map is at https://x.org/m, which is not fetched',
    ],
    [
      'a broken inline map',
      '//# sourceMappingURL=data:application/json;base64,e30=',
      {},
      'its source map is broken (no sources)',
    ],
  ])('are mentioned once: %s', (_what, comment, files, expected) => {
    const { warnings, changed } = applied(comment, files);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`${FILE}: ${expected}`);
    expect(warnings[0]).toContain(positions);
    expect(changed).toBe(false);
  });

  it('are passed over in silence in dependencies, which often name maps that they do not ship', () => {
    const file = '/srv/app/node_modules/x/a.js';
    const dump = dumpWith([`dependency:x f ${file}:1:1`], {});
    const { warnings } = applySourceMaps(dump, machine({ [file]: '//# sourceMappingURL=a.js.map' }));
    expect(warnings).toEqual([]);
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['no comment', '', {}],
    [
      'mappings that are no numbers',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': simpleMap('a.ts', { mappings: '' }) },
    ],
    ['a source of null', '//# sourceMappingURL=m', { '/srv/app/dist/m': simpleMap(null) }],
    [
      'a segment without a source',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': simpleMap('a.ts', { mappings: 'A' }) },
    ],
    [
      'a source beyond the list',
      '//# sourceMappingURL=m',
      { '/srv/app/dist/m': simpleMap('a.ts', { mappings: 'AEIE' }) },
    ],
  ])('leave positions as they are: %s', (_what, comment, files) => {
    expect(applied(comment, files)).toMatchObject({ warnings: [], changed: false });
  });

  it('leave alone what is no file, not there, or has no position', () => {
    for (const frame of [
      'user f [eval]:1:1',
      'user f :1:1',
      'user f /gone.js:1:1',
      `user f ${FILE}:0:0`,
      'node f node:fs:1:1',
    ]) {
      const files = machine({ [FILE]: '//# sourceMappingURL=m' });
      const dump = dumpWith([frame], {});
      expect(applySourceMaps(dump, files)).toEqual({ dump, warnings: [] });
    }
  });

  it('say when a generated file changed after the dump', () => {
    const files = {
      ...machine({ [FILE]: '//# sourceMappingURL=m', '/srv/app/dist/m': simpleMap('a.ts') }),
      modifiedAtMs: () => 4e13,
    };
    const { warnings, dump } = applySourceMaps(dumpWith([`user f ${FILE}:1:1`], {}), files);
    expect(warnings).toEqual([
      `${FILE}: changed after the dump was taken; its original positions may be off`,
    ]);
    expect(dump.sites[0]?.owner?.file).toBe('/srv/app/dist/a.ts');
  });
});

describe('applying source maps', () => {
  const FILE = '/srv/app/dist/a.js';
  const files = () =>
    machine({
      [FILE]: 'x\n//# sourceMappingURL=m\n',
      '/srv/app/dist/m': `)]}'\n${JSON.stringify(simpleMap('a.ts'))}`,
    });

  it('loads each map once, for any number of dumps', () => {
    const stub = files();
    const mapper = createSourceMapper(stub);
    const dump = dumpWith([`user f ${FILE}:1:1`, `user g ${FILE}:1:2`], {});
    expect(mapper(dump).dump).toEqual(mapper(dump).dump);
    expect(stub.reads).toEqual([FILE, '/srv/app/dist/m']);
  });

  it('changes nothing the second time', () => {
    const { dump } = applySourceMaps(dumpWith([`user f ${FILE}:1:1`], {}), files());
    expect(applySourceMaps(dump, files()).dump).toBe(dump);
  });

  it('leaves the dump that it is given alone', () => {
    const dump = dumpWith([`user f ${FILE}:1:1`], {});
    const copy = structuredClone(dump);
    applySourceMaps(dump, files());
    expect(dump).toEqual(copy);
  });

  it('keeps a bundle of a dependency the dependency’s', () => {
    const file = '/srv/app/node_modules/x/a.js';
    const map = { '/srv/app/node_modules/x/m': simpleMap('webpack://x/./src/a.ts') };
    const dump = dumpWith([`dependency:x f ${file}:1:1`], { cwd: '/srv/app' });
    const mapped = applySourceMaps(dump, machine({ [file]: '//# sourceMappingURL=m', ...map })).dump;
    expect(mapped.sites[0]?.owner).toMatchObject({
      origin: 'dependency',
      package: 'x',
      file: 'webpack://x/./src/a.ts',
    });
  });
});

describe('maps that only the traced process holds', () => {
  const dump = () => dumpWith([`user f ${program.path('src/main.ts')}:1:1`], { cwd: program.folder });

  it('are applied to what was transformed while it was loaded', () => {
    const url = `file://${program.path('src/main.ts')}`;
    const mapped = applyMapsInMemory(dump(), () => simpleMap(url));
    expect(mapped.sites[0]?.owner).toMatchObject({ file: program.path('src/main.ts'), line: 5, column: 3 });
    expect(applySourceMaps(mapped)).toEqual({ dump: mapped, warnings: [] });
  });

  it('are left for later if the file on disk is the generated one', async () => {
    const outfile = program.path('dist/later.js');
    await build({ entryPoints: [entry()], outfile, sourcemap: 'linked', logLevel: 'silent' });
    const generated = dumpWith([`user f ${outfile}:1:1`], { cwd: program.folder });
    expect(applyMapsInMemory(generated, () => simpleMap('a.ts'))).toBe(generated);
  });

  it('change nothing if there are none, or broken ones', () => {
    for (const map of [undefined, null, {}, 'no']) {
      const before = dump();
      expect(applyMapsInMemory(before, () => map)).toBe(before);
    }
  });

  it('are asked for once a file', () => {
    const asked: string[] = [];
    const two = dumpWith([`user f ${FILE_OF_TWO}:1:1`, `user g ${FILE_OF_TWO}:2:1`, 'user h [eval]:1:1'], {});
    applyMapsInMemory(two, (file) => {
      asked.push(file);
      return undefined;
    });
    expect(asked).toEqual([FILE_OF_TWO]);
  });
});

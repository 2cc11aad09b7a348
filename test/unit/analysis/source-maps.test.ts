// Source maps with names and faults of all kinds, on a machine that is not there; what builders write is in
// source-maps-builders.test.ts.
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyMapsInMemory, applySourceMaps, createSourceMapper } from '../../../lib/analysis/source-maps';
import { createMappedProgram, dumpWith, type MappedProgram } from './mapped-program';

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

describe('maps beside their files', () => {
  const FILE = '/srv/app/dist/a.js';
  const beside = { [`${FILE}.map`]: simpleMap('../src/a.ts') };
  const ownerWith = (files: Record<string, unknown>) => {
    const dump = dumpWith([`user f ${FILE}:1:1`], { cwd: '/srv/app' });
    return applySourceMaps(dump, machine(files)).dump.sites[0]?.owner?.file;
  };

  it('serve files that name none', () => {
    expect(ownerWith({ [FILE]: 'x', ...beside })).toBe('/srv/app/src/a.ts');
  });

  it('serve files that name one that is not there', () => {
    expect(ownerWith({ [FILE]: 'x\n//# sourceMappingURL=../maps/a.js.map', ...beside })).toBe(
      '/srv/app/src/a.ts',
    );
  });

  it('yield to the one that a file names', () => {
    const named = { '/srv/app/maps/a.js.map': simpleMap('../other/a.ts') };
    expect(ownerWith({ [FILE]: 'x\n//# sourceMappingURL=../maps/a.js.map', ...beside, ...named })).toBe(
      '/srv/app/other/a.ts',
    );
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
  let program: MappedProgram;
  beforeAll(() => {
    program = createMappedProgram();
  });
  afterAll(() => program.remove());
  const dump = () => dumpWith([`user f ${program.path('src/main.ts')}:1:1`], { cwd: program.folder });

  it('are applied to what was transformed while it was loaded', () => {
    const url = `file://${program.path('src/main.ts')}`;
    const mapped = applyMapsInMemory(dump(), () => simpleMap(url));
    expect(mapped.sites[0]?.owner).toMatchObject({ file: program.path('src/main.ts'), line: 5, column: 3 });
    expect(applySourceMaps(mapped)).toEqual({ dump: mapped, warnings: [] });
  });

  it('are left for later if the file on disk is the generated one', async () => {
    const outfile = program.path('dist/later.js');
    await build({
      entryPoints: [program.path('src/main.ts')],
      outfile,
      sourcemap: 'linked',
      logLevel: 'silent',
    });
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

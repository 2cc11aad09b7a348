import { describe, expect, it } from 'vitest';
import { holdingOf, pathParts, rootName, rootPlace } from '../../../lib/analysis/retainers';
import type { Dump, Path, PathStep } from '../../../lib/dump/format';
import { buildDump } from '../dump/dump-builder';

function step(type: PathStep['type'], name: string, className: string, repeats = false): PathStep {
  return { type, name, class: className, where: null, repeats };
}

function path(root: Partial<Path['root']>, ...steps: PathStep[]): Path {
  return { thread: 0, root: { kind: 'module', name: 'sessions', class: 'Map', where: null, ...root }, steps };
}

function dumpWith(...paths: Path[]): Dump {
  return {
    ...buildDump({ sites: [{ stack: ['user f /srv/a.js:1:1'], liveBytes: 30, liveCount: 3 }] }),
    paths,
  };
}

describe('a path in words', () => {
  const partsOf = (one: Path) => pathParts(dumpWith(one), one).join(' → ');

  it('reads as a person would write it', () => {
    expect(
      partsOf(
        path(
          {},
          step('entry', '', 'Object'),
          step('property', 'chunks', 'Array'),
          step('element', '', 'Uint8Array'),
        ),
      ),
    ).toBe('sessions Map → entry → .chunks Array[] → Uint8Array');
  });

  it('marks what comes again and again, and names that differ', () => {
    expect(
      partsOf(
        path(
          { name: 'head', class: 'Node' },
          step('property', 'next', 'Node', true),
          step('private', '#data', 'Object'),
          step('property', '*', 'Buffer'),
        ),
      ),
    ).toBe('head Node → .next… Node → .#data → .* Buffer');
  });

  it('says what has no name', () => {
    expect(partsOf(path({ kind: 'local', name: '', class: 'Array' }, step('element', '', 'Buffer')))).toBe(
      'local variable Array[] → Buffer',
    );
    expect(
      partsOf(path({ kind: 'timer', name: 'Timeout', class: 'Timeout' }, step('variable', 'kept', 'Array'))),
    ).toBe('Timeout → kept Array');
  });
});

describe('the root of a path', () => {
  it('has its name and place from the original source', () => {
    const one = path({ name: 'e', where: 0 });
    const dump = dumpWith(one);
    const [frame] = dump.frames;
    if (frame === undefined) throw new Error('no frame');
    dump.strings.push('reports', '/src/main.ts');
    frame.original = { function: dump.strings.length - 2, file: dump.strings.length - 1, line: 4, column: 7 };
    expect(rootName(dump, one)).toBe('reports');
    expect(rootPlace(dump, one)).toMatchObject({ file: '/src/main.ts', line: 4, column: 7 });
  });
});

describe('what holds some sites', () => {
  it('is summed up over them, most bytes first', () => {
    const dump = dumpWith(path({}), path({ name: 'other' }));
    const [site] = dump.sites;
    if (site === undefined) throw new Error('no site');
    site.retainers = [
      { path: 0, bytes: 10, count: 1 },
      { path: 1, bytes: 5, count: 1 },
    ];
    const pinned = { heldBytes: 100, usedBytes: 7, count: 2, views: 9 };
    const second = { ...site, retainers: [{ path: 1, bytes: 20, count: 2 }], pinned };
    const third = {
      ...site,
      retainers: [],
      pinned,
      heldNatively: { bytes: 8, count: 1, holders: ['the store of a Blob'] },
    };
    dump.sites = [site, second, third];
    const { paths, heldNatively, pinned: all } = holdingOf(dump, [0, 1, 2]);
    expect(paths.map(({ path: { root }, bytes, count }) => [root.name, bytes, count])).toEqual([
      ['other', 25, 3],
      ['sessions', 10, 1],
    ]);
    expect(heldNatively).toEqual({ bytes: 8, count: 1, holders: ['the store of a Blob'] });
    expect(all).toEqual({ heldBytes: 200, usedBytes: 14, count: 4, views: 18 });
    expect(holdingOf(dump, [])).toEqual({ paths: [], heldNatively: null, pinned: null });
  });
});

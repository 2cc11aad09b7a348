import { describe, expect, it } from 'vitest';
import type { Path } from '../../../../lib/dump/format';
import { collectHoldings, holderOf, nameHolder } from '../../../../lib/report/html/holders';
import { storyAt } from './sample-dumps';

type Step = Path['steps'][number];
const step = (type: Step['type'], name: string, className: string, where: number | null = null): Step => ({
  type,
  name,
  class: className,
  where,
  repeats: false,
});
const pathOf = (root: Partial<Path['root']>, ...steps: Step[]): Path => ({
  thread: 0,
  root: { kind: 'module', name: '', class: '', where: null, ...root },
  steps,
});

describe('the name of a holder', () => {
  const none = () => false;

  it('is the last member of a class', () => {
    const path = pathOf(
      { name: 'sessions', class: 'Map' },
      step('entry', '', 'Session'),
      step('property', 'chunks', 'Array'),
      step('element', '', 'Uint8Array'),
    );
    expect(nameHolder(path, none)).toBe('Session.chunks');
  });

  it('is the last that is the user’s own, where that is known', () => {
    const path = pathOf(
      { name: 'pool', class: 'Pool', where: 1 },
      step('property', 'queue', 'Queue', 2),
      step('property', 'head', 'Node', 3),
    );
    expect(nameHolder(path, (frame) => frame === 2)).toBe('Queue.head');
    expect(nameHolder(path, (frame) => frame === 1)).toBe('Pool.queue');
  });

  it('is the variable where nothing else has a name', () => {
    expect(nameHolder(pathOf({ name: 'kept', class: 'Array' }, step('element', '', 'Buffer')), none)).toBe(
      'kept',
    );
    expect(nameHolder(pathOf({ kind: 'closure', name: '', class: '' }), none)).toBe('');
  });

  it('writes private members and numbers as code does', () => {
    expect(nameHolder(pathOf({ name: 'c', class: 'Cache' }, step('private', '#map', 'Map')), none)).toBe(
      'Cache.#map',
    );
    expect(nameHolder(pathOf({ name: 'list', class: 'List' }, step('property', '0', 'Buffer')), none)).toBe(
      'List[0]',
    );
  });

  it('is the whole way from a variable where all on it is plain', () => {
    const steps = [
      step('element', '', 'Object'),
      step('property', 'answer', 'Array'),
      step('element', '', 'Uint8Array'),
    ];
    expect(nameHolder(pathOf({ name: 'sessions', class: 'Array' }, ...steps), none)).toBe(
      'sessions[].answer',
    );
    const long = step('property', 'a'.repeat(40), 'Array');
    expect(nameHolder(pathOf({ name: 'sessions', class: 'Array' }, long), none)).toBe('sessions');
  });

  it('is that of the original source', () => {
    const dump = storyAt(34);
    const [path, ...paths] = dump.paths ?? [];
    const [frame] = dump.frames;
    if (!path || !frame) throw new Error('no path');
    const original = { ...frame.original, function: dump.strings.length };
    const mapped = {
      ...dump,
      strings: [...dump.strings, 'allSessions'],
      frames: [{ ...frame, original: { file: 0, line: 1, column: 1, ...original } }, ...dump.frames.slice(1)],
      paths: [
        { ...path, root: { ...path.root, name: 's', class: 'Array', where: 0 }, steps: path.steps.slice(-1) },
        ...paths,
      ],
    };
    const [site, ...sites] = mapped.sites;
    if (!site) throw new Error('no site');
    const held = { ...site, retainers: [{ path: 0, bytes: 1, count: 1 }] };
    expect(holderOf({ ...mapped, sites: [held, ...sites] }, [0])).toBe('allSessions');
  });

  it('is the one that has most of the bytes', () => {
    const dump = storyAt(34);
    expect(holderOf(dump, [...dump.sites.keys()])).toBe('Session.chunks');
    expect(holderOf(dump, [])).toBeNull();
  });
});

describe('the tables of holdings', () => {
  const collect = (dump = storyAt(34)) => {
    const texts: string[] = [];
    const tables = collectHoldings(
      { dump, siteNumbers: dump.sites.map((_, index) => index) },
      {
        text: (text) => (texts.includes(text) ? texts.indexOf(text) : texts.push(text) - 1),
        frame: () => 0,
      },
    );
    const names = tables.paths.map((path) => path.map((each) => texts[tables.steps.name[each] ?? -1]));
    return { ...tables, names };
  };

  it('have each step once, as it is written in code', () => {
    const { names, steps } = collect();
    expect(names[0]).toEqual(['sessions', '{ entry }', '.chunks', '[ ]']);
    expect(names[1]?.slice(0, 2)).toEqual(names[0]?.slice(0, 2));
    expect(steps.name).toHaveLength(8);
  });

  it('have what native code holds as a path of its own', () => {
    const dump = storyAt(34);
    const [first, ...rest] = dump.sites;
    if (!first) throw new Error('no site');
    const sites = [
      { ...first, retainers: [], heldNatively: { bytes: 9, count: 1, holders: ['zlib'] } },
      ...rest,
    ];
    const { holdings, names, paths } = collect({ ...dump, sites });
    expect(paths).toHaveLength(4);
    expect(names[3]).toEqual(['zlib']);
    expect(holdings).toContainEqual({ site: 0, path: 3, bytes: 9, count: 1 });
  });

  it('are empty for a dump without retainers', () => {
    expect(collectHoldings(undefined, { text: () => 0, frame: () => 0 }).paths).toEqual([]);
  });
});

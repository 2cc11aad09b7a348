import { describe, expect, it } from 'vitest';
import { formatLabel, type Grouping } from '../../../lib/analysis/group';
import { topSites } from '../../../lib/analysis/top';
import { buildDump, buildStory, type SiteSketch } from '../dump/dump-builder';

const keysOf = (sites: SiteSketch[], by: Grouping) =>
  topSites(buildDump({ sites }), { by }).map(({ key }) => key);

const USER = 'user main /srv/app/a.js:1:2';
const PACKAGED = 'user:@acme/api main /srv/app/packages/api/a.js:1:2';
const GOT = 'dependency:got get /srv/app/node_modules/got/i.js:5:1';
const NODE = 'node read node:fs:7:8';

describe('grouping', () => {
  it('names owners by function, file, line and column', () => {
    expect(keysOf([{ stack: [USER] }], 'owner')).toEqual(['main /srv/app/a.js:1:2']);
    expect(keysOf([{ stack: ['user - :0:0'] }], 'owner')).toEqual(['(anonymous) (unnamed):0:0']);
    expect(keysOf([{ stack: [NODE] }], 'owner')).toEqual(['(no owner)']);
  });

  it('names packages by the code that asked for the memory, not by who owns it', () => {
    expect(keysOf([{ stack: [NODE, GOT, USER] }], 'package')).toEqual(['got']);
    expect(keysOf([{ stack: [NODE, USER, GOT] }], 'package')).toEqual(['(user code)']);
    expect(keysOf([{ stack: [NODE, PACKAGED] }], 'package')).toEqual(['@acme/api']);
  });

  it('looks for packages on the cause if only Node is on the stack', () => {
    expect(keysOf([{ stack: [NODE], cause: [NODE, GOT, USER] }], 'package')).toEqual(['got']);
    expect(keysOf([{ stack: null, cause: [USER] }], 'package')).toEqual(['(user code)']);
    expect(keysOf([{ stack: [NODE] }], 'package')).toEqual(['(no package)']);
    expect(keysOf([{ stack: ['dependency f /vendor/a.js:1:1'] }], 'package')).toEqual(['(unknown package)']);
  });

  it('names files by the owner', () => {
    expect(keysOf([{ stack: [GOT, USER] }], 'file')).toEqual(['/srv/app/a.js']);
    expect(keysOf([{ stack: [NODE] }], 'file')).toEqual(['(no owner)']);
    expect(keysOf([{ stack: ['user f :1:1'] }], 'file')).toEqual(['(unnamed)']);
  });

  it('names causes by the user code in them, also where the stack has an owner of its own', () => {
    expect(keysOf([{ stack: [USER], cause: [NODE, GOT, PACKAGED] }], 'cause')).toEqual([
      'main /srv/app/packages/api/a.js:1:2',
    ]);
    expect(keysOf([{ cause: [GOT] }], 'cause')).toEqual(['get /srv/app/node_modules/got/i.js:5:1']);
    expect(keysOf([{ cause: [NODE] }], 'cause')).toEqual(['read node:fs:7:8']);
    expect(keysOf([{ stack: [USER] }], 'cause')).toEqual(['(no cause)']);
  });

  it('names labels whatever the order of their keys', () => {
    expect(formatLabel({ b: '2', a: '1' })).toBe('a=1, b=2');
    expect(formatLabel({ label: 'tool:web-fetch' })).toBe('tool:web-fetch');
    expect(formatLabel({ label: 'x', a: '1' })).toBe('a=1, label=x');
    expect(formatLabel(null)).toBe('');
    expect(
      keysOf([{ label: { b: '2', a: '1' } }, { label: { a: '1', b: '2' } }, {}], 'label').sort(),
    ).toEqual(['(no label)', 'a=1, b=2']);
  });

  it('names kinds and threads', () => {
    expect(topSites(buildStory(), { by: 'kind' }).map(({ key }) => key)).toEqual(['array-buffer', 'other']);
    const worker = { id: 1, name: 'resizer', alive: false, arrayBuffersBytes: 0, liveBytes: 0, liveCount: 0 };
    const dump = buildStory();
    dump.process.threads.push(worker);
    expect(topSites(dump, { by: 'thread' }).map(({ key }) => key)).toEqual(['0 main', '1 resizer']);
  });
});

describe('grouping by site', () => {
  const site: SiteSketch = { stack: [NODE, USER], cause: [GOT], label: { a: '1' }, kind: 'shared' };
  const keyOf = (sketch: SiteSketch) => keysOf([sketch], 'site')[0] ?? '';

  it('names the innermost frame and a hash', () => {
    expect(keyOf(site)).toMatch(/^read node:fs:7:8 #[0-9a-f]{16}$/);
    expect(keyOf({})).toMatch(/^\(no JavaScript on the stack\) #[0-9a-f]{16}$/);
  });

  it('puts the same site of several threads together', () => {
    expect(keysOf([site, { ...site, thread: 3 }], 'site')).toHaveLength(1);
  });

  it.each<[string, Partial<SiteSketch>]>([
    ['stack', { stack: [USER, NODE] }],
    ['depth of the stack', { stack: [NODE] }],
    ['missing stack', { stack: null }],
    ['cause', { cause: [USER] }],
    ['missing cause', { cause: null }],
    ['label', { label: { a: '2' } }],
    ['missing label', { label: null }],
    ['kind', { kind: 'array-buffer' }],
    ['line', { stack: [NODE, 'user main /srv/app/a.js:2:2'] }],
    ['column', { stack: [NODE, 'user main /srv/app/a.js:1:3'] }],
    ['line and column swapped', { stack: [NODE, 'user main /srv/app/a.js:2:1'] }],
    ['function', { stack: [NODE, 'user Main /srv/app/a.js:1:2'] }],
    ['stack and cause swapped', { stack: [GOT], cause: [NODE, USER] }],
  ])('tells sites apart by their %s', (_what, change) => {
    expect(keyOf({ ...site, ...change })).not.toBe(keyOf(site));
  });

  it('gives 50,000 places as many hashes', () => {
    const keys = new Set<string>();
    for (let batch = 0; batch < 5; batch += 1) {
      const sites = Array.from({ length: 10_000 }, (_, at) => ({
        stack: [`user f${at % 7} /srv/app/${batch}.js:${at}:${(at * 7) % 40}`],
      }));
      for (const { key } of topSites(buildDump({ sites }), { by: 'site', limit: Number.POSITIVE_INFINITY })) {
        keys.add(key.slice(key.indexOf('#')));
      }
    }
    expect(keys.size).toBe(50_000);
  });
});

import { describe, expect, it } from 'vitest';
import { explainCoverage, liveBytesOf } from '../../../lib/analysis/coverage';
import type { Dump } from '../../../lib/dump/format';
import { buildDump } from '../dump/dump-builder';

const user = 'user keep /srv/app/keep.js:3:5';
const dependency = 'dependency:pool grow /srv/app/node_modules/pool/index.js:9:1';
const node = 'node resume node:internal/deps/undici/undici:1:1';

const external = {
  thread: 0,
  sharedBytes: 3000,
  resizableBytes: 600,
  wasmBytes: 500,
  stringsBytes: 1000,
  atStartBytes: 800,
};

function someDump(): Dump {
  return buildDump({
    sites: [
      { stack: [user], liveBytes: 4000 },
      { stack: [node], cause: [user], liveBytes: 3000, kind: 'shared' },
      { stack: [dependency], liveBytes: 200 },
      { stack: null, liveBytes: 100 },
      { stack: [user], liveBytes: 500, kind: 'wasm', pastAllocator: true },
      { stack: [user], liveBytes: 600, kind: 'resizable', pastAllocator: true },
      { stack: null, liveBytes: 70, kind: 'external', found: true },
    ],
    memory: { arrayBuffersBytes: 7400, externalBytes: 7400 - 3000 + 500 + 600 + 70 + 1000 },
    options: { gc: true },
    coverage: {
      arrayBuffersBytes: 7400,
      attributedBytes: 7300,
      belowThresholdBytes: 50,
      beforeStartBytes: 30,
      tracerBytes: 20,
      remainderBytes: 0,
      collectedBytes: 900,
      external,
    },
  });
}

describe('the coverage', () => {
  it('splits arrayBuffers by how the owners were found, and ends at zero', () => {
    const [table] = explainCoverage(someDump());
    expect(table).toMatchObject({ of: 'arrayBuffers', totalBytes: 7400, remainderBytes: 0 });
    expect(Object.fromEntries(table?.rows.map(({ name, bytes }) => [name, bytes]) ?? [])).toEqual({
      'attributed by stack': 4000,
      'attributed by cause': 3000,
      'attributed to a dependency': 200,
      'recorded, without an owner': 100,
      'below the threshold (256 B)': 50,
      'allocated before the start': 30,
      "abtrace's own": 20,
    });
  });

  it('adds external up by what this version of V8 counts', () => {
    const dump = someDump();
    const remainder = (v8: string, externalBytes: number) =>
      explainCoverage({
        ...dump,
        process: { ...dump.process, v8 },
        memory: { ...dump.memory, externalBytes },
        coverage: { ...dump.coverage, external: { ...external, wasmBytes: v8.startsWith('14') ? 0 : 500 } },
      })[1]?.remainderBytes;
    expect(remainder('11.3.244.8-node.38', 6570)).toBe(0);
    expect(remainder('14.6.202.33-node.1', 6070)).toBe(0);
    expect(remainder('14.6.202.33-node.1', 6170)).toBe(100);
  });

  it('tells what native addons, what Node itself and what nobody is known to have brought along', () => {
    const dump = someDump();
    const made = { kind: 'external' as const, pastAllocator: true };
    const rows = (more: Partial<Dump>) =>
      explainCoverage({ ...dump, ...more })[1]?.rows.filter(({ name }) => name.startsWith('brought along'));
    const sites = [
      { ...dump.sites[4], ...made, addon: 'sharp', liveBytes: 9 },
      { ...dump.sites[4], ...made, liveBytes: 8 },
      { ...dump.sites[4], ...made, found: true, liveBytes: 7 },
    ] as Dump['sites'];
    expect(rows({ sites })?.map(({ bytes }) => bytes)).toEqual([9, 8, 7]);
    expect(rows({ sites: [] })?.map(({ bytes }) => bytes)).toEqual([0, 0, null]);
    expect(rows({ sites: [] })?.[2]?.note).toContain('--retainers');
    expect(rows({ sites: [], walks: [] })?.[2]).toEqual({
      name: 'brought along by native code, without a site',
      bytes: 0,
    });
  });

  it('says what cannot be told from the dump', () => {
    const dump = someDump();
    const unknown = explainCoverage({ ...dump, options: { ...dump.options, gc: false } })[0]?.ofThese;
    expect(unknown?.map(({ bytes }) => bytes)).toEqual([null, null]);
    expect(unknown?.[0]?.note).toContain('--retainers');
    expect(unknown?.[1]?.note).toContain('--gc');
    const known = explainCoverage({ ...dump, walks: [] })[0]?.ofThese;
    expect(known?.map(({ bytes }) => bytes)).toEqual([0, 0]);
  });

  it('takes what Blobs and messages hold natively off external', () => {
    const dump = someDump();
    const [site] = dump.sites;
    if (site) site.heldNatively = { bytes: 4000, count: 1, holders: [] };
    const [arrayBuffers, external] = explainCoverage({
      ...dump,
      walks: [],
      memory: { ...dump.memory, externalBytes: dump.memory.externalBytes - 4000 },
    });
    expect(arrayBuffers?.ofThese[0]?.bytes).toBe(4000);
    expect(arrayBuffers?.remainderBytes).toBe(0);
    expect(external?.remainderBytes).toBe(0);
  });

  it('names the bytes of sites that a filter has taken away', () => {
    const dump = someDump();
    const [table] = explainCoverage({ ...dump, sites: dump.sites.slice(1) });
    expect(table?.rows).toContainEqual({ name: 'recorded, not among the sites shown', bytes: 4000 });
    expect(table?.remainderBytes).toBe(0);
  });

  it('leaves out of arrayBuffers what never passed the allocator, but not out of what is live', () => {
    expect(liveBytesOf(someDump())).toBe(7300 + 500 + 600 + 70);
  });

  it('tells threads apart', () => {
    const dump = someDump();
    const thread = { name: '', alive: true, liveBytes: 0, liveCount: 0 };
    dump.process.threads = [
      { ...thread, id: 0, arrayBuffersBytes: 7000 },
      { ...thread, id: 1, arrayBuffersBytes: 300 },
      { ...thread, id: 2, arrayBuffersBytes: 100 },
    ];
    expect(explainCoverage(dump)[0]?.total).toEqual([
      { name: 'main thread', bytes: 7000 },
      { name: '2 other threads', bytes: 400 },
    ]);
  });

  it('does without what older dumps do not say', () => {
    const dump = buildDump({ sites: [{ stack: [user], liveBytes: 10 }] });
    expect(explainCoverage(dump).map(({ of }) => of)).toEqual(['arrayBuffers']);
  });

  it('refuses what is no dump', () => {
    expect(() => explainCoverage({} as never)).toThrow(/explainCoverage: dump must be a dump/);
  });
});

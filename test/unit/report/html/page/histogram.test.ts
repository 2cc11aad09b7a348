import { describe, expect, it } from 'vitest';
import { ageBars, hasAges, sizeBars } from '../../../../../lib/report/html/page/histogram';
import { buildTables } from '../../../../../lib/report/html/tables';
import { buildDump } from '../../../dump/dump-builder';

const stack = (name: string) => [`user ${name} /srv/app/a.js:1:1`];
const dump = buildDump({
  sites: [
    { stack: stack('a'), liveBytes: 1_000, liveCount: 10, medianAgeMs: 500 },
    { stack: stack('b'), liveBytes: 1_000_000, liveCount: 2, medianAgeMs: 90_000 },
    { stack: stack('c'), liveBytes: 0, totalBytes: 9, totalCount: 1 },
  ],
});

describe('bars', () => {
  it('put sites in classes of mean size, without empty ends', () => {
    const bars = sizeBars(buildTables([dump]), 0);
    expect(bars[0]).toEqual({ label: '64 B – 256 B', bytes: 1_000, count: 10 });
    expect(bars.at(-1)).toEqual({ label: '262 KB – 1.05 MB', bytes: 1_000_000, count: 2 });
    expect(bars).toHaveLength(7);
  });

  it('put sites in classes of median age where there is nothing better', () => {
    const tables = buildTables([dump]);
    expect(hasAges(tables, 0)).toBe(false);
    expect(ageBars(tables, 0).filter(({ count }) => count > 0)).toEqual([
      { label: '100 ms – 1 s', bytes: 1_000, count: 10 },
      { label: '60 s – 10 min', bytes: 1_000_000, count: 2 },
    ]);
  });

  it('count single buffers where the dump has their ages', () => {
    // Below 1 ms; from 1 to 2 ms and from 2 to 4 ms, which are one bar.
    const ages = [1, 2, 1];
    const tables = buildTables([
      buildDump({ sites: [{ stack: stack('a'), liveBytes: 400, liveCount: 4, ages }] }),
    ]);
    expect(ageBars(tables, 0)).toEqual([
      { label: 'under 1 ms', bytes: 100, count: 1 },
      { label: '1 ms – 4 ms', bytes: 300, count: 3 },
    ]);
  });

  it('are of chosen sites only, and none where there is nothing', () => {
    const tables = buildTables([dump]);
    expect(sizeBars(tables, 0, [0]).map(({ count }) => count)).toEqual([
      tables.figures[0]?.liveCount[0] ?? -1,
    ]);
    expect(ageBars(tables, 0, [])).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { topSites } from '../../../../../lib/analysis/top';
import { rateOf } from '../../../../../lib/report/html/page/measure';
import { functionOf } from '../../../../../lib/report/html/page/names';
import { buildRows, GROUPINGS, membersOf, sortRows } from '../../../../../lib/report/html/page/rows';
import { buildTables } from '../../../../../lib/report/html/tables';
import { storyAt } from '../sample-dumps';

const dumps = [storyAt(12), storyAt(34)];
const tables = buildTables(dumps);
const alone = { dump: 1, base: null };
const compared = { dump: 1, base: 0 };

describe('rows', () => {
  it.each(GROUPINGS)('by %s hold the bytes that abtrace top says', (by) => {
    const rows = sortRows(buildRows(tables, by, alone, null), { by: 'liveBytes', descending: true });
    const top = topSites(dumps[1] ?? storyAt(1), { by, limit: Number.POSITIVE_INFINITY });
    expect(rows.map(({ liveBytes }) => liveBytes)).toEqual(top.map(({ liveBytes }) => liveBytes));
    expect(rows.map(({ liveCount }) => liveCount)).toEqual(top.map(({ liveCount }) => liveCount));
  });

  it('say what grew since another dump', () => {
    const [first] = sortRows(buildRows(tables, 'owner', compared, null), {
      by: 'growthBytes',
      descending: true,
    });
    expect(functionOf(tables, first?.key ?? -1)).toBe('streamTurn');
    expect(first?.growthBytes).toBe((first?.liveBytes ?? 0) - (first?.beforeBytes ?? 0));
    expect(rateOf(tables, compared, first?.growthBytes ?? 0)).toBeCloseTo(4_800, 0);
    expect(rateOf(tables, alone, 5)).toBeNull();
  });

  it('are of the sites that match only', () => {
    const matches = new Uint8Array(tables.sites.kind.length);
    matches[2] = 1;
    const rows = buildRows(tables, 'site', alone, matches);
    expect(rows.map(({ key }) => key)).toEqual([2]);
  });

  it('sort both ways', () => {
    const rows = sortRows(buildRows(tables, 'owner', alone, null), { by: 'liveCount', descending: false });
    const counts = rows.map(({ liveCount }) => liveCount);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  it('have members, biggest first', () => {
    const [first] = sortRows(buildRows(tables, 'owner', alone, null), { by: 'liveBytes', descending: true });
    const members = membersOf(tables, 'owner', first?.key ?? -1, alone);
    expect(members).toHaveLength(first?.sites ?? -1);
    expect(members[0]).toBe(first?.biggest);
  });
});

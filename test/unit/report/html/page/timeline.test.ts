import { describe, expect, it } from 'vitest';
import { functionOf } from '../../../../../lib/report/html/page/names';
import { followOwners, slopeOf } from '../../../../../lib/report/html/page/timeline';
import { buildTables } from '../../../../../lib/report/html/tables';
import { storyAt } from '../sample-dumps';

describe('the slope of a line', () => {
  it('is in MB per hour', () => {
    expect(slopeOf([0, 1800, 3600], [0, 245e6, 490e6])).toBeCloseTo(490, 6);
  });

  it('is the best fit of points that do not lie on a line', () => {
    expect(slopeOf([0, 3600, 7200], [0, 3e6, 2e6])).toBeCloseTo(1, 6);
  });

  it('is not known of one moment', () => {
    expect(slopeOf([5], [1])).toBeNull();
    expect(slopeOf([5, 5], [1, 2])).toBeNull();
  });
});

describe('a timeline', () => {
  const dumps = [4, 12, 20, 34].map((minutes) => storyAt(minutes));

  it('follows the biggest owners, and sums up the rest', () => {
    const tables = buildTables(dumps);
    const lines = followOwners(tables, 2);
    expect(lines.map(({ owner }) => owner === null || functionOf(tables, owner))).toEqual([
      'streamTurn',
      'fetchAvatar',
      true,
    ]);
    const last = lines.reduce((sum, { bytes }) => sum + (bytes.at(-1) ?? 0), 0);
    expect(last).toBe(tables.figures[3]?.liveBytes.reduce((sum, bytes) => sum + bytes, 0));
    expect(lines[0]?.mbPerHour).toBeCloseTo(4_800, 0);
    expect(lines[1]?.mbPerHour).toBeCloseTo(0, 3);
  });

  it('claims no speed across processes', () => {
    const [first, ...rest] = dumps;
    if (!first) throw new Error('no dump');
    const other = { ...first, process: { ...first.process, pid: 7 } };
    expect(followOwners(buildTables([other, ...rest]), 2)[0]?.mbPerHour).toBeNull();
  });
});

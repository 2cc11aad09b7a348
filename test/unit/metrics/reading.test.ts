import { describe, expect, it } from 'vitest';
import { type Reading, resolveReadingOptions, summarize } from '../../../lib/metrics/reading';
import { buildDump, buildStory } from '../dump/dump-builder';

const sumOf = (owners: Reading['owners']) => owners.reduce((sum, { liveBytes }) => sum + liveBytes, 0);

describe('summarize', () => {
  it('adds live memory up by owner, most first', () => {
    const { owners, arrayBuffersBytes } = summarize(buildStory());
    expect(arrayBuffersBytes).toBe(2_917_000_000);
    expect(owners.slice(0, 2)).toEqual([
      {
        function: 'streamTurn',
        file: '/srv/app/src/conversation/session.ts',
        line: 212,
        package: '',
        liveBytes: 2_410_000_000,
        liveCount: 36_771,
      },
      expect.objectContaining({ function: 'fetchAvatar', liveBytes: 480_000_000 }),
    ]);
    expect(owners.at(-1)).toMatchObject({ function: '(no owner)', file: '', liveBytes: 65_536 });
    expect(sumOf(owners)).toBe(buildStory().coverage.attributedBytes);
  });

  it('has one row for what would have the same labels', () => {
    const long = 'n'.repeat(2000);
    const { owners } = summarize(
      buildDump({
        sites: [
          { stack: ['user f /srv/a.js:1:1'], liveBytes: 1 },
          { stack: ['user f /srv/a.js:1:50'], liveBytes: 2 },
          { stack: [`user ${long}a /srv/a.js:2:1`], liveBytes: 4 },
          { stack: [`user ${long}b /srv/a.js:2:1`], liveBytes: 8 },
        ],
      }),
    );
    expect(owners.map(({ liveBytes }) => liveBytes)).toEqual([12, 3]);
    expect(owners[0]?.function).toHaveLength(501);
  });

  it('keeps a bounded number of owners apart and sums the others', () => {
    const sites = Array.from({ length: 1500 }, (_, index) => ({
      stack: [`user f /srv/a.js:${index + 1}:1`],
      liveBytes: 10_000 - index,
    }));
    const dump = buildDump({ sites });
    const { owners } = summarize(dump);
    expect(owners).toHaveLength(1001);
    expect(owners.at(-1)).toMatchObject({ function: '(other)', liveCount: 500 });
    expect(sumOf(owners)).toBe(dump.coverage.attributedBytes);
  });

  it('names the categories that add up to the whole', () => {
    const { coverageBytes } = summarize(buildStory());
    expect(Object.fromEntries(coverageBytes)).toEqual({
      attributed: 2_899_764_864,
      below_threshold: 1_100_000,
      before_start: 135_136,
      tracer: 16_000_000,
      remainder: 0,
    });
  });
});

describe('resolveReadingOptions', () => {
  it('has defaults, and names option, rule and value of what it refuses', () => {
    expect(resolveReadingOptions('f', {})).toEqual({ topOwners: 20, minIntervalMs: 10_000 });
    expect(() => resolveReadingOptions('f', { topOwners: 0 })).toThrow(
      new RangeError('f: topOwners must be a whole number from 1 to 1000, got 0'),
    );
    expect(() => resolveReadingOptions('f', { minIntervalMs: '5' as unknown as number })).toThrow(TypeError);
  });
});

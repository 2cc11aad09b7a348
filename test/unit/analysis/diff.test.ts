import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff } from '../../../lib/analysis/diff';
import { GROUPINGS } from '../../../lib/analysis/group';
import type { Dump } from '../../../lib/dump/format';
import { buildDump, buildStory, type DumpSketch, estimateOff } from '../dump/dump-builder';
import { anyDump } from './dump-arbitrary';

/** The same program some seconds later, or earlier. */
function later(seconds: number, scale = 1, more: DumpSketch = {}): Dump {
  const dump = buildStory(scale, more);
  dump.createdAt = new Date(Date.parse(dump.createdAt) + seconds * 1000).toISOString();
  dump.process.uptimeSeconds += seconds;
  dump.process.tracedSeconds += seconds;
  return dump;
}

describe('comparing two dumps', () => {
  it('tells growth by owner in bytes and in MB an hour', () => {
    const result = diff(later(-1800, 0.5), later(0));
    expect(result.elapsedSeconds).toBe(1800);
    expect(result.sameProcess).toBe(true);
    expect(result.notes).toEqual([]);
    const [first] = result.rows;
    expect(first?.key).toBe('streamTurn /srv/app/src/conversation/session.ts:212:18');
    expect(first?.liveBytes).toEqual({ before: 1_205_000_000, after: 2_410_000_000, delta: 1_205_000_000 });
    expect(first?.bytesPerSecond).toBeCloseTo(1_205_000_000 / 1800, 6);
    expect(first?.mbPerHour).toBeCloseTo(2410, 6);
    expect(first?.owner?.via).toBe('cause');
    expect(first?.causedBy?.function).toBe('streamTurn');
    expect(result.mbPerHour).toBeCloseTo(2410, 6);
    expect(result.memory.arrayBuffersBytes.delta).toBe(1_205_000_000);
    expect(result.coverage.attributedBytes.delta).toBe(1_205_000_000);
  });

  it('has rows for groups that are in one dump only', () => {
    const a = buildDump({ sites: [{ stack: ['user gone /a.js:1:1'], liveBytes: 5 }] });
    const b = buildDump({ sites: [{ stack: ['user come /b.js:1:1'], liveBytes: 9 }] });
    expect(
      diff(a, b).rows.map(({ key, liveBytes, owner }) => [key, liveBytes.delta, owner?.function]),
    ).toEqual([
      ['come /b.js:1:1', 9, 'come'],
      ['gone /a.js:1:1', -5, 'gone'],
    ]);
  });

  it('adds up, whatever is grouped by', () => {
    fc.assert(
      fc.property(anyDump, anyDump, fc.constantFrom(...GROUPINGS), (before, after, by) => {
        const result = diff(before, after, { by });
        for (const field of ['liveBytes', 'liveCount', 'totalBytes', 'totalCount'] as const) {
          const total = (dump: Dump) => dump.sites.reduce((sum, site) => sum + site[field], 0);
          const sum = (side: 'before' | 'after' | 'delta') =>
            result.rows.reduce((all, row) => all + row[field][side], 0);
          expect(result[field]).toEqual({
            before: total(before),
            after: total(after),
            delta: total(after) - total(before),
          });
          expect(sum('before')).toBe(total(before));
          expect(sum('after')).toBe(total(after));
          expect(sum('delta')).toBe(total(after) - total(before));
        }
        const deltas = result.rows.map(({ liveBytes }) => liveBytes.delta);
        expect(deltas).toEqual([...deltas].sort((a, b) => b - a));
      }),
    );
  });

  it('is the other way round if the dumps are', () => {
    fc.assert(
      fc.property(anyDump, anyDump, (a, b) => {
        const forth = new Map(diff(a, b).rows.map(({ key, liveBytes }) => [key, liveBytes.delta]));
        const back = new Map(diff(b, a).rows.map(({ key, liveBytes }) => [key, 0 - liveBytes.delta]));
        expect(back).toEqual(forth);
      }),
    );
  });

  it('finds no change between a dump and itself', () => {
    fc.assert(
      fc.property(anyDump, (dump) => {
        const result = diff(dump, dump);
        expect(result.rows.every(({ liveBytes }) => liveBytes.delta === 0)).toBe(true);
        expect(result).toMatchObject({ elapsedSeconds: 0, bytesPerSecond: null, mbPerHour: null });
      }),
    );
  });

  it.each<[string, Dump, Dump, string]>([
    ['another process', later(0, 1, { process: { pid: 7 } }), later(60), 'the dumps are of two processes'],
    [
      'another program',
      later(0, 1, { process: { script: '/x.js' } }),
      later(60),
      'the dumps are of two processes',
    ],
    [
      'a process that was started again under the same pid',
      later(0),
      { ...later(-60), createdAt: later(60).createdAt },
      'the dumps are of two processes',
    ],
    ['dumps in reverse order', later(60), later(0), 'the second dump is older than the first'],
    [
      'another threshold',
      later(0),
      later(60, 1, { options: { thresholdBytes: 1024 } }),
      'the dumps were taken with different options: thresholdBytes 256 and 1024',
    ],
    [
      'garbage in one of them',
      later(0),
      later(60, 1, { options: { gc: true } }),
      'garbage was collected before one of the dumps only',
    ],
    [
      'tracing that was started again',
      later(0),
      later(60, 1, { process: { uptimeSeconds: 2041, tracedSeconds: 10 } }),
      'tracing was started again between the dumps',
    ],
  ])('notes %s', (_what, before, after, note) => {
    const { notes } = diff(before, after);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(note);
  });

  it('gives no speed where there is none', () => {
    for (const [a, b] of [
      [later(0, 0.5, { process: { pid: 7 } }), later(60)],
      [later(60, 0.5), later(0)],
    ] as const) {
      const result = diff(a, b);
      expect(result.mbPerHour).toBeNull();
      expect(result.rows.every((row) => row.bytesPerSecond === null && row.mbPerHour === null)).toBe(true);
      expect(result.rows[0]?.liveBytes.delta).toBe(1_205_000_000);
    }
  });

  it('refuses what is no dump and options that it does not know', () => {
    expect(() => diff({} as Dump, buildDump())).toThrow('diff: before must be a dump');
    expect(() => diff(buildDump(), 5 as unknown as Dump)).toThrow('diff: after must be a dump');
    expect(() => diff(buildDump(), buildDump(), { limit: 5 } as object)).toThrow(
      "diff: unknown option 'limit'; known are by",
    );
    expect(() => diff(buildDump(), buildDump(), { by: 'x' as 'owner' })).toThrow(RangeError);
  });

  it('says how far off the change of an estimate may be', () => {
    const sampledSite = (liveBytes: number, errorBytes: number) =>
      buildDump({
        sites: [
          { stack: ['user a /a.js:1:1'], liveBytes, sampled: true, estimate: estimateOff(errorBytes) },
          { stack: ['user b /b.js:1:1'], liveBytes: 1 },
        ],
      });
    const result = diff(sampledSite(100, 30), sampledSite(200, 40));
    expect(result.liveBytesError).toBe(50);
    expect(result.rows.map(({ liveBytesError }) => liveBytesError)).toEqual([50, 0]);
  });
});

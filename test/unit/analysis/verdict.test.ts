import { describe, expect, it } from 'vitest';
import type { TopRow } from '../../../lib/analysis/top';
import { type GroupHistory, judgeGroup, VERDICTS } from '../../../lib/analysis/verdict';

const MB = 1e6;

interface Sketch {
  liveMb: number;
  totalMb: number;
  peakMb?: number;
  count?: number;
  oldestMs?: number;
  medianAgeMs?: number;
}

function rowOf({
  liveMb,
  totalMb,
  peakMb = liveMb,
  count = 100,
  oldestMs = 1000,
  medianAgeMs = 500,
}: Sketch): TopRow {
  return {
    liveBytes: liveMb * MB,
    totalBytes: totalMb * MB,
    peakBytes: peakMb * MB,
    liveCount: count,
    oldestMs,
    medianAgeMs,
  } as TopRow;
}

function history(
  sketch: Sketch,
  more: Partial<GroupHistory> = {},
  series: [liveMb: number, totalMb: number][] = [],
): GroupHistory {
  const row = rowOf(sketch);
  const states = [...series, [sketch.liveMb, sketch.totalMb] as [number, number]].map(
    ([live, total], index) => ({
      uptimeSeconds: 10 * (index + 1),
      liveBytes: live * MB,
      totalBytes: total * MB,
    }),
  );
  return {
    row,
    states,
    gc: true,
    tracedMs: 1100,
    firstMs: null,
    collectedBytes: 0,
    heldNativelyBytes: 0,
    pinnedBytes: 0,
    usedBytes: 0,
    ...more,
  };
}

const judged = (...args: Parameters<typeof history>) => {
  const { verdict, confidence } = judgeGroup(history(...args));
  return `${verdict} ${confidence}`;
};

describe('the verdict from one dump', () => {
  it('is a leak, with little confidence, if all of many allocations survive and come from all along', () => {
    expect(judged({ liveMb: 10, totalMb: 10 })).toBe('leak low');
    expect(judged({ liveMb: 10, totalMb: 100, peakMb: 12, oldestMs: 1000, medianAgeMs: 500 })).toBe(
      'leak low',
    );
  });

  it('is no leak if garbage was not collected', () => {
    expect(judged({ liveMb: 10, totalMb: 10 }, { gc: false })).toBe('not-enough-evidence low');
  });

  it('is no leak if all was allocated at one time, long ago', () => {
    expect(
      judged(
        { liveMb: 10, totalMb: 10, oldestMs: 3_600_000, medianAgeMs: 3_599_000 },
        { tracedMs: 3_601_000 },
      ),
    ).toBe('not-enough-evidence low');
  });

  it('is no leak if there are but a few allocations', () => {
    expect(judged({ liveMb: 200, totalMb: 200, count: 2 })).toBe('not-enough-evidence low');
  });

  it('is a bounded cache if what is live is the latest of what was allocated', () => {
    expect(judged({ liveMb: 4, totalMb: 48, peakMb: 48, oldestMs: 38, medianAgeMs: 37 })).toBe(
      'bounded-cache medium',
    );
  });

  it('tells a cache from a leak by whether its first allocations are there', () => {
    const some = { liveMb: 10, totalMb: 30, peakMb: 12, oldestMs: 400, medianAgeMs: 300 };
    expect(judged(some, { firstMs: 410 })).toBe('leak low');
    expect(judged(some, { firstMs: 900 })).toBe('bounded-cache medium');
    expect(judged(some, { firstMs: 480 })).toBe('not-enough-evidence low');
  });

  it('is collector lag if the collection took it', () => {
    expect(judged({ liveMb: 0, totalMb: 24, peakMb: 24, count: 0 }, { collectedBytes: 24 * MB })).toBe(
      'collector-lag high',
    );
  });

  it('is a burst if most of it is gone by itself', () => {
    expect(judged({ liveMb: 0.1, totalMb: 80, peakMb: 40, count: 1 })).toBe('burst medium');
  });

  it('says how memory that does not grow is held', () => {
    const old = { liveMb: 10, totalMb: 10, oldestMs: 1000, medianAgeMs: 999 };
    expect(judged(old, { pinnedBytes: 9 * MB, usedBytes: 1000 })).toBe('pinned high');
    expect(judged(old, { heldNativelyBytes: 9 * MB })).toBe('held-natively high');
  });
});

describe('the verdict from several dumps', () => {
  it('is a leak with a rate if it survives and grows from dump to dump', () => {
    const verdict = judgeGroup(
      history({ liveMb: 40, totalMb: 40 }, {}, [
        [10, 10],
        [20, 20],
        [30, 30],
      ]),
    );
    expect(verdict).toMatchObject({
      verdict: 'leak',
      confidence: 'high',
      bytesPerSecond: 1e6,
      mbPerHour: 3600,
    });
    expect(verdict.evidence[0]).toBe('grew from 10.0 MB to 40.0 MB, over 4 dumps in 30.0 s, in 3 of 3 steps');
  });

  it('has less confidence with two dumps, and little without collections', () => {
    expect(judged({ liveMb: 40, totalMb: 40 }, {}, [[10, 10]])).toBe('leak medium');
    expect(
      judged({ liveMb: 40, totalMb: 40 }, { gc: false }, [
        [10, 10],
        [20, 20],
      ]),
    ).toBe('leak low');
  });

  it('is a leak, too, if most of what the line allocates is freed', () => {
    expect(
      judged({ liveMb: 40, totalMb: 400 }, {}, [
        [10, 100],
        [20, 200],
        [30, 300],
      ]),
    ).toBe('leak high');
  });

  it('is a bounded cache if it stays the same while much passes through', () => {
    expect(
      judged({ liveMb: 4, totalMb: 100 }, {}, [
        [4, 20],
        [4.1, 50],
        [3.9, 80],
      ]),
    ).toBe('bounded-cache high');
  });

  it('is a bounded cache also after it has filled up', () => {
    expect(
      judged({ liveMb: 4, totalMb: 100 }, {}, [
        [0.5, 0.5],
        [4, 20],
        [4.1, 50],
        [3.9, 80],
      ]),
    ).toBe('bounded-cache high');
  });

  it('is no leak if it was filled once and then left alone', () => {
    const loaded = { liveMb: 40, totalMb: 40, oldestMs: 50_000, medianAgeMs: 49_900 };
    expect(
      judged(loaded, {}, [
        [0, 0],
        [40, 40],
        [40, 40],
        [40, 40],
        [40, 40],
      ]),
    ).toBe('not-enough-evidence low');
  });

  it('is a burst if it was high in between', () => {
    expect(
      judged({ liveMb: 0.1, totalMb: 80, peakMb: 0.2, count: 1 }, {}, [
        [1, 10],
        [40, 60],
        [39, 70],
      ]),
    ).toBe('burst high');
  });
});

it('always gives one of the verdicts, with evidence', () => {
  for (const liveMb of [0, 0.01, 1, 100])
    for (const totalMb of [liveMb, liveMb * 10, 1000])
      for (const count of [0, 1, 100])
        for (const series of [
          [],
          [[0, 0]],
          [
            [5, 5],
            [6, 6],
          ],
        ] as [number, number][][]) {
          const verdict = judgeGroup(history({ liveMb, totalMb, count }, {}, series));
          expect(VERDICTS).toContain(verdict.verdict);
          expect(verdict.evidence.length).toBeGreaterThan(0);
        }
});

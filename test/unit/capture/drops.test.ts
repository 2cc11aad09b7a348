import { describe, expect, it } from 'vitest';
import { dropsOf } from '../../../lib/capture/drops';
import { kDropReasons } from '../../../lib/native';

const walk = { thread: 0, nodes: 0, edges: 0, pausedMs: 0, reachedBytes: 0, reachedCount: 0 };

describe('the drops of a dump', () => {
  it('are the counts that are not 0, by reason', () => {
    const counts = kDropReasons.map((_, index) => (index === 1 ? 7 : 0));
    expect(dropsOf(counts, 0, [])).toEqual([{ reason: kDropReasons[1], count: 7 }]);
  });

  it('tell of threads that did not collect, and of those that did not walk', () => {
    const drops = dropsOf([], 2, [
      { ...walk, status: 'done' },
      { ...walk, status: 'failed' },
    ]);
    expect(drops.map(({ reason, count }) => [reason.split(':')[0], count])).toEqual([
      ['not-collected', 2],
      ['not-walked', 1],
    ]);
  });
});

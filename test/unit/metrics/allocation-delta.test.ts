import { describe, expect, it } from 'vitest';
import { AllocationDelta } from '../../../lib/metrics/allocation-delta';
import { buildDump, type SiteSketch } from '../dump/dump-builder';

const site = (totalBytes: number, totalCount: number, more: SiteSketch = {}): SiteSketch => ({
  stack: ['user f /srv/a.js:1:1'],
  totalBytes,
  totalCount,
  ...more,
});

/** What each site of a dump allocated, as the delta says. */
function take(delta: AllocationDelta, sites: SiteSketch[]) {
  const dump = buildDump({ sites });
  const allocated = delta.next(dump);
  return dump.sites.map((one) => allocated(one));
}

describe('AllocationDelta', () => {
  it('counts from the start of tracing at first, then from the dump before', () => {
    const delta = new AllocationDelta();
    expect(take(delta, [site(100, 1)])).toEqual([{ bytes: 100, count: 1 }]);
    expect(take(delta, [site(350, 4)])).toEqual([{ bytes: 250, count: 3 }]);
    expect(take(delta, [site(350, 4)])).toEqual([{ bytes: 0, count: 0 }]);
  });

  it('knows sites again wherever they stand, thread by thread', () => {
    const delta = new AllocationDelta();
    const other = site(50, 5, { stack: ['user g /srv/b.js:2:2'] });
    take(delta, [other, site(100, 1), site(10, 1, { thread: 1 })]);
    expect(take(delta, [site(100, 1), site(30, 2, { thread: 1 }), other])).toEqual([
      { bytes: 0, count: 0 },
      { bytes: 20, count: 1 },
      { bytes: 0, count: 0 },
    ]);
  });

  it('counts anew when totals go back, for then tracing was started anew', () => {
    const delta = new AllocationDelta();
    take(delta, [site(100, 10)]);
    expect(take(delta, [site(60, 6)])).toEqual([{ bytes: 60, count: 6 }]);
  });
});

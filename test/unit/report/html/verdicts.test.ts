import { describe, expect, it } from 'vitest';
import { verdictsOf } from '../../../../lib/report/html/verdicts';
import { buildDump } from '../../dump/dump-builder';
import { storyAt } from './sample-dumps';

describe('verdicts', () => {
  it('are of the process first, then of its big owners, with what they rest on', () => {
    const [whole, owner] = verdictsOf([4, 12, 20, 34].map((minutes) => storyAt(minutes)));
    expect(whole).toMatchObject({ verdict: 'Leak', isLeak: true, about: null });
    expect(whole?.evidence).toEqual([expect.stringContaining('streamTurn')]);
    expect(owner?.evidence.length).toBeGreaterThan(1);
    expect(owner).toMatchObject({ verdict: 'Leak', about: 'streamTurn src/session.ts:12' });
    expect(owner?.rate).toMatch(/^\+4,[78]\d\d MB\/h$/);
  });

  it('say so where there is not enough evidence', () => {
    expect(verdictsOf([buildDump()])).toMatchObject([
      { verdict: 'Not enough evidence for a verdict', about: null, isLeak: false, rate: null },
    ]);
  });
});

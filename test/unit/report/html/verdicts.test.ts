import { describe, expect, it } from 'vitest';
import { verdictsOf } from '../../../../lib/report/html/verdicts';
import { buildDump } from '../../dump/dump-builder';
import { storyAt } from './sample-dumps';

describe('verdicts', () => {
  const story = [4, 12, 20, 34].map((minutes) => storyAt(minutes));

  it('are of the process first, then of its big owners, with what they rest on', () => {
    const [whole, owner] = verdictsOf(
      story.map((dump) => ({
        ...dump,
        sites: dump.sites.map((site, index) => ({
          ...site,
          liveBytes: site.liveBytes + (index > 0 ? 4e8 : 0),
        })),
      })),
    );
    expect(whole).toMatchObject({ verdict: 'Leak', isLeak: true, about: null });
    expect(whole?.evidence).toEqual([expect.stringContaining('streamTurn')]);
    expect(owner?.evidence.length).toBeGreaterThan(1);
    expect(owner).toMatchObject({ verdict: 'Leak', about: 'streamTurn src/session.ts:12' });
    expect(owner?.rate).toMatch(/^\+4,[78]\d\d MB\/h$/);
  });

  it('are of the one owner alone that has nearly everything', () => {
    const verdicts = verdictsOf(story);
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toMatchObject({ verdict: 'Leak', about: 'streamTurn src/session.ts:12' });
  });

  it('say so where there is not enough evidence', () => {
    expect(verdictsOf([buildDump()])).toMatchObject([
      { verdict: 'Not enough evidence for a verdict', about: null, isLeak: false, rate: null },
    ]);
  });
});

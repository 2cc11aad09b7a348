import { describe, expect, it } from 'vitest';
import { verdictsOf } from '../../../../lib/report/html/verdicts';
import { buildDump } from '../../dump/dump-builder';

describe('verdicts', () => {
  it('are none for a dump without any', () => {
    expect(verdictsOf(buildDump())).toEqual([]);
  });

  it('are read as they stand, and made harmless', () => {
    const verdicts = [
      { verdict: 'leak', confidence: 0.9, about: 'streamTurn', evidence: ['old\u202e', 'many'] },
      { verdict: 'lag', confidence: 'low' },
      'nonsense',
    ];
    expect(verdictsOf({ ...buildDump(), verdicts } as ReturnType<typeof buildDump>)).toEqual([
      { verdict: 'leak', confidence: '90.0 %', about: 'streamTurn', evidence: ['old\\u{202e}', 'many'] },
      { verdict: 'lag', confidence: 'low', about: null, evidence: [] },
    ]);
  });
});

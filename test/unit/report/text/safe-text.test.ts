import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutEnd, cutStart, safeText, widthOf } from '../../../../lib/report/text/safe-text';

describe('making names harmless', () => {
  it.each([
    ['an ordinary name', 'an ordinary name'],
    ['größe 😀 名前', 'größe 😀 名前'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['\u009b31mred', '\\u{9b}31mred'],
    ['a\r\nb\tc', 'a\\u{d}\\u{a}b\\u{9}c'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['a\u2066b\u2069', 'a\\u{2066}b\\u{2069}'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\u3164', '\\u{3164}'],
    [`e${'\u0301'.repeat(50)}x`, `e${'\u0301'.repeat(3)}x`],
  ])('writes %j as %j', (text, expected) => {
    expect(safeText(text)).toBe(expected);
  });

  it('lets no control character and no change of direction through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('cuts names of megabytes before anything else', () => {
    expect(safeText('x'.repeat(10_000_000)).length).toBeLessThan(2100);
  });
});

describe('fitting names', () => {
  it('cuts the end or the start', () => {
    expect(cutEnd('streamTurn', 6)).toBe('strea…');
    expect(cutStart('streamTurn', 6)).toBe('…mTurn');
    expect(cutEnd('streamTurn', 10)).toBe('streamTurn');
    expect(cutEnd('名前名前', 5)).toBe('名前…');
    expect(cutStart('名前名前', 6)).toBe('…名前');
  });

  it('never goes over the width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const safe = safeText(text);
        expect(widthOf(cutEnd(safe, width))).toBeLessThanOrEqual(width);
        expect(widthOf(cutStart(safe, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

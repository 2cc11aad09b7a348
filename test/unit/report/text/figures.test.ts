import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drawBar,
  formatAge,
  formatBytesChange,
  formatCount,
  formatCountChange,
  formatDuration,
  formatRate,
  formatShare,
} from '../../../../lib/report/text/figures';

describe('figures for people', () => {
  it('gives changes a sign, but nothing', () => {
    expect(formatBytesChange(82_100_000)).toBe('+82.1 MB');
    expect(formatBytesChange(-82_100_000)).toBe('-82.1 MB');
    expect(formatBytesChange(0)).toBe('0 B');
    expect([formatCountChange(1222), formatCountChange(-3), formatCountChange(0)]).toEqual([
      '+1,222',
      '-3',
      '0',
    ]);
    expect(formatCount(48_210)).toBe('48,210');
  });

  it.each([
    [490, '+490 MB/h'],
    [-0.5, '-0.50 MB/h'],
    [12.34, '+12.3 MB/h'],
    [12_345, '+12,345 MB/h'],
    [0, '0 MB/h'],
    [-0.001, '0 MB/h'],
    [null, '–'],
  ])('a rate of %d is %s', (mbPerHour, expected) => {
    expect(formatRate(mbPerHour)).toBe(expected);
  });

  it.each([
    [0, '0 %'],
    [0.0001, '<0.1 %'],
    [0.0006, '0.1 %'],
    [0.824, '82.4 %'],
    [0.9994, '99.9 %'],
    [0.99999, '99.9 %'],
    [1, '100 %'],
    [1.02, '102.0 %'],
  ])('a share of %d is %s', (share, expected) => {
    expect(formatShare(share)).toBe(expected);
  });

  it.each([
    [0, '0 s'],
    [0.0002, '1 ms'],
    [0.82, '820 ms'],
    [0.9996, '1 s'],
    [12.34, '12.3 s'],
    [60, '60 s'],
    [99.96, '2 min'],
    [2040, '34 min'],
    [7200, '2 h'],
    [100_000, '27.8 h'],
    [1e6, '12 days'],
    [-90, '-90 s'],
  ])('%d seconds are %s', (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });

  it('writes no age as a dash', () => {
    expect(formatAge(null)).toBe('–');
    expect(formatAge(1500)).toBe('1.5 s');
  });

  it('draws bars that end within their width, and always show something of something', () => {
    expect(drawBar(1, 4)).toBe('████');
    expect(drawBar(0.5, 4)).toBe('██');
    expect(drawBar(0.53, 4)).toBe('██▏');
    expect(drawBar(0, 4)).toBe('');
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2, noNaN: true }), (share) => {
        expect(drawBar(share, 8).length).toBeLessThanOrEqual(8);
        expect(drawBar(share, 8) === '').toBe(share === 0);
      }),
    );
  });
});

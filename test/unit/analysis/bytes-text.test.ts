import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../../lib/analysis/bytes-text';

describe('bytes for people', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.00 KB'],
    [65_536, '65.5 KB'],
    [999_499, '999 KB'],
    [999_500, '1.00 MB'],
    [9_994_000, '9.99 MB'],
    [9_995_000, '10.0 MB'],
    [99_949_000, '99.9 MB'],
    [99_950_000, '100 MB'],
    [2_920_000_000, '2.92 GB'],
    [1e15, '1.00 PB'],
    [1e19, '10000 PB'],
    [-3000, '-3.00 KB'],
    [-0.2, '0 B'],
    [0.4, '0 B'],
  ])('%d bytes are %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });

  it('gives bytes three digits at most, and five characters before the unit', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 50 }), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^(\d{1,3}|\d\d\.\d|\d\.\d\d) (B|KB|MB|GB|TB|PB)$/);
      }),
    );
  });
});

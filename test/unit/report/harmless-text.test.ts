import { describe, expect, it } from 'vitest';
import { relativeTo, safeText } from '../../../lib/report/harmless-text';

describe('a harmless text', () => {
  it.each([
    ['a\u001b[31mb', 'a\\u{1b}[31mb'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u2028b', 'a\\u{2028}b'],
    ['a\ud800b', 'a\\u{d800}b'],
    ['plain ünïcode 漢字', 'plain ünïcode 漢字'],
  ])('shows what would not be seen of %j', (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it('is cut where nobody would read on', () => {
    expect(safeText('x'.repeat(10_000))).toHaveLength(2_001);
  });
});

describe('a relative path', () => {
  it('is one below the folder only', () => {
    expect(relativeTo('/srv/app', '/srv/app/a.js')).toBe('a.js');
    expect(relativeTo('/srv/app', '/srv/apple/a.js')).toBe('/srv/apple/a.js');
  });
});

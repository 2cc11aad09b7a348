import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { Place } from '../../../../lib/analysis/owner';
import { locationText, placeLines, relativeTo, shortenPath } from '../../../../lib/report/text/place-text';
import { widthOf } from '../../../../lib/report/text/safe-text';

const placeAt = (file: string, more: Partial<Place> = {}): Place => ({
  function: 'streamTurn',
  file,
  line: 212,
  column: 18,
  origin: 'user',
  package: null,
  ...more,
});
const style = { cwd: '/srv/app', colors: pc.createColors(false) };
const DEEP = '/srv/app/packages/api/src/conversation/session.ts';

describe('writing a path', () => {
  it.each([
    [80, 'packages/api/src/conversation/session.ts'],
    [39, 'packages/api/…/conversation/session.ts'],
    [36, 'packages/…/conversation/session.ts'],
    [33, 'packages/…/session.ts'],
    [14, '…/session.ts'],
    [11, 'session.ts'],
  ])('leaves out folders until it is %d wide: %s', (width, expected) => {
    expect(shortenPath('packages/api/src/conversation/session.ts', width)).toBe(expected);
  });

  it('leaves out what stands before a package first', () => {
    expect(shortenPath('node_modules/.pnpm/got@14.0.0/node_modules/got/dist/source/index.js', 40)).toBe(
      'got/dist/source/index.js',
    );
    expect(shortenPath('C:\\app\\node_modules\\got\\dist\\source\\index.js', 23)).toBe(
      'got\\…\\source\\index.js',
    );
  });

  it('is relative to the folder of the program, on Windows too', () => {
    expect(relativeTo('/srv/app', '/srv/app/a.js')).toBe('a.js');
    expect(relativeTo('/srv/app', '/srv/apple/a.js')).toBe('/srv/apple/a.js');
    expect(relativeTo('/', '/a.js')).toBe('a.js');
    expect(relativeTo('C:\\app', 'C:\\app\\src\\a.js')).toBe('src\\a.js');
    expect(relativeTo('/srv/app', 'node:fs')).toBe('node:fs');
  });
});

describe('writing a place', () => {
  it('has function, file, line and column', () => {
    expect(placeLines(placeAt(DEEP), 80, style)).toEqual([
      'streamTurn  packages/api/src/conversation/session.ts:212:18',
    ]);
  });

  it('takes a second line for the file if it must', () => {
    expect(placeLines(placeAt(DEEP), 50, style)).toEqual([
      'streamTurn',
      'packages/api/src/conversation/session.ts:212:18',
    ]);
    expect(placeLines(placeAt(DEEP), 48, style, 'allocated at')).toEqual([
      'allocated at streamTurn',
      '  packages/api/…/conversation/session.ts:212:18',
    ]);
  });

  it('says what has no name, and leaves out a position that is not known', () => {
    expect(placeLines(placeAt('', { function: '', line: 0, column: 0 }), 60, style)).toEqual([
      '(anonymous)  (unnamed)',
    ]);
    expect(locationText(placeAt('/srv/app/a.js', { column: 0 }), '/srv/app', 60)).toBe('a.js:212');
  });

  it('keeps file and line at any width that holds them', () => {
    for (let width = 17; width <= 120; width += 1) {
      for (const line of placeLines(placeAt(DEEP), width, style))
        expect(widthOf(line)).toBeLessThanOrEqual(width);
      expect(placeLines(placeAt(DEEP), width, style).join(' ')).toContain('session.ts:212:18');
    }
  });

  it('cuts a function name of kilobytes, not the file', () => {
    const place = placeAt(DEEP, { function: 'f'.repeat(10_000) });
    const lines = placeLines(place, 100, style);
    expect(lines).toEqual([
      expect.stringMatching(/^f+… {2}packages\/api\/src\/conversation\/session\.ts:212:18$/),
    ]);
    expect(widthOf(lines[0] ?? '')).toBeLessThanOrEqual(100);
  });
});

// What `start` accepts, and what it says of all else.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, resolveOptions, sameOptions, toNativeOptions } from '../../../lib/capture/options';
import { kOrigin } from '../../../lib/native';

describe('resolveOptions', () => {
  it('fills in the defaults', () => {
    expect(resolveOptions(undefined)).toEqual(DEFAULT_OPTIONS);
    expect(resolveOptions({})).toEqual(DEFAULT_OPTIONS);
    expect(resolveOptions({ stackDepth: undefined, user: undefined })).toEqual(DEFAULT_OPTIONS);
    expect(resolveOptions({ thresholdBytes: 0, causes: false })).toEqual({
      ...DEFAULT_OPTIONS,
      thresholdBytes: 0,
      causes: false,
    });
  });

  it('keeps no array of the caller', () => {
    const user = ['src/**'];
    const resolved = resolveOptions({ user });
    user.push('more');
    expect(resolved.user).toEqual(['src/**']);
  });

  it.each([
    [null, TypeError, 'options must be an object, got null'],
    [[], TypeError, 'options must be an object, got an array'],
    ['x', TypeError, 'options must be an object, got "x"'],
    [{ treshold: 1 }, TypeError, 'unknown option "treshold"; the options are thresholdBytes, sampleBytes,'],
    [{ thresholdBytes: '1' }, TypeError, 'thresholdBytes must be a number, got "1"'],
    [{ thresholdBytes: -1 }, RangeError, 'thresholdBytes must be a whole number, 0 or more, got -1'],
    [{ thresholdBytes: 1.5 }, RangeError, 'thresholdBytes must be a whole number, 0 or more, got 1.5'],
    [{ thresholdBytes: Number.NaN }, RangeError, 'thresholdBytes must be a whole number, 0 or more, got NaN'],
    [{ sampleBytes: -1 }, RangeError, 'sampleBytes must be a whole number, 0 or more, got -1'],
    [{ sampleBytes: true }, TypeError, 'sampleBytes must be a number, got true'],
    [{ stackDepth: 0 }, RangeError, 'stackDepth must be a whole number, 1 to 200, got 0'],
    [{ stackDepth: 201 }, RangeError, 'stackDepth must be a whole number, 1 to 200, got 201'],
    [{ stackDepth: null }, TypeError, 'stackDepth must be a number, got null'],
    [{ causes: 1 }, TypeError, 'causes must be true or false, got 1'],
    [{ workers: 'no' }, TypeError, 'workers must be true or false, got "no"'],
    [{ user: 'src/**' }, TypeError, 'user must be an array of globs (non-empty strings), got "src/**"'],
    [{ user: [''] }, TypeError, 'user must be an array of globs (non-empty strings), got an array'],
    [
      { dependency: [1] },
      TypeError,
      'dependency must be an array of globs (non-empty strings), got an array',
    ],
  ])('refuses %j', (given, type, message) => {
    expect(() => resolveOptions(given)).toThrow(type);
    expect(() => resolveOptions(given)).toThrow(message);
  });
});

describe('sameOptions', () => {
  it('compares what is in force, not what was given', () => {
    expect(sameOptions(resolveOptions({}), resolveOptions({ ...DEFAULT_OPTIONS }))).toBe(true);
    expect(sameOptions(resolveOptions({}), resolveOptions({ user: ['a'] }))).toBe(false);
    expect(sameOptions(resolveOptions({ user: ['a'] }), resolveOptions({ dependency: ['a'] }))).toBe(false);
  });
});

describe('toNativeOptions', () => {
  it('makes globs absolute and tells abtrace from what it traces', () => {
    const root = path.resolve('dist');
    const options = toNativeOptions(resolveOptions({ user: ['src/**'], dependency: ['/vendor/**'] }), root);
    const slashed = (file: string) => file.replaceAll('\\', '/');
    expect(options.userGlobs).toEqual([slashed(path.resolve('src/**'))]);
    expect(options.dependencyGlobs).toEqual(['/vendor/**']);
    expect(options.ownPrefixes).toContainEqual([`${slashed(root)}/capture/`, kOrigin.transparent]);
    for (const folder of options.projectRoots) expect(folder).toMatch(/\/$/);
  });
});

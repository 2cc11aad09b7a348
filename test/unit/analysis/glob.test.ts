import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { absoluteGlob, globMatches } from '../../../lib/analysis/glob';

interface Vector {
  pattern: string;
  path: string;
  matches: boolean;
}

const vectors = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, '../../golden/globs.json'), 'utf8'),
) as Vector[];

describe('globs', () => {
  it.each(vectors)(
    'says $matches of $pattern and $path, as native/core does',
    ({ pattern, path, matches }) => {
      expect(globMatches(pattern, path)).toBe(matches);
    },
  );

  it('stays quick on hostile patterns', () => {
    const startMs = performance.now();
    expect(globMatches(`${'**a*'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});

describe('making a glob absolute', () => {
  it.each([
    ['src/**', '/srv/app', '/srv/app/src/**'],
    ['./src/*.js', '/srv/app', '/srv/app/src/*.js'],
    ['../lib/**', '/srv/app', '/srv/lib/**'],
    ['src/', '/srv/app', '/srv/app/src/**'],
    ['/opt/x/**', '/srv/app', '/opt/x/**'],
    ['**/vendor/**', '/srv/app', '/srv/app/**/vendor/**'],
    ['/a/./b/../c', '/srv', '/a/c'],
    ['../../../../x', '/srv/app', '/x'],
    ['src\\**', 'C:\\app', 'C:/app/src/**'],
    ['D:\\lib\\*.js', 'C:\\app', 'D:/lib/*.js'],
    ['D:/lib/*.js', 'C:\\app', 'D:/lib/*.js'],
    ['a.js', '/', '/a.js'],
  ])('turns %s in %s into %s', (pattern, cwd, expected) => {
    expect(absoluteGlob(pattern, cwd)).toBe(expected);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serialize } from '../../../lib/dump/serialize';
import { buildStory } from './dump-builder';

describe('serialising', () => {
  it('gives the JSON of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(JSON.parse([...serialize(value)].join(''))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves out what is undefined', () => {
    expect([...serialize({ a: undefined, b: 1 })].join('')).toBe('{\n"b": 1\n}\n');
  });

  it('writes one element of a table a line', () => {
    const text = [...serialize(buildStory())].join('');
    const lines = text.split('\n').filter((line) => line.includes('"liveBytes"') && line.includes('"owner"'));
    expect(lines).toHaveLength(buildStory().sites.length);
  });

  it('cuts what is long into pieces', () => {
    const pieces = [...serialize({ sites: Array.from({ length: 100_000 }, () => 'x'.repeat(100)) })];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(1.2e6);
  });
});

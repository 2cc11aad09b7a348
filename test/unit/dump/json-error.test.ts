import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locateJsonError } from '../../../lib/dump/json-error';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('locating an error in JSON', () => {
  it.each([
    ['{"a": 1,}', 1, 9],
    ['[1, 2,, 3]', 1, 7],
    ['{"a" 1}', 1, 6],
    ['{a: 1}', 1, 2],
    ['[1]\n\n x', 3, 2],
    ['{"a":\n"b\nc"}', 2, 3],
    ['["\\x"]', 1, 3],
    ['[01]', 1, 2],
    ['[1.]', 1, 2],
    ['[truex]', 1, 2],
    ['[1}', 1, 3],
    ["['a']", 1, 2],
    ['{"a":1]', 1, 7],
    [']', 1, 1],
  ])('finds it in %j', (text, line, column) => {
    expect(locateJsonError(text)).toMatchObject({ line, column, endsEarly: false });
  });

  it.each([
    '',
    '[',
    '[1',
    '[1,',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":1',
    '[-',
    '[1e',
    '[1.',
    '["\\',
    '["\\u12',
    'tru',
    '[n',
  ])('says that %j ends early', (text) => {
    expect(locateJsonError(text).endsEarly).toBe(true);
  });

  it('calls what is before the error the beginning of some JSON, and with the error not', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', ']', '}', '"', 'x', '0', ':', '\u0001'),
        (json, at, extra) => {
          const cut = at % (json.length + 1);
          const text = json.slice(0, cut) + extra + json.slice(cut + 1);
          fc.pre(!isJson(text));
          const { line, column, endsEarly } = locateJsonError(text);
          expect(line).toBe(1);
          const offset = column - 1;
          expect(endsEarly).toBe(offset === text.length);
          // The part before the error must locate as cut off, or be whole.
          const before = text.slice(0, offset);
          expect(isJson(before) || locateJsonError(before).endsEarly).toBe(true);
        },
      ),
    );
  });

  it('is quick and does not overflow on long strings and deep nesting', () => {
    expect(locateJsonError(`["${'x'.repeat(5_000_000)}`).endsEarly).toBe(true);
    expect(locateJsonError('['.repeat(1_000_000)).endsEarly).toBe(true);
  });
});

// Labels as text, and generators whose steps are run by somebody.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLabel, encodeLabel, isGenerator, wrapGenerator } from '../../../lib/capture/labels';

const labels = fc.dictionary(fc.string(), fc.string(), { maxKeys: 15, noNullPrototype: true });

describe('encodeLabel', () => {
  it('writes equal labels as equal texts', () => {
    expect(encodeLabel({ b: '2', a: '1' }, '')).toBe(encodeLabel({ a: '1', b: '2' }, ''));
    expect(encodeLabel('x', '')).toBe(encodeLabel({ label: 'x' }, ''));
  });

  it('adds to the label around it, and replaces equal keys', () => {
    const outer = encodeLabel({ tool: 'fetch', user: '1' }, '');
    expect(decodeLabel(encodeLabel({ user: '2', step: 'parse' }, outer))).toEqual({
      tool: 'fetch',
      user: '2',
      step: 'parse',
    });
    expect(decodeLabel(encodeLabel('name', outer))).toEqual({ tool: 'fetch', user: '1', label: 'name' });
  });

  it('is undone by decodeLabel, for any keys and values', () => {
    fc.assert(
      fc.property(labels, labels, (outer, inner) => {
        const text = encodeLabel(inner, encodeLabel(outer, ''));
        expect(decodeLabel(text)).toEqual({ ...outer, ...inner });
      }),
    );
  });

  it('counts the keys around it, too', () => {
    const keys = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, '']));
    const outer = encodeLabel(keys('a', 32), '');
    expect(() => encodeLabel({ more: '' }, outer)).toThrow(RangeError);
    expect(decodeLabel(encodeLabel({ a0: 'new' }, outer))?.a0).toBe('new');
  });

  it.each([[null], [1], [undefined], [['a']], [() => 'a'], [{ a: null }], [{ a: 1 }]])(
    'refuses %j',
    (label) => {
      expect(() => encodeLabel(label, '')).toThrow(TypeError);
    },
  );
});

describe('decodeLabel', () => {
  it('reads no label from no text, and keeps a text that was cut off', () => {
    expect(decodeLabel('')).toBeNull();
    expect(decodeLabel('{"a":"xx')).toEqual({ label: '{"a":"xx' });
  });
});

describe('wrapGenerator', () => {
  it('runs every step through the function given, and changes nothing else', () => {
    let steps = 0;
    function* numbers(): Generator<number, string, number> {
      try {
        const told = yield 1;
        yield told;
      } finally {
        steps += 100;
      }
      return 'end';
    }
    const generator = numbers();
    wrapGenerator(generator as never, (step) => {
      steps += 1;
      return step();
    });
    expect(Object.keys(generator)).toEqual([]);
    expect(generator.next(0)).toEqual({ value: 1, done: false });
    expect(generator.next(5)).toEqual({ value: 5, done: false });
    expect(generator.return('early')).toEqual({ value: 'early', done: true });
    expect(steps).toBe(103);
  });

  it('knows generators from what only looks like one', () => {
    expect(isGenerator((function* () {})())).toBe(true);
    expect(isGenerator((async function* () {})())).toBe(true);
    expect([[].values(), null, 'text', { next() {} }, Promise.resolve()].some(isGenerator)).toBe(false);
  });
});

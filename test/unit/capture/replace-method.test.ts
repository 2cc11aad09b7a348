import { describe, expect, it } from 'vitest';
import { replaceMethod, watchCalls } from '../../../lib/capture/replace-method';

class Counter {
  total = 0;
  add(first: number, second = 0, ...more: number[]): number {
    for (const amount of [first, second, ...more]) this.total += amount;
    return this.total;
  }
}

/** A class of its own for each test. */
function makeClass() {
  return class extends Counter {
    override add(first: number, second?: number, ...more: number[]): number {
      return super.add(first, second, ...more);
    }
  };
}

describe('watchCalls', () => {
  it('tells of the object and the first two arguments, and leaves the call as it is', () => {
    const Watched = makeClass();
    const seen: unknown[] = [];
    const undo = watchCalls(Watched.prototype, 'add', (...call) => seen.push(call));
    const counter = new Watched();
    expect(counter.add(1, 2, 3, 4)).toBe(10);
    expect(counter.add(5)).toBe(15);
    expect(seen).toEqual([
      [counter, 1, 2],
      [counter, 5, undefined],
    ]);
    undo();
    counter.add(1);
    expect(seen).toHaveLength(2);
  });

  it('stands together with replacements, and the last that goes puts the method back', () => {
    const Watched = makeClass();
    const { add } = Watched.prototype;
    let calls = 0;
    const undoWatch = watchCalls(Watched.prototype, 'add', () => {
      calls += 1;
    });
    const undoReplacement = replaceMethod(Watched.prototype, 'add', function (this: Counter, original, args) {
      return (Reflect.apply(original, this as never, args) as number) * 2;
    });
    const counter = new Watched();
    expect(counter.add(4)).toBe(8);
    undoReplacement();
    expect(counter.add(4)).toBe(8);
    expect(Watched.prototype.add).not.toBe(add);
    undoWatch();
    expect(Watched.prototype.add).toBe(add);
    expect(calls).toBe(2);
  });
});

// Ticks beside their resources, against a map.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTick, Ticks } from '../../../lib/capture/ticks';

/** More than there are slots, so that ids meet in them. */
const ids = fc.integer({ min: 1, max: 3 * 4096 });

describe('Ticks', () => {
  it('finds what a map finds, however many ids end alike and in whatever order they run', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ id: ids, runs: fc.boolean() }), { maxLength: 200 }), (steps) => {
        const ticks = new Ticks();
        const model = new Map<number, number>();
        let context = 0;
        const few = steps.map(({ id, runs }) => ({ id: 1 + (id % 3) + 4096 * (id % 4), runs }));
        for (const { id, runs } of [...steps, ...few]) {
          const tick = ticks.find(id);
          expect(tick?.context).toBe(model.get(id));
          if (tick === undefined) {
            context += 1;
            ticks.add(id, context).claim = undefined;
            model.set(id, context);
          } else if (runs) {
            ticks.remove(id, tick);
            model.delete(id);
          }
        }
      }),
    );
  });

  it('holds nothing of a tick that has run', () => {
    const ticks = new Ticks();
    const stream = { _readableState: {}, listenerCount: () => 0 };
    const [first, second] = [ticks.add(5, 1), ticks.add(5 + 4096, 2)];
    first.stream = second.stream = stream;
    ticks.remove(5, first);
    ticks.remove(5 + 4096, second);
    expect([first.stream, second.stream]).toEqual([undefined, undefined]);
    expect(ticks.add(5, 3).stream).toBeUndefined();
    expect(ticks.find(5 + 4096)).toBeUndefined();
  });
});

describe('isTick', () => {
  it('tells what nextTick makes from a resource that only has its type', () => {
    expect(isTick('TickObject', { callback: () => {} })).toBe(true);
    expect(isTick('TickObject', {})).toBe(false);
    expect(isTick('Timeout', { callback: () => {} })).toBe(false);
  });
});

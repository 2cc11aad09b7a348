// What is known of ticks that have been made and have not run yet. It is kept beside them: properties on them would
// give Node's queue objects of many shapes, which slows down the queue itself.
import type { StreamLike } from './carriers';
import type { Claim } from './claims';

/** A power of two; ticks that are made run soon. */
const SLOTS = 4096;

/** What a tick runs with. */
export interface Tick {
  context: number;
  /** The stream that it works for. */
  stream: StreamLike | undefined;
  /** What it was handed by what it was made on behalf of. */
  claim: Claim | undefined;
}

/** Whether the resource of this type is made by `process.nextTick`, and so will run once. */
export function isTick(type: string, resource: object): boolean {
  return type === 'TickObject' && typeof (resource as { callback?: unknown }).callback === 'function';
}

/**
 * Ticks by their asynchronous ids. A tick has the slot that its id ends in, or, where another one is still there, a
 * place in a map.
 */
export class Ticks {
  /** The id of the tick that has the slot; 0 where it is free. No typed array: that would be traced, as the program's. */
  readonly #ids = new Array<number>(SLOTS).fill(0);
  readonly #slots: Tick[] = Array.from({ length: SLOTS }, makeTick);
  readonly #others = new Map<number, Tick>();

  /** @returns the tick with this id, to be filled in */
  add(asyncId: number, context: number): Tick {
    const at = asyncId % SLOTS;
    let tick: Tick;
    if (this.#ids[at] === 0) {
      this.#ids[at] = asyncId;
      tick = this.#slots[at] as Tick;
    } else {
      tick = makeTick();
      this.#others.set(asyncId, tick);
    }
    tick.context = context;
    return tick;
  }

  /** @returns the tick with this id, good until the next one is added; undefined if it is none that was added */
  find(asyncId: number): Tick | undefined {
    if (this.#ids[asyncId % SLOTS] === asyncId) return this.#slots[asyncId % SLOTS];
    return this.#others.size === 0 ? undefined : this.#others.get(asyncId);
  }

  /** The tick runs: it is forgotten, with what it leads to. */
  remove(asyncId: number, tick: Tick): void {
    tick.stream = undefined;
    tick.claim = undefined;
    if (this.#ids[asyncId % SLOTS] === asyncId) this.#ids[asyncId % SLOTS] = 0;
    else this.#others.delete(asyncId);
  }
}

function makeTick(): Tick {
  return { context: 0, stream: undefined, claim: undefined };
}

// Resources that stand for no stream, message or tick: jobs, whose results are noted, and those that native addons make,
// whose objects Node may lose.

import type { NativeAddon } from '../native';
import { kContext, kRole, type Resource } from './carriers';
import { isJob, watchJob } from './node-memory';

/** Contexts kept by id; past that the one that has not run for the longest time goes. */
const MOST_KEPT = 4096;

/**
 * Node holds the object of an `AsyncContext` (Node-API, `napi_async_init`) weakly: once it is collected, the callbacks of
 * the context run with a new, empty object each time. What was known of the first is then found by the id.
 */
export class OtherResources {
  readonly #native: NativeAddon;
  readonly #contexts = new Map<number, number>();

  constructor(native: NativeAddon) {
    this.#native = native;
  }

  /** A resource is made; 0 stands for no context. */
  note(asyncId: number, type: string, resource: Resource, context: number): void {
    if (isJob(type, resource)) watchJob(this.#native, resource, context || undefined);
    else if (context !== 0 && isPlain(resource)) this.#keep(asyncId, context);
  }

  /** A resource runs: one without a context gets that of its id. False if there is none. */
  recall(asyncId: number, resource: Resource): boolean {
    if (resource[kContext] !== undefined) return true;
    const context = this.#contexts.get(asyncId);
    if (context === undefined) return false;
    this.#contexts.delete(asyncId);
    this.#keep(asyncId, context);
    resource[kContext] = context;
    resource[kRole] = 'other';
    return true;
  }

  #keep(asyncId: number, context: number): void {
    this.#contexts.set(asyncId, context);
    if (this.#contexts.size <= MOST_KEPT) return;
    const [oldest] = this.#contexts.keys();
    this.#contexts.delete(oldest as number);
  }
}

/** The objects of Node's own resources, and of `AsyncResource`, are of classes; who makes these holds them. */
function isPlain(resource: object): boolean {
  return Object.getPrototypeOf(resource) === Object.prototype;
}

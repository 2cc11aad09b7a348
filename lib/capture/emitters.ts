// Clients that are emitters and no streams (WebSockets, brokers, UDP) hand on what they receive by an event. What
// arrives then belongs to the code that listens to it, which no asynchronous hook tells.
import { EventEmitter } from 'node:events';
import { kAdopted, kContext, type Resource, type StreamLike } from './carriers';
import { type Method, watchCalls } from './replace-method';

/** Whether received bytes are handed on by events of this name. */
function isDelivery(event: unknown): boolean {
  return event === 'data' || event === 'message';
}

type Emitter = Resource & {
  emit: Method;
  listenerCount?: (event: string) => number;
  _readableState?: object;
  /** Of `node:cluster`. */
  isPrimary?: boolean;
  workers?: Record<string, Emitter>;
  /** Of a worker of it. */
  process?: Emitter;
};

/** What to tell of a delivery, while a session runs: an emitter that was watched once stays so. */
let deliverNow: ((context: number) => void) | undefined;

/**
 * Watches subscriptions to such events.
 * @param contextOfCaller the context of the code that runs now; 0 if that is not user code
 * @param deliver tells that what the callback under way has received is handed to code of this context
 * @param takeOver tells that code of this context subscribes to a stream that may flow already
 * @returns a function that undoes it
 */
export function watchEmitters(
  contextOfCaller: () => number,
  deliver: (context: number) => void,
  takeOver: (stream: StreamLike, event: string, context: number) => void,
): () => void {
  deliverNow = deliver;

  function note(emitter: Emitter, event: unknown, listener: unknown): void {
    if (emitter._readableState !== undefined) {
      // Streams are known by the tick in which they start to flow, if there is one.
      const context = emitter[kAdopted] === true || event === 'readable' ? contextOfCaller() : 0;
      if (context !== 0) takeOver(emitter as StreamLike, event as string, context);
      return;
    }
    if (event === 'readable') return;
    if (event === 'message') notePipe(emitter);
    // Waiting for one message is not keeping watch: `once` wraps its listener.
    const lasting = (listener as { listener?: unknown } | undefined)?.listener === undefined;
    if (!lasting && emitter[kContext] !== undefined) return;
    const context = contextOfCaller();
    if (context === 0) return;
    hide(emitter, kContext, context);
    // One that has an `emit` of its own, as `process` has under abtrace, keeps it.
    if (!Object.hasOwn(emitter, 'emit')) hide(emitter, 'emit', emit);
  }

  /** The context of the code that listens to all workers of the cluster; 0 without. */
  let ofCluster = 0;

  /**
   * A child process receives by a pipe of its own; a worker of a cluster, and the cluster, by those of their processes.
   * Their classes are not asked for: that would load them into every program.
   */
  function notePipe(emitter: Emitter): void {
    if (isCluster(emitter)) {
      ofCluster = contextOfCaller();
      for (const worker of Object.values(emitter.workers ?? {})) setPipe(worker, ofCluster);
      return;
    }
    // The cluster is the first to listen to a worker, as soon as it is made.
    const forCluster = isWorkerOfCluster(emitter) && emitter.listenerCount?.('message') === 0;
    setPipe(emitter, (forCluster && ofCluster) || contextOfCaller());
  }

  function setPipe(emitter: Emitter | undefined, context: number): void {
    const child = emitter && isWorkerOfCluster(emitter) ? emitter.process : emitter;
    if (child?.constructor.name !== 'ChildProcess' || context === 0) return;
    const key = Object.getOwnPropertySymbols(child).find(
      ({ description }) => description === 'kChannelHandle',
    );
    const pipe = key === undefined ? undefined : (child as unknown as Record<symbol, Resource | null>)[key];
    if (pipe) pipe[kContext] = context;
  }

  const undo = (['on', 'addListener', 'prependListener'] as const).map((name) =>
    watchCalls(EventEmitter.prototype, name, (emitter: Emitter, event, listener) => {
      if (!isDelivery(event) && event !== 'readable') return;
      try {
        note(emitter, event, listener);
      } catch {
        // A frozen emitter goes unwatched.
      }
    }),
  );
  return () => {
    deliverNow = undefined;
    for (const step of undo) step();
  };
}

/** The `emit` of a watched emitter. The one that it stands for is looked up each time: domains and others replace it. */
function emit(this: Emitter, ...args: unknown[]): unknown {
  const context = this[kContext];
  if (context !== undefined && isDelivery(args[0])) deliverNow?.(context);
  return Reflect.apply((Object.getPrototypeOf(this) as Emitter).emit, this as never, args);
}

function isCluster(emitter: Emitter): boolean {
  return emitter.isPrimary === true && 'fork' in emitter;
}

function isWorkerOfCluster(emitter: Emitter): boolean {
  return emitter.constructor.name === 'Worker' && emitter.process !== undefined;
}

function hide(emitter: Emitter, key: PropertyKey, value: unknown): void {
  Object.defineProperty(emitter, key, { value, configurable: true, writable: true, enumerable: false });
}

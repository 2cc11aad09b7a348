// Clients that are emitters and no streams (WebSockets, brokers, UDP) hand on what they receive by an event. What
// arrives then belongs to the code that listens to it, which no asynchronous hook tells.
import { EventEmitter } from 'node:events';
import { kContext, type Resource } from './carriers';
import { type Method, replaceMethod } from './replace-method';

/** Events by which received bytes are handed on. */
const DELIVERIES = new Set(['message', 'data']);

const kWatched: unique symbol = Symbol('abtrace.watched');

type Emitter = Resource & { emit: Method; _readableState?: object; [kWatched]?: true };

/**
 * Watches subscriptions to such events.
 * @param contextOfCaller the context of the code that runs now; 0 if that is not user code
 * @param deliver tells that what the callback under way has received is handed to code of this context
 * @returns a function that undoes it
 */
export function watchEmitters(contextOfCaller: () => number, deliver: (context: number) => void): () => void {
  let watching = true;

  function note(emitter: Emitter, event: unknown, listener: unknown): void {
    if (typeof event !== 'string' || !DELIVERIES.has(event)) return;
    // Streams are known by the tick in which they start to flow.
    if (emitter._readableState !== undefined || typeof emitter.emit !== 'function') return;
    // Waiting for one message is not keeping watch: `once` wraps its listener.
    const lasting = (listener as { listener?: unknown } | undefined)?.listener === undefined;
    if (!lasting && emitter[kContext] !== undefined) return;
    const context = contextOfCaller();
    if (context === 0) return;
    emitter[kContext] = context;
    if (emitter[kWatched] === true) return;
    emitter[kWatched] = true;
    replaceMethod(emitter, 'emit', function (this: Emitter, original, args) {
      const own = this[kContext];
      if (watching && own !== undefined && DELIVERIES.has(args[0] as string)) deliver(own);
      return Reflect.apply(original, this, args);
    });
  }

  const undo = (['on', 'addListener', 'prependListener'] as const).map((name) =>
    replaceMethod(EventEmitter.prototype, name, function (this: Emitter, original, args) {
      try {
        note(this, args[0], args[1]);
      } catch {
        // A frozen emitter goes unwatched.
      }
      return Reflect.apply(original, this, args);
    }),
  );
  return () => {
    watching = false;
    for (const step of undo) step();
  };
}

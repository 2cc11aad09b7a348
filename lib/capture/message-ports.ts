// What a port receives belongs to the code that listens to it. No asynchronous hook tells who that is, so the
// methods that subscribe note the context of their caller. Child processes are emitters: emitters.ts.
import { BroadcastChannel, MessagePort, Worker } from 'node:worker_threads';
import type { Resource } from './carriers';
import { replaceMethod, replaceSetter } from './replace-method';

/** Classes that receive through something of their own, and the symbol that they keep it under. */
const INNER_PORTS = [
  [Worker, 'kPublicPort'],
  [BroadcastChannel, 'kHandle'],
] as const;

const SUBSCRIBING = ['on', 'addListener', 'once', 'addEventListener'] as const;

/**
 * Watches subscriptions to messages on ports and workers.
 * @param noteCaller gives the resource the context of the code that runs now, if that is user code
 * @returns a function that undoes it
 */
export function watchMessagePorts(noteCaller: (resource: Resource) => void): () => void {
  const undo: (() => void)[] = [];
  const note = (target: Resource, event: unknown) => {
    if (event !== 'message') return;
    try {
      noteCaller(innerPortOf(target) ?? target);
    } catch {
      // A frozen port goes without a context.
    }
  };
  for (const prototype of [MessagePort, ...INNER_PORTS.map(([type]) => type)].map(
    (type) => type.prototype as object,
  )) {
    for (const name of SUBSCRIBING) {
      if (!(name in prototype)) continue;
      const step = replaceMethod(prototype, name, function (this: Resource, original, args) {
        note(this, args[0]);
        return Reflect.apply(original, this, args);
      });
      undo.push(step);
    }
  }
  for (const prototype of [MessagePort.prototype, BroadcastChannel.prototype]) {
    const step = replaceSetter(prototype, 'onmessage', function (this: Resource, original, args) {
      note(this, 'message');
      return Reflect.apply(original, this as never, args);
    });
    undo.push(step);
  }
  return () => {
    for (const step of undo.reverse()) step();
  };
}

/** A worker and a channel hand on what a port of their own receives. */
function innerPortOf(target: Resource): Resource | undefined {
  const name = INNER_PORTS.find(([type]) => target instanceof type)?.[1];
  if (name === undefined) return undefined;
  const key = Object.getOwnPropertySymbols(target).find((symbol) => symbol.description === name);
  return key === undefined
    ? undefined
    : ((target as unknown as Record<symbol, Resource | null>)[key] ?? undefined);
}

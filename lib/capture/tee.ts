// What `tee()` and `clone()` copy for one branch is asked for by whoever reads the other. It belongs to the code that
// split the stream: reads of a branch run in the context of that code.
import diagnosticsChannel from 'node:diagnostics_channel';
import { ReadableStream } from 'node:stream/web';
import { kContext, type Resource } from './carriers';
import { type Method, replaceMethod } from './replace-method';

const FIRST_REQUEST = 'undici:request:create';

/** `Response` and `Request`, as far as their bodies go. */
type WithBody = { body?: Resource | null };

/**
 * Watches streams and bodies being split.
 * @param contextOfCaller the context of the code that runs now; 0 if that is not user code
 * @param runAs runs a step in a context, whatever code is on the stack
 * @returns a function that undoes it
 */
export function watchTee(
  contextOfCaller: () => number,
  runAs: (context: number, step: () => unknown) => unknown,
): () => void {
  const note = (branches: (Resource | null | undefined)[]) => {
    const context = contextOfCaller();
    if (context === 0) return;
    for (const branch of branches)
      if (typeof branch === 'object' && branch !== null) branch[kContext] = context;
  };

  /** What the method of a branch returns reads the branch by `step`, in the context of the branch. */
  const watchReads = (method: string | symbol, step: string) =>
    replaceMethod(ReadableStream.prototype, method, function (this: Resource, original, args) {
      const reader = call(original, this, args) as object;
      const context = this[kContext];
      if (context !== undefined) {
        replaceMethod(reader, step, function (this: object, read, given) {
          return runAs(context, () => call(read, this, given));
        });
      }
      return reader;
    });

  const undo = [
    replaceMethod(ReadableStream.prototype, 'tee', function (this: Resource, original, args) {
      const branches = call(original, this, args) as Resource[];
      note(branches);
      return branches;
    }),
    watchReads('getReader', 'read'),
    watchReads('values', 'next'),
    watchReads(Symbol.asyncIterator, 'next'),
  ];
  // Bodies of fetch are split by methods of its own. Looking at them would load all of fetch: that is left until it
  // sends its first request.
  const onFirstRequest = () => {
    diagnosticsChannel.unsubscribe(FIRST_REQUEST, onFirstRequest);
    for (const type of [globalThis.Response, globalThis.Request].filter(hasPrototype)) {
      const step = replaceMethod(type.prototype, 'clone', function (this: WithBody, original, args) {
        const copy = call(original, this, args) as WithBody;
        note([this.body, copy.body]);
        return copy;
      });
      undo.push(step);
    }
  };
  diagnosticsChannel.subscribe(FIRST_REQUEST, onFirstRequest);
  return () => {
    diagnosticsChannel.unsubscribe(FIRST_REQUEST, onFirstRequest);
    for (const step of undo) step();
  };
}

/** Node may run without them, or a program may have put something else there. */
function hasPrototype(type: unknown): type is { prototype: object } {
  return typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null;
}

function call(method: Method, self: unknown, args: unknown[]): unknown {
  return Reflect.apply(method, self as never, args);
}

// Notes memory that Node's own code brings along past the allocator, where JavaScript first sees it. Native addons are
// watched by their imports (native/external_hook.h); Node calls itself by no entry that could be rewritten, but what it
// makes so comes out of few places, the same in Node 20 to 26:
//
//   a job of node:crypto (keys derived, WebCrypto, signatures), done at once     what `run` returns
//   the same, done on another thread                                             what `ondone` is given, or the promise
//   a file read whole, small, asynchronously (Node 26: also a job)               what `ondone` is given
//   v8.serialize, Serializer                                                     what `releaseBuffer` returns
//   buffer.transcode                                                             what it returns
//
// Must never throw into the program, nor let it see a difference.
import buffer from 'node:buffer';
import { syncBuiltinESMExports } from 'node:module';
import { types } from 'node:util';
import v8 from 'node:v8';
import type { NativeAddon } from '../native';
import { replaceMethod } from './replace-method';

/** Tells the addon to take the context of the code that runs now. */
const CURRENT_CONTEXT = -1;

/** What programs may have replaced since. */
const { then } = Promise.prototype;

/** What async_hooks shows of a job: an object that native code made, on whose way out results can be seen. */
interface Job {
  run: (...args: unknown[]) => unknown;
  ondone?: unknown;
}

/**
 * Starts noting what is returned at once, on this thread.
 * @returns a function that undoes it
 */
export function watchNodeMemory(native: NativeAddon): () => void {
  const returned = (target: object, name: string) =>
    replaceMethod(target, name, function (this: object, original, args) {
      const result = Reflect.apply(original, this as never, args);
      note(native, result, CURRENT_CONTEXT);
      return result;
    });
  const undo = [returned(v8.Serializer.prototype, 'releaseBuffer'), returned(buffer, 'transcode')];
  syncBuiltinESMExports();
  return () => {
    for (const step of undo) step();
    syncBuiltinESMExports();
  };
}

/** Whether a new resource of this type, as async_hooks tells of it, is a job whose results may be such memory. */
export function isJob(type: string, resource: object): resource is Job {
  if (!type.endsWith('REQUEST') && type !== 'FSREQCALLBACK') return false;
  const { run, constructor: made } = resource as { run?: unknown; constructor?: { name?: unknown } };
  return typeof run === 'function' && /^[A-Z]\w*Job$/.test(String(made?.name));
}

/** Notes what comes of a job, for `context`: until it is run, it has a `run` of its own. */
export function watchJob(native: NativeAddon, job: Job, context: number = CURRENT_CONTEXT): void {
  const { run } = job;
  const runWatched = function (this: Partial<Job>, ...args: unknown[]): unknown {
    delete this.run;
    const { ondone } = this;
    if (typeof ondone === 'function') {
      this.ondone = function (this: unknown, ...results: unknown[]) {
        note(native, results[1], context);
        return Reflect.apply(ondone, this, results);
      };
    }
    const outcome = Reflect.apply(run, this, args);
    if (types.isPromise(outcome)) return noteLater(native, outcome, context);
    if (Array.isArray(outcome)) note(native, outcome[1], context);
    return outcome;
  };
  Object.defineProperty(job, 'run', { value: runWatched, configurable: true, writable: true });
}

/**
 * From Node 24 on some promises of WebCrypto are settled in native code. It is a promise behind that one that goes on to
 * the program: to look at the first from aside would count as handling its rejection.
 */
function noteLater(native: NativeAddon, promise: Promise<unknown>, context: number): unknown {
  const noted = (result: unknown) => {
    note(native, result, context);
    return result;
  };
  return Reflect.apply(then, promise, [noted]);
}

/** The addon leaves alone what has passed the allocator after all. */
function note(native: NativeAddon, made: unknown, context: number): void {
  try {
    if (types.isAnyArrayBuffer(made)) native.noteExternal(made, context);
    else if (ArrayBuffer.isView(made)) native.noteExternal(made.buffer, context);
  } catch {
    // Then it is not noted; the coverage shows it as not explained.
  }
}

// Knows when Node can no longer list a thread's heap, so that abtrace does not ask it to. Once Node's own code has read a
// file as a stream (the Blobs of `fs.openAsBlob`, `respondWithFile` of HTTP/2, in Node 20 `readableWebStream`) and the
// file's handle is gone, any heap snapshot ends the process, seen in Node 20.20, 22.23, 24.21 and 26.10 without abtrace:
// the binding of `fs` keeps the requests of such reads to use them again, and follows them to the handle (Node,
// src/node_file.cc, `FileHandleReadWrap::MemoryInfo`). While all handles live, it is safe.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { kShared } from '../native';
import { watchCalls } from './replace-method';

/** Node's own handle of a file, as async_hooks shows it. */
interface Handle {
  /** Below zero once the native part is gone. */
  getAsyncId(): number;
}

/** So many handles are noted before those that are gone are looked for. */
const FEW_HANDLES = 1000;

/** By asynchronous id: what was opened, and of this what has been read as a stream. Both last as long as the thread. */
const opened = new Map<number, WeakRef<Handle>>();
const read = new Map<number, WeakRef<Handle>>();
let mostOpened = FEW_HANDLES;
/** A handle that was read so is gone, or may be. */
let isGone = false;

/**
 * Starts noticing on this thread.
 * @param shared the array that this thread shares with the addon
 * @param withHooks whether `noteFile` is told of asynchronous resources; without, that a Blob is opened must do
 * @returns a function that undoes it
 */
export function watchFileReads(shared: Int32Array, withHooks: boolean): () => void {
  shared[kShared.unlistable] = read.size > 0 || isGone ? 1 : 0;
  if (withHooks) return () => {};
  const undo = watchCalls(fs, 'openAsBlob', () => {
    isGone = true;
    shared[kShared.unlistable] = 1;
  });
  syncBuiltinESMExports();
  return () => {
    undo();
    syncBuiltinESMExports();
  };
}

/**
 * Notes a new resource, as async_hooks tells of it, if it is a handle of a file or the request of such a read: the one
 * of its type without a class, triggered by the handle.
 */
export function noteFile(
  shared: Int32Array,
  type: string,
  resource: object,
  asyncId: number,
  triggerId: number,
): void {
  if (type === 'FILEHANDLE') {
    opened.set(asyncId, new WeakRef(resource as Handle));
    if (opened.size < mostOpened) return;
    forgetGone(opened);
    mostOpened = Math.max(FEW_HANDLES, 2 * opened.size);
  } else if (type === 'FSREQCALLBACK' && Object.getPrototypeOf(resource)?.constructor === Object) {
    const handle = opened.get(triggerId);
    if (handle !== undefined) read.set(triggerId, handle);
    // Opened before the tracing.
    else if (!read.has(triggerId)) isGone = true;
    opened.delete(triggerId);
    shared[kShared.unlistable] = 1;
  }
}

/** Runs `walk`, for which this thread's heap may be listed if no handle is gone: none can go while it runs. */
export function withFilesKept<T>(shared: Int32Array | undefined, walk: () => T): T {
  if (shared === undefined || shared[kShared.unlistable] === 0) return walk();
  if (forgetGone(read)) isGone = true;
  shared[kShared.unlistable] = isGone ? 1 : 0;
  try {
    return walk();
  } finally {
    shared[kShared.unlistable] = 1;
  }
}

/** Whether there were any. Those that are not gone are kept until the code that runs now has ended, by `deref`. */
function forgetGone(handles: Map<number, WeakRef<Handle>>): boolean {
  const before = handles.size;
  for (const [id, handle] of handles) if (!isAlive(handle.deref())) handles.delete(id);
  return handles.size < before;
}

function isAlive(handle: Handle | undefined): boolean {
  try {
    return handle !== undefined && handle.getAsyncId() >= 0;
  } catch {
    return false;
  }
}

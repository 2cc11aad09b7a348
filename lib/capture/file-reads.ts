// Notices after what Node can no longer list a thread's heap, so that abtrace does not ask it to: once Node's own code
// has read a file as a stream, as it does for the Blobs of `fs.openAsBlob`, and has closed it, any heap snapshot ends the
// process (seen in Node 20.20, 22.23, 24.21 and 26.10, without abtrace). The binding of `fs` keeps the requests of such
// reads to use them again, and tells of them by the file's handle, which is gone (Node, src/node_file.cc,
// `FileHandleReadWrap::MemoryInfo`).
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { kShared } from '../native';
import { watchCalls } from './replace-method';

/** It lasts as long as the thread. */
let hasRead = false;

/**
 * Starts noticing on this thread.
 * @param shared the array that this thread shares with the addon
 * @param withHooks whether `noteFileRead` is told of asynchronous resources; without, that a file is opened must do
 * @returns a function that undoes it
 */
export function watchFileReads(shared: Int32Array, withHooks: boolean): () => void {
  if (hasRead) noteFileRead(shared);
  if (withHooks) return () => {};
  const undo = watchCalls(fs, 'openAsBlob', () => noteFileRead(shared));
  syncBuiltinESMExports();
  return () => {
    undo();
    syncBuiltinESMExports();
  };
}

/** Whether a new resource, as async_hooks tells of it, is a request of such a read: the one of its type without a class. */
export function isFileRead(type: string, resource: object): boolean {
  return type === 'FSREQCALLBACK' && Object.getPrototypeOf(resource)?.constructor === Object;
}

/** From now on the heap of this thread is not to be listed. */
export function noteFileRead(shared: Int32Array): void {
  hasRead = true;
  shared[kShared.unlistable] = 1;
}

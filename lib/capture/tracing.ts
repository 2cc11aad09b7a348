// Starting and stopping: the process-wide tracer and this thread's part in it. The state of the process is the
// addon's; here is only what this thread must undo.

import path from 'node:path';
import workerThreads from 'node:worker_threads';
import { StateError } from '../errors';
import { addon, addonIfLoadable, addonIfLoaded, asAbtraceError, kShared, type NativeAddon } from '../native';
import { type Causality, followCauses } from './causality';
import { watchFileReads } from './file-reads';
import { watchGrowable } from './growable';
import { watchNodeMemory } from './node-memory';
import {
  type ResolvedOptions,
  resolveOptions,
  type StartOptions,
  sameOptions,
  toNativeOptions,
} from './options';
import { watchSlabs } from './slabs';
import { traceWorkers, WORKER_PRELOAD } from './workers';

/** This thread's part in a session. */
interface ThreadPart {
  shared: Int32Array;
  causality: Causality | null;
  unwatchGrowable: (() => void) | null;
  unwatchNodeMemory: () => void;
  unwatchSlabs: () => void;
  unwatchFileReads: () => void;
  untraceWorkers: (() => void) | null;
}

/** What the session's `description` in the addon holds. */
interface SessionDescription {
  options: ResolvedOptions;
  /** `arrayBuffers` of the thread that started, at that moment. */
  arrayBuffersBytes: number;
  /** `external` of it, likewise. */
  externalBytes: number;
  /** Of the process, then. */
  rssBytes: number;
  threadId: number;
}

let part: ThreadPart | undefined;

/**
 * Starts tracing this thread, and the worker threads that start from now on. Does nothing if this process is traced
 * with the same options already.
 * @param options what is traced, and how closely; each has a default
 * @throws TypeError, RangeError for wrong options; StateError if it is traced with other options; NativeLoadError if
 *   the addon does not load; UnsupportedRuntimeError if this runtime's allocator is of an unknown class
 */
export function start(options?: StartOptions): void {
  const resolved = resolveOptions(options);
  const native = addon();
  const running = sessionOptions();
  if (running !== null && !sameOptions(running, resolved)) {
    throw new StateError(
      `abtrace traces this process already, with other options (${JSON.stringify(running)}); call stop() first`,
    );
  }
  if (running === null) {
    const { arrayBuffers, external, rss } = process.memoryUsage();
    const description: SessionDescription = {
      options: resolved,
      arrayBuffersBytes: arrayBuffers,
      externalBytes: external,
      rssBytes: rss,
      threadId: workerThreads.threadId,
    };
    native.start(toNativeOptions(resolved, path.join(__dirname, '..')), JSON.stringify(description));
    if (resolved.workers) native.watchNewcomers(WORKER_PRELOAD);
  }
  try {
    joinThread();
  } catch (error) {
    if (running === null) native.stop();
    throw error;
  }
}

/** Takes this thread into the session under way; does nothing if it is in it, or there is none. */
export function joinThread(): void {
  const native = addon();
  const options = sessionOptions();
  if (options === null || native.isJoined()) return;
  leaveThread();
  const shared = new Int32Array(new ArrayBuffer(kShared.count * Int32Array.BYTES_PER_ELEMENT));
  try {
    native.join(workerThreads.threadId, threadName(), shared, (probe) => probe());
  } catch (error) {
    throw asAbtraceError(error);
  }
  native.setBytesAtJoin(bytesAtJoin(native));
  part = {
    shared,
    causality: options.causes ? followCauses(native, shared) : null,
    untraceWorkers: options.workers ? traceWorkers() : null,
    unwatchGrowable: options.growable ? watchGrowable(native, options.causes) : null,
    unwatchNodeMemory: watchNodeMemory(native),
    unwatchSlabs: watchSlabs(native, shared),
    unwatchFileReads: watchFileReads(shared, options.causes),
  };
}

/** Stops tracing the whole process and forgets what was recorded. Does nothing if it is not traced. */
export function stop(): void {
  leaveThread();
  addonIfLoadable()?.stop();
}

/**
 * Tells whether this process is being traced.
 * @returns true from start() to stop(), in whichever thread they were called
 */
export function isTracing(): boolean {
  return sessionOptions() !== null;
}

/** The options of the session under way; null without one. */
export function sessionOptions(): ResolvedOptions | null {
  return sessionDescription()?.options ?? null;
}

export function sessionDescription(): SessionDescription | null {
  const description = addonIfLoadable()?.description() ?? null;
  return description === null ? null : (JSON.parse(description) as SessionDescription);
}

/** The array that this thread shares with the addon; undefined if it is not traced. */
export function sharedOfThread(): Int32Array | undefined {
  return addonIfLoaded()?.isJoined() === true ? part?.shared : undefined;
}

/** Takes back what joining did to this thread; its part in the session ends with the session. */
export function leaveThread(): void {
  part?.causality?.stop();
  part?.untraceWorkers?.();
  part?.unwatchGrowable?.();
  part?.unwatchNodeMemory();
  part?.unwatchSlabs();
  part?.unwatchFileReads();
  part = undefined;
}

/** `threadName` is new in Node 22.20 and 24.6. */
function threadName(): string {
  const { threadName: name } = workerThreads as { threadName?: unknown };
  return typeof name === 'string' ? name : '';
}

/**
 * What the allocator had given out when it was hooked: what Node reports now, less what has passed the hook since.
 * Asked until nothing passes between the two readings (buffers are also freed on background threads).
 */
function bytesAtJoin(native: NativeAddon): number {
  for (let attempt = 0; ; attempt += 1) {
    const before = native.allocatorNetBytes();
    const { arrayBuffers } = process.memoryUsage();
    if (native.allocatorNetBytes() === before || attempt === 100) return Math.max(0, arrayBuffers - before);
  }
}

// Adds up, for the coverage of a dump, what the addon and Node say of each thread. Pure.
import type { Dump } from '../dump/format';
import type { NativeThread } from '../native';

/** What counts of a site, as the addon has it. */
interface CoveredRow {
  kind: number;
  thread: number;
  own: number;
  pastAllocator: number;
  liveBytes: number;
}

/** What is known of the thread that takes the dump. */
export interface ExternalInput {
  threadId: number;
  /** Number of the kind `shared`. */
  sharedKind: number;
  /** As `externalStringBytes` of the addon. */
  stringsBytes: number;
  /** As in the dump. */
  atStartBytes: number | null;
  addons: boolean;
  smallNativeBytes: number;
  /** Null if its heap was not walked. */
  walked: WalkedExternal | null;
}

/** What the walk of a thread's heap tells of its `external`. */
export interface WalkedExternal {
  /** As `externalStringBytes` of the addon. */
  stringsBytes: number;
  /** Of blocks of this thread's objects that other threads allocated, and the other way round. */
  movedInBytes: number;
  movedOutBytes: number;
}

/**
 * How the bytes that Node's allocators report add up. For each thread: what it had given out when it joined, plus
 * what was taken, less what was given back.
 */
export function coverageOf(
  rows: CoveredRow[],
  threads: NativeThread[],
  collectedBytes: number | null,
  external: ExternalInput,
): Dump['coverage'] {
  const ofAllocator = rows.filter((row) => row.pastAllocator === 0);
  const arrayBuffersBytes = sum(threads, arrayBuffersOf);
  const attributedBytes = sum(ofAllocator, (row) => (row.own === 0 ? row.liveBytes : 0));
  const tracerBytes = sum(ofAllocator, (row) => (row.own === 0 ? 0 : row.liveBytes));
  const belowThreshold = sum(threads, (thread) => thread.belowThresholdBytes);
  const beforeStart = sum(threads, (thread) => thread.atJoinBytes - thread.unknownGivenBackBytes);
  // Small blocks from before the start that are freed after it come off the small ones; the sum is right, and the
  // parts are kept from going below nothing.
  const shift = Math.min(0, belowThreshold);
  const belowThresholdBytes = belowThreshold - shift;
  const beforeStartBytes = Math.max(0, beforeStart + shift);
  return {
    arrayBuffersBytes,
    attributedBytes,
    belowThresholdBytes,
    beforeStartBytes,
    tracerBytes,
    remainderBytes:
      arrayBuffersBytes - attributedBytes - belowThresholdBytes - beforeStartBytes - tracerBytes,
    collectedBytes,
    external: externalOf(ofAllocator, threads, external),
  };
}

function externalOf(
  ofAllocator: CoveredRow[],
  threads: NativeThread[],
  { threadId, sharedKind, stringsBytes, atStartBytes, addons, smallNativeBytes, walked }: ExternalInput,
): NonNullable<Dump['coverage']['external']> {
  // A thread that was stopped and started again is in the list more than once.
  const own = threads.filter(({ id }) => id === threadId);
  const shared = ofAllocator.filter((row) => row.kind === sharedKind && row.thread === threadId);
  return {
    thread: threadId,
    sharedBytes: sum(shared, (row) => row.liveBytes),
    resizableBytes: sum(own, (thread) => thread.externalResizableBytes),
    wasmBytes: sum(own, (thread) => thread.externalWasmBytes),
    stringsBytes: [stringsBytes, walked?.stringsBytes ?? -1].find((bytes) => bytes >= 0) ?? null,
    atStartBytes,
    addons,
    smallNativeBytes: Math.max(0, smallNativeBytes),
    ...(walked && { movedInBytes: walked.movedInBytes, movedOutBytes: walked.movedOutBytes }),
  };
}

/** Bytes that the allocator of a thread has given out and not taken back. */
export function arrayBuffersOf(thread: NativeThread): number {
  return Math.max(0, thread.atJoinBytes + thread.takenBytes - thread.givenBackBytes);
}

function sum<T>(items: T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

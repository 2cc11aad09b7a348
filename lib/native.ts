// Loads the addon once and gives it its type; nothing else touches it. The constants below repeat orders that
// the C++ side fixes, each beside a comment there.
import { AbtraceError, UnsupportedRuntimeError } from './errors';
import { loadAddon } from './load-addon';

/** Slots of the array that a thread shares with the addon; `SharedSlot` in native/thread_state.h. */
export const kShared = {
  context: 0,
  pending: 1,
  userFrame: 2,
  tab: 3,
  forced: 4,
  made: 5,
  noting: 6,
  unlistable: 7,
  count: 8,
} as const;

/** Bits of `kShared.userFrame` after `captureContext`; `StackFlag` in native/thread_state.h. */
export const kStack = { userCode: 1, noJavaScript: 2, throughDependency: 4, calledByDependency: 8 } as const;

/** What kind of callback begins; `Callback` in native/thread_state.h. */
export const kCallback = { other: 0, reader: 1, parser: 2 } as const;

/** Columns of a site in `NativeSnapshot.sites`, row by row; `SitesToJs` in native/js/snapshot_calls.cc. */
export const kSiteColumns = [
  'kind',
  'thread',
  'own',
  'pastAllocator',
  'stack',
  'cause',
  'label',
  'addon',
  'liveBytes',
  'liveCount',
  'totalBytes',
  'totalCount',
  'peakBytes',
  'peakCount',
  'oldestMs',
  'medianAgeMs',
  'firstMs',
] as const;

/** Columns of a row of `NativeSnapshot.sampledSites`; `SampledSitesToJs` in native/js/snapshot_calls.cc. */
export const kSampledSiteColumns = [
  ...kSiteColumns,
  'liveSamples',
  'totalSamples',
  'liveBytesError',
  'liveCountError',
  'totalBytesError',
  'totalCountError',
] as const;

/** Columns of `NativeSnapshot.declared`, row by row; `DeclaredToJs` in native/js/snapshot_calls.cc. */
export const kDeclaredColumns = [
  'thread',
  'stack',
  'cause',
  'label',
  'addon',
  'increasedBytes',
  'decreasedBytes',
  'calls',
] as const;

/** Columns of a row of `chargeSlabs`; `JsChargeSlabs` in native/js/slab_calls.cc. */
export const kSlabColumns = ['site', 'bytes', 'count', 'estimatedBytes', 'movedBytes', 'movedCount'] as const;

/** Types of objects on the heap; `NodeType` in native/core/heap_graph.h. */
export const kNodeTypes = [
  'other',
  'array',
  'object',
  'code',
  'closure',
  'native',
  'synthetic',
  'string',
] as const;

/** Types of references between them; `EdgeType` in native/core/heap_graph.h. */
export const kEdgeTypes = [
  'other',
  'context',
  'element',
  'property',
  'internal',
  'hidden',
  'shortcut',
  'weak',
] as const;

/** Columns of the tables of `NativeRetainers`; `RetainersToJs` in native/retainers_columns.cc. */
export const kRetainerColumns = {
  walks: [
    'thread',
    'status',
    'nodes',
    'edges',
    'pausedMs',
    'reachedBytes',
    'reachedCount',
    'externalStringBytes',
    'movedInBytes',
    'movedOutBytes',
  ],
  steps: [
    'walk',
    'parent',
    'edgeType',
    'nodeType',
    'repeats',
    'anyName',
    'edgeName',
    'nodeName',
    'script',
    'function',
    'line',
    'column',
  ],
  holds: ['site', 'step', 'bytes', 'count', 'natively', 'sampled'],
  found: ['step', 'kind', 'bytes', 'count'],
  rests: ['site', 'bytes', 'count'],
  pinned: ['site', 'heldBytes', 'usedBytes', 'count', 'views'],
} as const;

/** Numbers that a frame takes in `NativeSnapshot.frames`: function, script, line, column, origin. */
export const kFrameNumbers = 5;

/** Reasons in the order of `NativeSnapshot.drops`; `Drop` in native/session.h. */
export const kDropReasons = [
  'nested: allocated while a stack was being captured; counted without a stack',
  'other-thread: allocated off the thread of its isolate; counted without a stack',
  'too-small: too small for its stack to be walked safely; counted without a stack',
  'no-memory: the table of live allocations could not grow; not counted',
  'missed-free: an address was allocated twice; the older record was given up',
  'pending-full: too many reads waited for a callback; counted without a cause',
  'table-full: too many distinct strings, frames, stacks, sites or contexts',
] as const;

/** Kinds that JavaScript tells the addon of; `Kind` in native/core/types.h, and places in `KINDS` of the dump format. */
export const kKind = { shared: 1, resizable: 2, wasm: 3 } as const;

/** Why `watchMemory` wakes, bit by bit; `MemoryWatch::Reason` in native/memory_watch.h. */
export const kMemoryWake = { usage: 1, stalled: 2, heapLimit: 4 } as const;

/** Numbers that name an origin; `Origin` in native/core/types.h. */
export const kOrigin = { user: 0, dependency: 1, node: 2, native: 3, self: 4, transparent: 5 } as const;

export interface NativeOptions {
  thresholdBytes: number;
  /** Mean bytes below the threshold from one sample to the next; 0 for none. */
  sampleBytes: number;
  stackDepth: number;
  causes: boolean;
  /** Check every hit of the stack cache against a fresh walk; for tests, very slow. */
  verify: boolean;
  /** Directories with `/` as separator and at the end. */
  projectRoots: string[];
  /** Absolute globs with `/` as separator. */
  userGlobs: string[];
  dependencyGlobs: string[];
  /** abtrace's own files: prefix, or `*` and a suffix, and one of `kOrigin`; the first that matches decides. */
  ownPrefixes: [prefix: string, origin: number][];
}

export interface NativeThread {
  id: number;
  name: string;
  alive: boolean;
  atJoinBytes: number;
  takenBytes: number;
  givenBackBytes: number;
  belowThresholdBytes: number;
  unknownGivenBackBytes: number;
  /** What `external` counts of the memory that this thread reported by `notePages`. */
  externalResizableBytes: number;
  externalWasmBytes: number;
}

/** Everything known at one moment, as columns; index 0 of strings, frames and stacks means none. */
export interface NativeSnapshot {
  elapsedMs: number;
  strings: string[];
  frames: Uint32Array;
  stackFrames: Uint32Array;
  /** Stack i is `stackFrames.subarray(stackOffsets[i], stackOffsets[i + 1])`, innermost frame first. */
  stackOffsets: Uint32Array;
  sites: Float64Array;
  /** Site by site: how many buckets follow, and their counts, as `ages` of a site in the dump. */
  ages: Uint32Array;
  /** What samples say of allocations below the threshold. */
  sampledSites: Float64Array;
  /** Of these, as `ages`. */
  sampledAges: Uint32Array;
  threads: NativeThread[];
  /** What addons declared to V8, by addon and site. */
  declared: Float64Array;
  /** False where buffers of other addons cannot be intercepted: on this platform there are no sites for them. */
  externalSites: boolean;
  /** Live bytes of external memory below the threshold. */
  smallExternalBytes: number;
  drops: number[];
  cacheMismatches: number;
  tableBytes: number;
}

/** What keeps allocations alive, as columns; see native/retainers.h. Sites are numbered as in `NativeSnapshot.sites`. */
export interface NativeRetainers extends Record<keyof typeof kRetainerColumns, Float64Array> {
  strings: string[];
}

/** What native/js exports; each function is described there. */
export interface NativeAddon {
  start(options: NativeOptions, description: string): boolean;
  stop(): boolean;
  watchNewcomers(script: string): void;
  description(): string | null;
  isJoined(): boolean;
  join(threadId: number, name: string, shared: Int32Array, call: (probe: () => void) => void): void;
  allocatorNetBytes(): number;
  setBytesAtJoin(bytes: number): void;
  setOwnWork(on: boolean): void;
  captureContext(): number;
  ownContext(): number;
  labelOf(context: number): string;
  labelledContext(context: number, label: string): number;
  settlePending(context: number, callback: number, bytesRead: number): void;
  moveTab(from: number, to: number): void;
  claimTab(tab: number, context: number, close: boolean): void;
  handOver(tab: number, context: number): void;
  claimSharedTab(tab: number, context: number): boolean;
  notePages(buffer: ArrayBufferLike, kind: number, context: number): void;
  noteShared(buffer: SharedArrayBuffer): void;
  noteExternal(buffer: ArrayBufferLike, context: number): void;
  noteCut(made: unknown): void;
  chargeSlabs(patienceMs: number, thorough: boolean): Float64Array;
  externalStringBytes(): number;
  liveOfSites(): Float64Array;
  collectGarbage(patienceMs: number): number;
  snapshot(): NativeSnapshot | null;
  retainers(patienceMs: number): NativeRetainers | null;
  classify(scriptName: string, options: NativeOptions): number;
  watchExitSignals(signals: number[], onSignal: (signal: number) => void): void;
  unwatchExitSignals(): void;
  watchMemory(
    usageFile: string,
    thresholdBytes: number,
    stalledMs: number,
    onWake: (reasons: number) => void,
  ): void;
  memoryBeat(): void;
  unwatchMemory(): void;
  watchHeapLimit(headroomBytes: number): void;
  unwatchHeapLimit(): void;
}

let loaded: NativeAddon | undefined;

/**
 * The addon, loaded at the first call.
 * @throws NativeLoadError if no build of it loads
 */
export function addon(): NativeAddon {
  loaded ??= loadAddon() as NativeAddon;
  return loaded;
}

/** The addon, or undefined if no build of it loads: no thread of this process is traced then. */
export function addonIfLoadable(): NativeAddon | undefined {
  try {
    return addon();
  } catch {
    return undefined;
  }
}

/** The addon if this thread has loaded it already: what must never be the first to load it asks here. */
export function addonIfLoaded(): NativeAddon | undefined {
  return loaded;
}

/** Turns what the addon throws into abtrace's own error classes. */
export function asAbtraceError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AbtraceError) return error;
  const code = (error as { code?: unknown }).code;
  if (code !== 'ABTRACE_UNSUPPORTED') return error;
  return new UnsupportedRuntimeError(
    `abtrace cannot trace this runtime: ${error.message}. It supports the official builds of Node.js 20, 22, 24 and 26 ` +
      `on Linux and macOS; this is ${process.release.name} ${process.version} (V8 ${process.versions.v8}) on ${process.platform}-${process.arch}.`,
    { cause: error },
  );
}

// Lays the coverage of a dump out as two tables, each of which starts at a figure of process.memoryUsage() and ends at
// zero: `arrayBuffers`, over all traced threads, and `external`, of the thread that took the dump.
//
//   arrayBuffers   what the allocators of the threads have given out and not taken back; so on every version of Node
//   external       what V8 counts for one isolate: the bytes of ArrayBuffers attached to objects there, and of strings
//                  whose characters lie outside of the heap (V8, src/heap/heap.h, `backing_store_bytes`). Shared ones
//                  do not count, nor do bytes that native code holds alone. By version of V8:
//                    below 13 (Node 20, 22)   a resizable ArrayBuffer counts for the size that it was made with
//                    14 and up (Node 26)      WebAssembly.Memory does not count, strings count for their characters
import type { Dump, Kind, Site } from '../dump/format';
import { checkDump } from './arguments';
import { formatBytes } from './bytes-text';

/** One line of a table. */
export interface CoverageRow {
  /** What these bytes are, in words. */
  name: string;
  /** Below zero for what the figure leaves out; null if it cannot be told from this dump, which counts as 0. */
  bytes: number | null;
  /** Why they cannot be told. */
  note?: string;
}

/** How one figure of `process.memoryUsage()` adds up: `totalBytes` less all `rows` is `remainderBytes`. */
export interface CoverageTable {
  of: 'arrayBuffers' | 'external';
  /** What the total is made of: this thread, other threads. */
  total: CoverageRow[];
  totalBytes: number;
  rows: CoverageRow[];
  remainderBytes: number;
  /** Parts of the rows above, seen from another side; they are in the sum already. */
  ofThese: CoverageRow[];
}

/**
 * How `arrayBuffers` and `external` add up.
 * @param dump as dump() and readDump() return it
 * @returns first `arrayBuffers`, then `external` if the dump says what it is made of
 * @throws TypeError if it is no dump
 */
export function explainCoverage(dump: Dump): CoverageTable[] {
  checkDump('explainCoverage: dump', dump);
  const { external } = dump.coverage;
  return external === undefined
    ? [arrayBuffersTable(dump)]
    : [arrayBuffersTable(dump), externalTable(dump, external)];
}

/** Live bytes of all sites: what the coverage attributes, and what is no part of `arrayBuffers` or older than tracing. */
export function liveBytesOf({ coverage, sites }: Pick<Dump, 'coverage' | 'sites'>): number {
  return coverage.attributedBytes + bytesOf(sites.filter((site) => !site.sampled && !isInArrayBuffers(site)));
}

/** Whether a site is part of what the coverage calls attributed: it passed the allocator while it was traced. */
export function isInArrayBuffers({ pastAllocator, found, sampled }: Site): boolean {
  return pastAllocator !== true && found !== true && !sampled;
}

function arrayBuffersTable(dump: Dump): CoverageTable {
  const { coverage, sites } = dump;
  const traced = sites.filter(isInArrayBuffers);
  const via = (wanted: string) => bytesOf(traced.filter(({ owner }) => (owner?.via ?? 'none') === wanted));
  const attributed = {
    stack: via('stack'),
    cause: via('cause'),
    dependency: via('dependency'),
    none: via('none'),
  };
  const hidden = coverage.attributedBytes - bytesOf(traced);
  const rows: CoverageRow[] = [
    { name: 'attributed by stack', bytes: attributed.stack },
    { name: 'attributed by cause', bytes: attributed.cause },
    { name: 'attributed to a dependency', bytes: attributed.dependency },
    { name: 'recorded, without an owner', bytes: attributed.none },
    ...(hidden === 0 ? [] : [{ name: 'recorded, not among the sites shown', bytes: hidden }]),
    belowThreshold(dump),
    { name: 'allocated before the start', bytes: coverage.beforeStartBytes },
    { name: "abtrace's own", bytes: coverage.tracerBytes },
  ];
  return finish('arrayBuffers', threadRows(dump), coverage.arrayBuffersBytes, rows, [
    heldNatively(dump, traced),
    dead(dump),
  ]);
}

/** Counted exactly; what samples make of it stands beside. */
function belowThreshold({ coverage, options }: Dump): CoverageRow {
  const { belowThresholdBytes: bytes, belowThresholdEstimateBytes: estimate } = coverage;
  const name = `below the threshold (${options.thresholdBytes} B)`;
  if (estimate === undefined) return { name, bytes };
  const error = coverage.belowThresholdErrorBytes ?? 0;
  return { name, bytes, note: `samples attribute ${formatBytes(estimate)} ± ${formatBytes(error)} of it` };
}

function threadRows({ coverage, process: { threads } }: Dump): CoverageRow[] {
  const thread = coverage.external?.thread ?? 0;
  const own = threads.filter(({ id }) => id === thread);
  const others = threads.filter(({ id }) => id !== thread);
  const sum = (some: typeof threads) => some.reduce((total, one) => total + one.arrayBuffersBytes, 0);
  const name = thread === 0 ? 'main thread' : `thread ${thread}`;
  return others.length === 0
    ? [{ name, bytes: coverage.arrayBuffersBytes }]
    : [
        { name, bytes: sum(own) },
        { name: `${others.length} other ${others.length === 1 ? 'thread' : 'threads'}`, bytes: sum(others) },
      ];
}

function heldNatively({ walks }: Dump, traced: Site[]): CoverageRow {
  const name = 'held natively: no ArrayBuffer reaches it';
  if (walks === undefined) return { name, bytes: null, note: 'not looked for; ask with --retainers' };
  return { name, bytes: traced.reduce((sum, { heldNatively }) => sum + (heldNatively?.bytes ?? 0), 0) };
}

function dead({ options, coverage, drops }: Dump): CoverageRow {
  const name = 'dead, but not yet collected';
  if (!options.gc) return { name, bytes: null, note: 'not known; collect garbage first with --gc' };
  if (drops.some(({ reason }) => reason.startsWith('not-collected')))
    return { name, bytes: null, note: 'not known; a thread did not collect in time' };
  const freed = coverage.collectedBytes ?? 0;
  return { name, bytes: 0, ...(freed > 0 && { note: `${formatBytes(freed)} were freed before the dump` }) };
}

type External = NonNullable<Dump['coverage']['external']>;

function externalTable(dump: Dump, external: External): CoverageTable {
  const { memory, sites, walks } = dump;
  const own = sites.filter(({ thread }) => thread === external.thread);
  const found = own.filter((site) => site.found === true);
  const foundOf = (kind: Kind) => bytesOf(found.filter((site) => site.kind === kind));
  const native = own.filter(({ kind }) => kind === 'external');
  const unreached = own
    .filter(isInArrayBuffers)
    .reduce((sum, { heldNatively: held }) => sum + (held?.bytes ?? 0), 0);
  const hasWasm = majorOfV8(dump.process.v8) < 14;
  const strings = external.stringsBytes;
  const rows: CoverageRow[] = [
    { name: 'arrayBuffers of this thread, as above', bytes: memory.arrayBuffersBytes },
    { name: 'of these shared, which external leaves out', bytes: -external.sharedBytes },
    walks === undefined
      ? {
          name: 'of these held natively, likewise',
          bytes: null,
          note: 'not looked for; ask with --retainers',
        }
      : { name: 'of these held natively, likewise', bytes: -unreached },
    ...movedRows(external),
    { name: 'resizable ArrayBuffers', bytes: external.resizableBytes + foundOf('resizable') },
    hasWasm
      ? { name: 'WebAssembly.Memory', bytes: external.wasmBytes + foundOf('wasm') }
      : { name: 'WebAssembly.Memory', bytes: 0, note: 'external leaves it out on this version' },
    madeByAddons(native, external),
    { name: "brought along by Node's own code", bytes: bytesOf(native.filter(isOfNode)) },
    foundOnHeap(native, walks !== undefined),
    ...(strings === null
      ? [
          { name: 'external strings and others, before the start', bytes: external.atStartBytes ?? 0 },
          {
            name: 'external strings made since',
            bytes: null,
            note: 'only a walk of the heap tells on this version; ask with --retainers',
          },
        ]
      : [{ name: 'external strings', bytes: strings }]),
  ];
  const name = external.thread === 0 ? 'main thread' : `thread ${external.thread}`;
  return finish('external', [{ name, bytes: memory.externalBytes }], memory.externalBytes, rows, []);
}

/** What was transferred counts where its object is, and in `arrayBuffers` where it was allocated. */
function movedRows({ movedInBytes = 0, movedOutBytes = 0 }: External): CoverageRow[] {
  return [
    ...(movedOutBytes > 0
      ? [{ name: 'of these transferred to other threads, likewise', bytes: -movedOutBytes }]
      : []),
    ...(movedInBytes > 0 ? [{ name: 'transferred from other threads', bytes: movedInBytes }] : []),
  ];
}

/** Of the kind `external`: what Node itself made while it was watched, such as results of WebCrypto. */
function isOfNode({ addon, found }: Site): boolean {
  return addon === undefined && found !== true;
}

function madeByAddons(native: Site[], { addons, smallNativeBytes }: External): CoverageRow {
  const made = native.filter((site) => site.found !== true && !isOfNode(site));
  const row = { name: 'brought along by native addons', bytes: bytesOf(made) + (smallNativeBytes ?? 0) };
  return addons === false ? { ...row, note: 'external sites are not available here' } : row;
}

/** Older than tracing, too small, or made by Node or an addon where nobody watched. */
function foundOnHeap(native: Site[], isLookedFor: boolean): CoverageRow {
  const name = 'brought along by native code, without a site';
  const bytes = bytesOf(native.filter(({ found }) => found === true));
  return isLookedFor || bytes > 0
    ? { name, bytes }
    : { name, bytes: null, note: 'not looked for; ask with --retainers' };
}

/** The major version in `13.6.233.17-node.28`. */
function majorOfV8(version: string): number {
  return Number.parseInt(version, 10);
}

function finish(
  of: CoverageTable['of'],
  total: CoverageRow[],
  totalBytes: number,
  rows: CoverageRow[],
  ofThese: CoverageRow[],
): CoverageTable {
  const explained = rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return { of, total, totalBytes, rows, remainderBytes: totalBytes - explained, ofThese };
}

function bytesOf(sites: Site[]): number {
  return sites.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
}

// Makes a dump of what the addon knows and what Node says of the process. The one place where the addon's columns
// become the dump's tables.
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import { createClassifier } from '../analysis/origin';
import { createOwnerFinder } from '../analysis/owner';
import { projectRoots } from '../analysis/project-roots';
import { fileOfUrl } from '../analysis/source-paths';
import { StringTable } from '../analysis/string-table';
import {
  type Declared,
  DUMP_FORMAT,
  DUMP_VERSION,
  type Dump,
  type Estimate,
  type Frame,
  KINDS,
  ORIGINS,
  type Site,
} from '../dump/format';
import {
  kDeclaredColumns,
  kFrameNumbers,
  kSampledSiteColumns,
  kSiteColumns,
  type NativeRetainers,
  type NativeSnapshot,
  type NativeThread,
} from '../native';
import { arrayBuffersOf, coverageOf } from './coverage';
import { dropsOf } from './drops';
import { decodeLabel } from './labels';
import { addCollected, addSlabs } from './live-changes';
import { mainScript, type ResolvedOptions } from './options';
import { addRetainers, createSiteFinder } from './retainers';
import type { Place } from './retaining-path';
import { createPlaceOfTaking, findTakingFrame, TAKER } from './takers';

/** A row of `NativeSnapshot.sites`. */
type SiteRow = Record<(typeof kSiteColumns)[number], number> & {
  ages: number[];
  collected?: NonNullable<Site['collected']>;
  slabs?: NonNullable<Site['slabs']>;
};
/** A row of `NativeSnapshot.sampledSites`. */
type SampledSiteRow = Record<(typeof kSampledSiteColumns)[number], number> & {
  ages: number[];
  collected?: undefined;
  slabs?: undefined;
};
/** A row of `NativeSnapshot.declared`. */
type DeclaredRow = Record<(typeof kDeclaredColumns)[number], number>;

export interface DumpInput {
  snapshot: NativeSnapshot;
  /** What keeps the allocations alive, found just before the snapshot; null if that was not asked for. */
  retainers: NativeRetainers | null;
  /** Slabs that were charged by their views, as `chargeSlabs` of the addon gives them; null if that was not asked for. */
  slabs: Float64Array | null;
  options: ResolvedOptions;
  gc: boolean;
  /** How many other threads were asked to collect their garbage and did not in time. */
  uncollectedThreads: number;
  /** `process.memoryUsage()` at the moment of the snapshot. */
  memory: NodeJS.MemoryUsage;
  /** `arrayBuffers` when tracing started, bytes. */
  arrayBuffersAtStart: number;
  /** What `external` had beyond `arrayBuffers` then; null if this is another thread. */
  externalAtStart: number | null;
  /** Resident set size then, bytes. */
  rssAtStart: number;
  /** What `externalStringBytes` of the addon gave at the moment of the snapshot. */
  externalStringBytes: number;
  /** Id of the thread that takes the dump. */
  threadId: number;
  /** Live bytes and counts of the sites before the collection, as `liveOfSites` gives them; null without one. */
  liveBeforeCollection: Float64Array | null;
  /** What the collection freed of `arrayBuffers` of this thread; null without one. */
  collectedBytes: number | null;
}

/** Builds a dump; pure but for what it asks of `process`, `os` and `v8`. */
export function buildDump(input: DumpInput): Dump {
  const { snapshot, options, gc } = input;
  const rows: SiteRow[] = toRows(snapshot.sites, kSiteColumns, snapshot.ages);
  addCollected(rows, input.liveBeforeCollection, addSlabs(rows, input.slabs));
  const sampledRows = toRows(snapshot.sampledSites, kSampledSiteColumns, snapshot.sampledAges);
  const tables = new TableBuilder(snapshot);
  const siteOfRow = new Map<SiteRow | SampledSiteRow, Site>();
  const sites = [...rows, ...sampledRows]
    .filter((row) => row.own === 0 && row.totalCount > 0)
    .sort((a, b) => b.liveBytes - a.liveBytes || b.totalBytes - a.totalBytes)
    .map((row) => {
      const site = tables.site(row);
      siteOfRow.set(row, site);
      return site;
    });
  const declared = rowsOf(snapshot.declared, kDeclaredColumns)
    .sort((a, b) => b.increasedBytes - a.increasedBytes || b.decreasedBytes - a.decreasedBytes)
    .map((row) => tables.declared(row));
  const { strings, frames, stacks } = tables;
  const findOwner = createOwnerFinder({ strings, frames, stacks });
  for (const site of [...sites, ...declared]) site.owner = findOwner(site.stack, site.cause);
  const tracedSeconds = snapshot.elapsedMs / 1000;
  const held =
    input.retainers === null
      ? null
      : addRetainers({
          retainers: input.retainers,
          siteOf: createSiteFinder<SiteRow | SampledSiteRow>(rows, sampledRows, siteOfRow),
          frameOf: (place) => tables.frameOf(place),
          classify: tables.classify,
          ownFolder: path.join(__dirname, '..'),
          beforeStartBytes: (id) => beforeStartOf(snapshot.threads.filter((thread) => thread.id === id)),
        });
  const coverage = {
    ...coverageOf(rows, snapshot.threads, input.collectedBytes, {
      threadId: input.threadId,
      sharedKind: KINDS.indexOf('shared'),
      stringsBytes: input.externalStringBytes,
      atStartBytes: input.externalAtStart,
      addons: snapshot.externalSites,
      smallNativeBytes: snapshot.smallExternalBytes,
      walked: held?.external.get(input.threadId) ?? null,
    }),
    ...(options.sampleBytes > 0 ? sampledCoverageOf(sampledRows) : {}),
  };
  return {
    format: DUMP_FORMAT,
    version: DUMP_VERSION,
    createdAt: new Date().toISOString(),
    process: {
      pid: process.pid,
      node: process.version,
      v8: process.versions.v8,
      platform: process.platform,
      arch: process.arch,
      execPath: process.execPath,
      script: mainScript(),
      cwd: process.cwd(),
      title: process.title,
      uptimeSeconds: process.uptime(),
      tracedSeconds,
      threads: snapshot.threads.map((thread) => threadOf(thread, sites)),
    },
    memory: { ...memoryOf(input.memory), rssAtStartBytes: input.rssAtStart },
    growth: growthOf(coverage.arrayBuffersBytes - input.arrayBuffersAtStart, tracedSeconds),
    options: { ...options, gc },
    coverage,
    drops: dropsOf(snapshot.drops, input.uncollectedThreads, held?.walks ?? []),
    strings,
    frames,
    stacks,
    sites: held === null ? sites : [...sites, ...held.found].sort((a, b) => b.liveBytes - a.liveBytes),
    ...(held === null ? {} : { paths: held.paths, walks: held.walks }),
    ...(declared.length > 0 ? { declared } : {}),
  };
}

/** Copies the strings, frames and stacks that the sites of a dump name, and no others. */
class TableBuilder {
  readonly frames: Frame[] = [];
  readonly stacks: number[][] = [];
  private readonly table = new StringTable([]);
  private readonly frameIndices = new Map<number, number>();
  private readonly stackIndices = new Map<number, number>();
  private readonly placeIndices = new Map<string, number>();
  private readonly placeOfTaking = createPlaceOfTaking();
  readonly classify = createClassifier({
    cwd: process.cwd(),
    roots: projectRoots(mainScript(), process.cwd()),
  });

  constructor(private readonly snapshot: NativeSnapshot) {}

  get strings(): string[] {
    return this.table.strings;
  }

  site(row: SiteRow | SampledSiteRow): Site {
    const isSampled = 'liveSamples' in row;
    return {
      kind: KINDS[row.kind] ?? 'other',
      thread: row.thread,
      stack: this.stack(row.stack),
      cause: this.stack(row.cause),
      label: decodeLabel(this.snapshot.strings[row.label] ?? ''),
      ...(row.addon === 0 ? {} : { addon: this.snapshot.strings[row.addon] ?? '' }),
      owner: null,
      liveBytes: Math.round(row.liveBytes),
      liveCount: Math.round(row.liveCount),
      totalBytes: Math.round(row.totalBytes),
      totalCount: Math.round(row.totalCount),
      peakBytes: Math.round(row.peakBytes),
      peakCount: Math.round(row.peakCount),
      sampled: isSampled,
      ...(isSampled ? { estimate: estimateOf(row) } : {}),
      oldestMs: row.oldestMs < 0 ? null : row.oldestMs,
      medianAgeMs: row.medianAgeMs < 0 ? null : row.medianAgeMs,
      ...(row.firstMs >= 0 && { firstMs: row.firstMs }),
      ages: row.ages,
      ...(row.collected && { collected: row.collected }),
      ...(row.slabs && { slabs: row.slabs }),
      ...(row.pastAllocator === 1 && { pastAllocator: true }),
    };
  }

  declared(row: DeclaredRow): Declared {
    return {
      addon: row.addon === 0 ? null : (this.snapshot.strings[row.addon] ?? ''),
      thread: row.thread,
      stack: this.stack(row.stack),
      cause: this.stack(row.cause),
      label: decodeLabel(this.snapshot.strings[row.label] ?? ''),
      owner: null,
      increasedBytes: row.increasedBytes,
      decreasedBytes: row.decreasedBytes,
      calls: row.calls,
    };
  }

  /** The frame of a place that no stack has led to. */
  frameOf({ function: name, file, line, column }: Place): number {
    const key = JSON.stringify([name, file, line, column]);
    const known = this.placeIndices.get(key);
    if (known !== undefined) return known;
    const { origin, package: packageName } = this.classify(file);
    const index =
      this.frames.push({
        function: this.table.indexOf(name),
        file: this.table.indexOf(file),
        line,
        column,
        origin,
        package: packageName === null ? null : this.table.indexOf(packageName),
      }) - 1;
    this.placeIndices.set(key, index);
    return index;
  }

  private stack(id: number): number | null {
    const { stackFrames, stackOffsets } = this.snapshot;
    const frames = stackFrames.subarray(stackOffsets[id], stackOffsets[id + 1]);
    if (frames.length === 0) return null;
    const known = this.stackIndices.get(id);
    if (known !== undefined) return known;
    const isTaker = (frame: number) => this.snapshot.frames[frame * kFrameNumbers + 4] === TAKER;
    const copied = Array.from(frames, (frame) => this.frame(frame));
    const taker = frames.findIndex(isTaker);
    const index = this.stacks.push(taker < 0 ? copied : this.fromTaking(copied, taker)) - 1;
    this.stackIndices.set(id, index);
    return index;
  }

  /** The stack from the user code on that takes what it was handed, on the line on which it does. */
  private fromTaking(stack: number[], taker: number): number[] {
    const framesFrom = stack.slice(taker).map((index) => this.frames[index] as Frame);
    const taking = findTakingFrame(framesFrom, (file) => this.strings[file] ?? '', this.placeOfTaking);
    if (taking === null) return stack;
    const index = this.frames.push({ ...(framesFrom[taking.at] as Frame), ...taking.place }) - 1;
    return [index, ...stack.slice(taker + taking.at + 1)];
  }

  private frame(id: number): number {
    const known = this.frameIndices.get(id);
    if (known !== undefined) return known;
    const { frames, strings } = this.snapshot;
    const at = id * kFrameNumbers;
    const [name = 0, script = 0, line = 0, column = 0, origin = 0] = frames.subarray(at, at + kFrameNumbers);
    const file = pathOfScript(strings[script] ?? '');
    const { package: packageName } = this.classify(file);
    const index =
      this.frames.push({
        function: this.table.indexOf(strings[name] ?? ''),
        file: this.table.indexOf(file),
        line,
        column,
        origin: origin === TAKER ? 'user' : (ORIGINS[origin] ?? 'native'),
        package: packageName === null ? null : this.table.indexOf(packageName),
      }) - 1;
    this.frameIndices.set(id, index);
    return index;
  }
}

/** Takes columns of numbers apart, row by row, each with its ages. */
function toRows<Name extends string>(
  numbers: Float64Array,
  columns: readonly Name[],
  ages: Uint32Array,
): (Record<Name, number> & { ages: number[] })[] {
  let agesAt = 0;
  return rowsOf(numbers, columns).map((row) => {
    const agesEnd = agesAt + 1 + (ages[agesAt] ?? 0);
    const own = Array.from(ages.subarray(agesAt + 1, agesEnd));
    agesAt = agesEnd;
    return { ...row, ages: own };
  });
}

/** Takes columns of numbers apart, row by row. */
function rowsOf<Column extends string>(
  numbers: Float64Array,
  columns: readonly Column[],
): Record<Column, number>[] {
  const rows: Record<Column, number>[] = [];
  for (let at = 0; at < numbers.length; at += columns.length) {
    const entries = columns.map((column, index) => [column, numbers[at + index]]);
    rows.push(Object.fromEntries(entries) as Record<Column, number>);
  }
  return rows;
}

function estimateOf(row: SampledSiteRow): Estimate {
  const { liveSamples, totalSamples, liveBytesError, liveCountError, totalBytesError, totalCountError } = row;
  return { liveSamples, totalSamples, liveBytesError, liveCountError, totalBytesError, totalCountError };
}

/** What samples make of the bytes below the threshold. Sites are sampled independently: their variances add up. */
function sampledCoverageOf(rows: SampledSiteRow[]): Partial<Dump['coverage']> {
  const shown = rows.filter(({ own }) => own === 0);
  return {
    belowThresholdEstimateBytes: shown.reduce((sum, { liveBytes }) => sum + Math.round(liveBytes), 0),
    belowThresholdErrorBytes: Math.hypot(...shown.map(({ liveBytesError }) => liveBytesError)),
  };
}

/** ESM names its scripts by URL, a loader may add a query; CommonJS by path. */
function pathOfScript(script: string): string {
  if (!script.startsWith('file:')) return script;
  return fileOfUrl(script.replace(/[?#].*$/, ''), path);
}

function beforeStartOf(threads: NativeThread[]): number {
  return threads.reduce((total, thread) => total + thread.atJoinBytes - thread.unknownGivenBackBytes, 0);
}

function threadOf(thread: NativeThread, sites: Site[]): Dump['process']['threads'][number] {
  const own = sites.filter((site) => site.thread === thread.id && !site.sampled);
  return {
    id: thread.id,
    name: thread.name,
    alive: thread.alive,
    arrayBuffersBytes: arrayBuffersOf(thread),
    liveBytes: own.reduce((total, site) => total + site.liveBytes, 0),
    liveCount: own.reduce((total, site) => total + site.liveCount, 0),
  };
}

function memoryOf(memory: NodeJS.MemoryUsage): Dump['memory'] {
  const heap = v8.getHeapStatistics();
  return {
    rssBytes: memory.rss,
    heapTotalBytes: memory.heapTotal,
    heapUsedBytes: memory.heapUsed,
    externalBytes: memory.external,
    arrayBuffersBytes: memory.arrayBuffers,
    maxRssBytes: maxRssBytes(process.resourceUsage().maxRSS, os.totalmem()),
    mallocedBytes: heap.malloced_memory,
    peakMallocedBytes: heap.peak_malloced_memory,
    heapLimitBytes: heap.heap_size_limit,
    nativeContexts: heap.number_of_native_contexts,
    detachedContexts: heap.number_of_detached_contexts,
  };
}

/**
 * The highest resident set size in bytes.
 * @param maxRss as `process.resourceUsage()` has it: kilobytes, but bytes on macOS with some versions of libuv
 * @param machineBytes memory of the machine, which tells the two apart
 */
export function maxRssBytes(maxRss: number, machineBytes: number): number {
  const bytes = maxRss * 1024;
  return bytes > machineBytes * 4 ? maxRss : bytes;
}

function growthOf(bytes: number, seconds: number): Dump['growth'] {
  const bytesPerSecond = seconds > 0 ? bytes / seconds : 0;
  return {
    of: 'arrayBuffers',
    bytesPerSecond,
    mbPerHour: (bytesPerSecond * 3600) / 1e6,
    overSeconds: seconds,
  };
}

// What changed between two dumps, group by group: how much grew, and how fast.
import type { Dump, Owner } from '../dump/format';
import { checkDump, checkOneOf, checkOptions } from './arguments';
import { GROUPINGS, type Grouping } from './group';
import type { Place } from './owner';
import { holderText } from './retainers';
import { groupSites, type TopRow } from './top';

/** How to group. */
export interface DiffOptions {
  /** Default: `owner`. */
  by?: Grouping;
}

/** A figure in both dumps. */
export interface Change {
  before: number;
  after: number;
  /** `after` minus `before`. */
  delta: number;
}

/** What changed in one group of sites. */
export interface DiffRow {
  /** Text that names the group, the same in every dump. */
  key: string;
  /** Owner of the biggest member, as the second dump has it unless the group is gone there. */
  owner: Owner | null;
  /** Innermost frame of the stack of that member. */
  allocatedAt: Place | null;
  /** What started the asynchronous work that led to that member. */
  causedBy: Place | null;
  /** The path that holds most of it in the second dump; null if that one was taken without retainers. */
  heldBy: string | null;
  liveBytes: Change;
  /** Standard error of the change of live bytes, at most; 0 if it is exact, that is if nothing of it is sampled. */
  liveBytesError: number;
  liveCount: Change;
  totalBytes: Change;
  totalCount: Change;
  /** Growth of the live bytes; null if the dumps do not tell how fast, see {@link DumpDiff.elapsedSeconds}. */
  bytesPerSecond: number | null;
  /** The same in units of 1,000,000 bytes an hour. */
  mbPerHour: number | null;
}

/** What a diff says about one of its dumps. */
export interface DiffedDump {
  createdAt: string;
  pid: number;
  script: string | null;
  cwd: string;
  uptimeSeconds: number;
}

/** What changed between two dumps. */
export interface DumpDiff {
  by: Grouping;
  before: DiffedDump;
  after: DiffedDump;
  /** False if the dumps come from two processes; what grew then has no speed. */
  sameProcess: boolean;
  /** Seconds from the first dump to the second; by the process's own clock if it is the same process. */
  elapsedSeconds: number;
  /** What a reader should know before trusting the figures: another process, other options, dumps in reverse order. */
  notes: string[];
  /** Of all sites together. */
  liveBytes: Change;
  /** As in the rows. */
  liveBytesError: number;
  liveCount: Change;
  totalBytes: Change;
  totalCount: Change;
  bytesPerSecond: number | null;
  mbPerHour: number | null;
  memory: Record<(typeof MEMORY_FIELDS)[number], Change>;
  coverage: Record<(typeof COVERAGE_FIELDS)[number], Change>;
  /** Groups of either dump, most growth of live bytes first. */
  rows: DiffRow[];
}

const MEMORY_FIELDS = [
  'rssBytes',
  'heapTotalBytes',
  'heapUsedBytes',
  'externalBytes',
  'arrayBuffersBytes',
  'maxRssBytes',
  'mallocedBytes',
  'peakMallocedBytes',
  'heapLimitBytes',
  'nativeContexts',
  'detachedContexts',
] as const;

const COVERAGE_FIELDS = [
  'arrayBuffersBytes',
  'attributedBytes',
  'belowThresholdBytes',
  'beforeStartBytes',
  'tracerBytes',
  'remainderBytes',
] as const;

/**
 * Compares two dumps.
 * @param before the earlier one
 * @param after the later one
 * @param options `by`: what the sites are grouped by, `owner` unless given
 * @returns what changed, row by row, biggest growth of live bytes first
 * @throws TypeError, RangeError for wrong arguments
 */
export function diff(before: Dump, after: Dump, options: DiffOptions = {}): DumpDiff {
  checkDump('diff: before', before);
  checkDump('diff: after', after);
  checkOptions('diff', options, ['by']);
  const { by = 'owner' } = options;
  checkOneOf('diff: by', by, GROUPINGS);

  const sameProcess = isSameProcess(before, after);
  const elapsedSeconds = elapsedBetween(before, after, sameProcess);
  const speed = speedOver(sameProcess && elapsedSeconds > 0 ? elapsedSeconds : null);
  const rowsBefore = groupSites(before, by);
  const rowsAfter = groupSites(after, by);
  const sum = (field: Figure) => change(total(rowsBefore, field), total(rowsAfter, field));
  const liveBytes = sum('liveBytes');
  return {
    by,
    before: describe(before),
    after: describe(after),
    sameProcess,
    elapsedSeconds,
    notes: takeNotes(before, after, sameProcess, elapsedSeconds),
    liveBytes,
    liveBytesError: errorOf([...rowsBefore, ...rowsAfter]),
    liveCount: sum('liveCount'),
    totalBytes: sum('totalBytes'),
    totalCount: sum('totalCount'),
    ...speed(liveBytes.delta),
    memory: changes(MEMORY_FIELDS, before.memory, after.memory),
    coverage: changes(COVERAGE_FIELDS, before.coverage, after.coverage),
    rows: pairRows(rowsBefore, rowsAfter, after, speed),
  };
}

type Figure = 'liveBytes' | 'liveCount' | 'totalBytes' | 'totalCount';
type Speed = (delta: number) => Pick<DiffRow, 'bytesPerSecond' | 'mbPerHour'>;

function pairRows(rowsBefore: TopRow[], rowsAfter: TopRow[], after: Dump, speed: Speed): DiffRow[] {
  const earlier = new Map(rowsBefore.map((row) => [row.key, row]));
  const later = new Map(rowsAfter.map((row) => [row.key, row]));
  return [...new Set([...later.keys(), ...earlier.keys()])]
    .map((key) => {
      const [a, b] = [earlier.get(key), later.get(key)];
      const figure = (field: Figure) => change(a?.[field] ?? 0, b?.[field] ?? 0);
      const liveBytes = figure('liveBytes');
      return {
        key,
        owner: (b ?? a)?.owner ?? null,
        allocatedAt: (b ?? a)?.allocatedAt ?? null,
        causedBy: (b ?? a)?.causedBy ?? null,
        heldBy: holderText(after, b?.sites ?? []),
        liveBytes,
        liveBytesError: errorOf([a, b]),
        liveCount: figure('liveCount'),
        totalBytes: figure('totalBytes'),
        totalCount: figure('totalCount'),
        ...speed(liveBytes.delta),
      };
    })
    .sort(
      (a, b) =>
        b.liveBytes.delta - a.liveBytes.delta ||
        b.totalBytes.delta - a.totalBytes.delta ||
        (a.key < b.key ? -1 : 1),
    );
}

/** What is in both dumps cancels out, with its error: the change is off by no more than the two figures together. */
function errorOf(rows: (TopRow | undefined)[]): number {
  return rows.reduce((error, row) => Math.hypot(error, row?.liveBytesError ?? 0), 0);
}

/** Pids are used again, in containers by every run: the clocks of one process run the same way. */
function isSameProcess(before: Dump, after: Dump): boolean {
  const [a, b] = [before.process, after.process];
  if (a.pid !== b.pid || a.script !== b.script) return false;
  const byClock = Date.parse(after.createdAt) - Date.parse(before.createdAt);
  return byClock * (b.uptimeSeconds - a.uptimeSeconds) >= 0;
}

function elapsedBetween(before: Dump, after: Dump, sameProcess: boolean): number {
  const byUptime = after.process.uptimeSeconds - before.process.uptimeSeconds;
  if (sameProcess && byUptime !== 0) return byUptime;
  return (Date.parse(after.createdAt) - Date.parse(before.createdAt)) / 1000;
}

function takeNotes(before: Dump, after: Dump, sameProcess: boolean, elapsedSeconds: number): string[] {
  const notes: string[] = [];
  if (!sameProcess) notes.push('the dumps are of two processes, so that what grew has no speed');
  if (elapsedSeconds < 0)
    notes.push('the second dump is older than the first; the other way round there is a verdict');
  else if (sameProcess && after.process.tracedSeconds - before.process.tracedSeconds < elapsedSeconds - 1)
    notes.push('tracing was started again between the dumps; what was live then is not in the second one');
  for (const option of ['thresholdBytes', 'sampleBytes', 'stackDepth', 'causes', 'workers'] as const) {
    const [a, b] = [before.options[option] ?? 0, after.options[option] ?? 0];
    if (a !== b) notes.push(`the dumps were taken with different options: ${option} ${a} and ${b}`);
  }
  if (before.options.gc !== after.options.gc)
    notes.push('garbage was collected before one of the dumps only, so that part of the change is garbage');
  return notes;
}

function speedOver(seconds: number | null): Speed {
  if (seconds === null) return () => ({ bytesPerSecond: null, mbPerHour: null });
  return (delta) => ({ bytesPerSecond: delta / seconds, mbPerHour: (delta / seconds) * (3600 / 1e6) });
}

function describe({ createdAt, process: { pid, script, cwd, uptimeSeconds } }: Dump): DiffedDump {
  return { createdAt, pid, script, cwd, uptimeSeconds };
}

function change(before: number, after: number): Change {
  return { before, after, delta: after - before };
}

function changes<K extends string>(
  fields: readonly K[],
  before: Record<K, number>,
  after: Record<K, number>,
): Record<K, Change> {
  return Object.fromEntries(fields.map((field) => [field, change(before[field], after[field])])) as Record<
    K,
    Change
  >;
}

function total(rows: TopRow[], field: Figure): number {
  return rows.reduce((sum, row) => sum + row[field], 0);
}

// Judges one group of sites: is it a leak, or memory that only looks like one? Works on what one dump says (ages, what
// was freed, what the collection found) and better on several of one process. Pure; never says leak without evidence.
//
// What tells them apart, `|` being the traced time and `•` the moments that the live allocations come from:
//
//   leak            |•  • •  •• • •  •|   from everywhere since the first, not all freed; more from dump to dump
//   bounded cache   |              ••••|   the latest ones, of many that have been freed; flat from dump to dump
//   loaded once     |••                |   old ones only: not enough evidence, however much it is
//   burst, lag      |                  |   gone: before the dump, or by the collection that came with it
import { formatBytes } from './bytes-text';
import type { TopRow } from './top';

/** What a group of sites, or a process, is judged to be. */
export const VERDICTS = [
  'leak',
  'collector-lag',
  'bounded-cache',
  'pinned',
  'held-natively',
  'burst',
  'allocator-retention',
  'untouched-pages',
  'not-enough-evidence',
] as const;

/** One of {@link VERDICTS}. */
export type VerdictName = (typeof VERDICTS)[number];

/** A judgement with what it rests on. */
export interface Verdict {
  verdict: VerdictName;
  /** high: seen in several dumps; medium: in two, or in one without much doubt; low: something else may look the same. */
  confidence: 'high' | 'medium' | 'low';
  /** What was seen, one sentence each. */
  evidence: string[];
  /** Of a leak that was seen to grow: how fast; else null. */
  bytesPerSecond: number | null;
  /** The same in units of 1,000,000 bytes an hour. */
  mbPerHour: number | null;
}

/** What one dump says of a group. */
export interface GroupState {
  /** Seconds since the process started. */
  uptimeSeconds: number;
  liveBytes: number;
  totalBytes: number;
}

/** What is known of a group over all dumps. */
export interface GroupHistory {
  /** As the last dump has it. */
  row: TopRow;
  /** Dump by dump, the last one included, the oldest first. */
  states: GroupState[];
  /** Whether garbage was collected before each of the dumps. */
  gc: boolean;
  tracedMs: number;
  /** Since the first allocation, be it alive or not; null if the dump does not say. */
  firstMs: number | null;
  /** Of the last dump: what the collection freed of the group. */
  collectedBytes: number;
  /** Of the last dump: bytes that no ArrayBuffer reaches. */
  heldNativelyBytes: number;
  /** Of the last dump: bytes kept by views that show less than half of them, and how much they show. */
  pinnedBytes: number;
  usedBytes: number;
}

/** Less than this is not worth a verdict. */
const SMALL_BYTES = 100_000;
/** Less than this is not called a leak on the strength of one dump. */
const FEWEST_LEAKED_BYTES = 1_000_000;
/** A leak takes many allocations: a few may be all that there will ever be. */
const FEWEST_COUNT = 8;

/** Judges a group. */
export function judgeGroup(history: GroupHistory): Verdict {
  return (
    judgeTurnover(history) ??
    judgeGone(history) ??
    judgeGrowth(history) ??
    judgeAges(history) ??
    judgeHold(history) ??
    undecided(history)
  );
}

/** A verdict without a speed. */
export function verdictOf(
  verdict: VerdictName,
  confidence: Verdict['confidence'],
  evidence: string[],
): Verdict {
  return { verdict, confidence, evidence, bytesPerSecond: null, mbPerHour: null };
}

/** Little of it is left. */
function judgeGone({ row, collectedBytes, states, gc }: GroupHistory): Verdict | null {
  const mostBytes = Math.max(row.peakBytes, ...states.map(({ liveBytes }) => liveBytes));
  if (mostBytes < SMALL_BYTES || row.liveBytes > mostBytes * 0.1) return null;
  const gone = `${formatBytes(mostBytes)} were live at most, ${formatBytes(row.liveBytes)} are now`;
  if (gc && collectedBytes > row.totalBytes * 0.5) {
    return verdictOf('collector-lag', 'high', [
      `the collection before the dump freed ${formatBytes(collectedBytes)} of it: garbage that V8 had let lie`,
      gone,
    ]);
  }
  return verdictOf('burst', states.length > 1 ? 'high' : 'medium', [gone]);
}

/** Much has been freed, and what is live is a constant amount, or of one short time. */
function judgeTurnover({ row, states, gc, tracedMs, firstMs }: GroupHistory): Verdict | null {
  const last = states.at(-1) as GroupState;
  const middle = middleOf(states);
  const lateGrowth = last.liveBytes - middle.liveBytes;
  const lateTurnover = last.totalBytes - middle.totalBytes;
  const flat = Math.abs(lateGrowth) <= last.liveBytes * 0.1;
  if (last.liveBytes < SMALL_BYTES) return null;
  if (states.length > 1 && flat && lateTurnover > last.liveBytes) {
    return verdictOf('bounded-cache', gc && states.length > 2 ? 'high' : 'medium', [
      `stayed at ${formatBytes(last.liveBytes)} while ${formatBytes(lateTurnover)} were allocated, ${spanOf(states)}`,
    ]);
  }
  const survival = row.liveBytes / row.totalBytes;
  const isRecent =
    firstMs === null
      ? windowOf(row, tracedMs) <= Math.max(0.25, survival * 2)
      : missingMs(row, firstMs) > spanMs(row) / 2;
  if (states.length > 1 && hasGrown(states)) return null;
  if (!gc || row.liveCount < FEWEST_COUNT || survival > 0.5 || !isRecent) return null;
  return verdictOf('bounded-cache', 'medium', [
    freedOf(row),
    agesText(row),
    'what is live is of one short time',
  ]);
}

/** What it does from dump to dump. */
function judgeGrowth({ states, gc, row }: GroupHistory): Verdict | null {
  const first = states[0] as GroupState;
  const last = states.at(-1) as GroupState;
  const elapsedSeconds = last.uptimeSeconds - first.uptimeSeconds;
  const growth = last.liveBytes - first.liveBytes;
  if (elapsedSeconds <= 0) return null;
  const most = Math.max(...states.map(({ liveBytes }) => liveBytes));
  const rises = states.filter((state, index) => {
    const before = states[index - 1];
    return before !== undefined && state.liveBytes > before.liveBytes * 1.005;
  }).length;
  const grows = growth > Math.max(SMALL_BYTES, last.liveBytes * 0.1) && last.liveBytes > most * 0.9;
  // What was filled once and then left alone has grown, too, but not lately.
  const lateGrowth = last.liveBytes - middleOf(states).liveBytes;
  const goesOn = states.length === 2 || lateGrowth > growth * 0.05;
  if (!grows || !goesOn) return null;
  const turnover = last.totalBytes - first.totalBytes;
  const bytesPerSecond = growth / elapsedSeconds;
  const evidence = [
    `grew from ${formatBytes(first.liveBytes)} to ${formatBytes(last.liveBytes)}, ${spanOf(states)}${states.length > 2 ? `, in ${rises} of ${states.length - 1} steps` : ''}`,
    gc
      ? 'all of it survived a full collection'
      : 'garbage was not collected before the dumps, so that part of it may be garbage',
    freedText(Math.max(0, turnover - growth), turnover, 'allocated meanwhile'),
  ];
  if (row.liveCount < 2 && rises < 2) return null;
  const confidence = !gc ? 'low' : states.length > 2 && rises > 1 ? 'high' : 'medium';
  return { verdict: 'leak', confidence, evidence, bytesPerSecond, mbPerHour: (bytesPerSecond * 3600) / 1e6 };
}

/** Where in the traced time the live allocations come from. */
function judgeAges({ row, gc, tracedMs, firstMs, states }: GroupHistory): Verdict | null {
  const { oldestMs, medianAgeMs, liveBytes, totalBytes, liveCount } = row;
  if (!gc || oldestMs === null || medianAgeMs === null || liveCount < FEWEST_COUNT) return null;
  if (liveBytes < FEWEST_LEAKED_BYTES) return null;
  // Several dumps have had their say: what does not grow from one to the next is no leak.
  if (states.length > 1 && !hasGrown(states)) return null;
  const survival = liveBytes / totalBytes;
  const window = windowOf(row, tracedMs);
  const spread = oldestMs > 0 ? (oldestMs - medianAgeMs) / oldestMs : 0;
  const keepsAll = survival >= 0.9 && spread >= 0.02;
  const keepsSome =
    survival < 0.9 &&
    (firstMs === null
      ? window >= 0.5 && window >= survival * 2
      : window >= 0.1 && missingMs(row, firstMs) <= spanMs(row) / 4);
  if (!keepsAll && !keepsSome) return null;
  const doubt =
    states.length > 1
      ? 'it grew from dump to dump, but not in the latest ones'
      : 'one dump only: a cache that is still filling up looks the same';
  return verdictOf('leak', 'low', [`survived a full collection; ${freedOf(row)}`, agesText(row), doubt]);
}

/** Over what time most of what is live was allocated. */
function spanMs({ oldestMs, medianAgeMs }: TopRow): number {
  return 2 * ((oldestMs ?? 0) - (medianAgeMs ?? 0));
}

/** How long allocations had come and gone when the oldest of those that are live was made. */
function missingMs({ oldestMs }: TopRow, firstMs: number): number {
  return firstMs - (oldestMs ?? 0);
}

/** The part of the traced time that most of what is live comes from, 0 to 1. */
function windowOf(row: TopRow, tracedMs: number): number {
  if (row.oldestMs === null || row.medianAgeMs === null || tracedMs <= 0) return 1;
  return Math.min(1, spanMs(row) / tracedMs);
}

/** The state at half time. */
function middleOf(states: GroupState[]): GroupState {
  const first = states[0] as GroupState;
  const last = states.at(-1) as GroupState;
  const half = (first.uptimeSeconds + last.uptimeSeconds) / 2;
  return states.findLast(({ uptimeSeconds }) => uptimeSeconds <= half) ?? first;
}

function spanOf(states: GroupState[]): string {
  const elapsed = (states.at(-1)?.uptimeSeconds ?? 0) - (states[0]?.uptimeSeconds ?? 0);
  return `over ${states.length} dumps in ${timeText(elapsed * 1000)}`;
}

function freedOf({ liveBytes, totalBytes }: TopRow): string {
  return freedText(totalBytes - liveBytes, totalBytes, 'allocated');
}

function freedText(bytes: number, of: number, what: string): string {
  return `${bytes === 0 ? 'nothing' : formatBytes(bytes)} of ${formatBytes(of)} ${what} has been freed`;
}

function agesText({ oldestMs, medianAgeMs, liveCount }: TopRow): string {
  return `the oldest of ${liveCount} is ${timeText(oldestMs ?? 0)} old, half are younger than ${timeText(medianAgeMs ?? 0)}`;
}

function hasGrown(states: GroupState[]): boolean {
  const [first, last] = [states[0], states.at(-1)];
  return first !== undefined && last !== undefined && last.liveBytes > first.liveBytes * 1.1 + SMALL_BYTES;
}

/** How it is held. */
function judgeHold({ row, heldNativelyBytes, pinnedBytes, usedBytes }: GroupHistory): Verdict | null {
  if (row.liveBytes < SMALL_BYTES) return null;
  if (pinnedBytes > row.liveBytes / 2) {
    return verdictOf('pinned', 'high', [
      `views that show ${formatBytes(usedBytes)} keep ${formatBytes(pinnedBytes)} alive`,
    ]);
  }
  if (heldNativelyBytes > row.liveBytes / 2) {
    return verdictOf('held-natively', 'high', [
      `no ArrayBuffer reaches ${formatBytes(heldNativelyBytes)} of ${formatBytes(row.liveBytes)}`,
    ]);
  }
  return null;
}

function undecided({ row, gc, states }: GroupHistory): Verdict {
  const evidence = [`${formatBytes(row.liveBytes)} live in ${row.liveCount} allocations`];
  if (row.liveBytes < SMALL_BYTES) evidence.push('too little to judge');
  if (!gc) evidence.push('garbage was not collected before the dump; ask for it with --gc');
  if (states.length === 1) evidence.push('one dump only; several show whether it grows');
  else evidence.push(`no lasting growth over ${states.length} dumps`);
  return verdictOf('not-enough-evidence', 'low', evidence);
}

function timeText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

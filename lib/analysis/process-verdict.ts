// Judges a process as a whole, by its groups of sites and by what its memory does beside them. Pure.
import type { Dump } from '../dump/format';
import { formatBytes } from './bytes-text';
import { type Verdict, verdictOf } from './verdict';
import type { GroupVerdict, ProcessVerdict } from './verdicts';

/** Less than this is not worth a verdict. */
const SMALL_BYTES = 1_000_000;
/** What any program grows by, code and young objects included. */
const USUAL_GROWTH_BYTES = 60_000_000;
/** So much of all that was allocated was garbage of the latest moments: nothing had been freed before. */
const MOST_OF_ALL = 0.6;

/**
 * Judges a process.
 * @param dumps of one process, the oldest first
 * @param groups its groups of sites with their verdicts, most live bytes first
 */
export function judgeProcess(dumps: Dump[], groups: GroupVerdict[]): ProcessVerdict {
  const last = dumps.at(-1) as Dump;
  return (
    judgeGroups(last, groups) ??
    alone(judgeTouch(last)) ??
    judgeWhatIsLeft(last, groups) ??
    alone(judgeCollection(last, MOST_OF_ALL)) ??
    alone(judgeBurst(dumps)) ??
    alone(judgeRetention(last)) ??
    judgeHolds(groups) ??
    alone(judgeCollection(last, 0) ?? judgePeaks(last) ?? undecided(dumps))
  );
}

/** A verdict that does not rest on a group. */
function alone<T extends Verdict | null>(verdict: T): T extends null ? null : ProcessVerdict;
function alone(verdict: Verdict | null): ProcessVerdict | null {
  return verdict && { ...verdict, group: null };
}

function judgeGroups(last: Dump, groups: GroupVerdict[]): ProcessVerdict | null {
  const enough = Math.max(SMALL_BYTES, liveOf(last) * 0.1);
  const big = groups.filter(({ row }) => row.liveBytes >= enough);
  const leaks = big.filter(({ verdict }) => verdict === 'leak');
  const [worst] = leaks;
  if (worst === undefined) return null;
  const { confidence } = worst;
  const sum = (amount: (group: GroupVerdict) => number | null) =>
    leaks.reduce((total, group) => total + (amount(group) ?? 0), 0);
  const grew = leaks.some(({ bytesPerSecond }) => bytesPerSecond !== null);
  return {
    verdict: 'leak',
    confidence,
    group: worst.row.key,
    evidence: [`${worst.row.key} leaks ${formatBytes(worst.row.liveBytes)}`, ...worst.evidence],
    bytesPerSecond: grew ? sum((group) => group.bytesPerSecond) : null,
    mbPerHour: grew ? sum((group) => group.mbPerHour) : null,
  };
}

/** What is known of most of the live memory says more than what has become of the rest. */
function judgeWhatIsLeft(last: Dump, groups: GroupVerdict[]): ProcessVerdict | null {
  const [biggest] = groups;
  const isKnown = biggest?.verdict === 'bounded-cache' || biggest?.verdict === 'pinned';
  return isKnown && biggest.row.liveBytes >= liveOf(last) * 0.5 ? judgeHolds([biggest]) : null;
}

/** Memory that was asked for and never written to takes no pages. */
function judgeTouch({ memory, coverage }: Dump): Verdict | null {
  const elsewhere = memory.heapTotalBytes;
  const room = Math.max(0, memory.rssBytes - elsewhere);
  if (coverage.arrayBuffersBytes < SMALL_BYTES * 10 || coverage.arrayBuffersBytes < room * 1.2) return null;
  return verdictOf('untouched-pages', 'high', [
    `arrayBuffers is ${formatBytes(coverage.arrayBuffersBytes)}, but only ${formatBytes(memory.rssBytes)} of the process are resident`,
    'what was never written to takes no memory',
  ]);
}

/** The collection freed most of what was live, and at least `part` of all that was ever allocated. */
function judgeCollection(last: Dump, part: number): Verdict | null {
  const { options, coverage, sites } = last;
  const freed = freedBy(last);
  const passed = sites.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  const before = coverage.arrayBuffersBytes + freed;
  if (!options.gc || freed < SMALL_BYTES || freed < before * 0.5 || freed < passed * part) return null;
  return verdictOf('collector-lag', 'high', [
    `the collection before the dump freed ${formatBytes(freed)} of ${formatBytes(before)}`,
    'V8 lets young buffers lie up to 32 MB, up to 128 MB from Node 24 on',
  ]);
}

/** What the collection before the dump freed, bytes. */
function freedBy({ coverage, sites }: Dump): number {
  return Math.max(
    coverage.collectedBytes ?? 0,
    sites.reduce((sum, { collected }) => sum + (collected?.bytes ?? 0), 0),
  );
}

function judgeBurst(dumps: Dump[]): Verdict | null {
  const last = dumps.at(-1) as Dump;
  const most = Math.max(...dumps.map(liveOf));
  if (most < SMALL_BYTES * 5 || liveOf(last) > most * 0.2) return null;
  return verdictOf('burst', dumps.length > 2 ? 'high' : 'medium', [
    `${formatBytes(most)} were live in one of ${dumps.length} dumps, ${formatBytes(liveOf(last))} are in the last`,
  ]);
}

function judgeRetention(last: Dump): Verdict | null {
  const { rssBytes, rssAtStartBytes, heapTotalBytes, externalBytes } = last.memory;
  if (rssAtStartBytes === undefined) return null;
  // What was freed this very moment has not had the time to be given back.
  const retained = rssBytes - rssAtStartBytes - Math.max(heapTotalBytes, 0) - externalBytes - freedBy(last);
  // malloc cannot keep more than was live at the highest.
  const peakBytes = last.sites.reduce((sum, site) => sum + site.peakBytes, 0);
  if (Math.min(retained, peakBytes) < USUAL_GROWTH_BYTES || liveOf(last) > retained * 0.5) return null;
  return verdictOf('allocator-retention', 'medium', [
    `${formatBytes(liveOf(last))} are live, but the process has grown by ${formatBytes(rssBytes - rssAtStartBytes)} since tracing started, to ${formatBytes(rssBytes)}`,
    'the blocks are freed; malloc keeps their pages. MALLOC_ARENA_MAX=2 or another malloc (jemalloc, mimalloc) gives them back',
  ]);
}

/** The biggest of the groups says what most of the memory is. */
function judgeHolds(groups: GroupVerdict[]): ProcessVerdict | null {
  const [biggest] = groups.filter(({ verdict }) => verdict !== 'not-enough-evidence');
  if (biggest === undefined || biggest.row.liveBytes < SMALL_BYTES) return null;
  const { verdict, confidence, evidence, row } = biggest;
  const said = verdictOf(verdict, confidence, [`${row.key}: ${formatBytes(row.liveBytes)}`, ...evidence]);
  return { ...said, group: row.key };
}

function judgePeaks(last: Dump): Verdict | null {
  const most = Math.max(0, ...last.sites.map(({ peakBytes }) => peakBytes));
  if (most < SMALL_BYTES || liveOf(last) > most * 0.2) return null;
  return verdictOf('burst', 'medium', [
    `one site had ${formatBytes(most)} live at once, all together have ${formatBytes(liveOf(last))} now`,
  ]);
}

function undecided(dumps: Dump[]): Verdict {
  const last = dumps.at(-1) as Dump;
  const evidence = [`${formatBytes(liveOf(last))} are live`];
  if (liveOf(last) < SMALL_BYTES) evidence.push('too little to judge');
  if (!last.options.gc) evidence.push('garbage was not collected before the dump; ask for it with --gc');
  if (dumps.length === 1) evidence.push('one dump only; several show whether it grows');
  return verdictOf('not-enough-evidence', 'low', evidence);
}

function liveOf({ sites }: Dump): number {
  return sites.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
}

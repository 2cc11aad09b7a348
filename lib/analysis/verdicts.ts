// Judges what one or more dumps of a process show: the process, and its biggest groups of sites.
import type { Dump, Site } from '../dump/format';
import { checkDump, checkLimit, checkOneOf, checkOptions } from './arguments';
import { GROUPINGS, type Grouping } from './group';
import { judgeProcess } from './process-verdict';
import { groupSites, type TopRow } from './top';
import { type GroupHistory, judgeGroup, type Verdict } from './verdict';

/** How to group, and how many groups to judge. */
export interface VerdictOptions {
  /** Default: `owner`. */
  by?: Grouping;
  /** Most groups to judge; default 20, Infinity for all. */
  limit?: number;
}

/** A group of sites of the last dump, and what it is judged to be. */
export interface GroupVerdict extends Verdict {
  row: TopRow;
}

/** What a process is judged to be. */
export interface ProcessVerdict extends Verdict {
  /** Key of the group that it rests on; null if it rests on the process as a whole. */
  group: string | null;
}

/** What a process and its biggest groups are judged to be. */
export interface Verdicts {
  process: ProcessVerdict;
  /** Most live bytes first. */
  groups: GroupVerdict[];
  /** How many dumps of the same process the verdicts rest on. */
  dumps: number;
  /** What a reader should know, such as dumps of other processes that were left out. */
  notes: string[];
}

/**
 * Judges dumps: one of `leak`, `collector-lag`, `bounded-cache`, `pinned`, `held-natively`, `burst`,
 * `allocator-retention`, `untouched-pages` and `not-enough-evidence`, each with its evidence.
 * @param dumps of one process, in any order; those of other processes than the latest one's are left out
 * @param options how to group, and how many groups to judge
 * @returns the verdict on the process, and one on each of its biggest groups
 * @throws TypeError, RangeError for wrong arguments
 */
export function judge(dumps: Dump | Dump[], options: VerdictOptions = {}): Verdicts {
  const all = Array.isArray(dumps) ? dumps : [dumps];
  if (all.length === 0) throw new TypeError('judge: dumps must hold at least one dump');
  for (const dump of all) checkDump('judge: dumps', dump);
  checkOptions('judge', options, ['by', 'limit']);
  const { by = 'owner', limit = 20 } = options;
  checkOneOf('judge: by', by, GROUPINGS);
  checkLimit('judge: limit', limit);
  const notes: string[] = [];
  const used = pickDumps(all, notes);
  const histories = historiesOf(used, by);
  const groups = histories.slice(0, limit).map((history) => ({ row: history.row, ...judgeGroup(history) }));
  return { process: judgeProcess(used, groups), groups, dumps: used.length, notes };
}

/** Those of the process of the latest dump, oldest first, and comparable: collected, if the latest is. */
function pickDumps(all: Dump[], notes: string[]): Dump[] {
  const sorted = [...all].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  const last = sorted.at(-1) as Dump;
  const same = sorted.filter(
    ({ process: { pid, script, uptimeSeconds } }) =>
      pid === last.process.pid &&
      script === last.process.script &&
      uptimeSeconds <= last.process.uptimeSeconds,
  );
  const others = sorted.length - same.length;
  if (others === 1) notes.push('one dump is of another process and was left out');
  if (others > 1) notes.push(`${others} dumps are of other processes and were left out`);
  const alike = same.filter(({ options }) => options.gc === last.options.gc);
  if (alike.length < same.length)
    notes.push('dumps taken without a collection cannot be compared with others and were left out');
  return alike;
}

/** How long ago those sites of a group began that have something alive; null if the dump does not say. */
function firstOf(sites: Site[]): number | null {
  const known = sites.flatMap(({ firstMs, liveBytes }) => (liveBytes > 0 ? (firstMs ?? []) : []));
  return known.length === 0 ? null : Math.max(...known);
}

function historiesOf(dumps: Dump[], by: Grouping): GroupHistory[] {
  const last = dumps.at(-1) as Dump;
  const earlier = dumps
    .slice(0, -1)
    .map((dump) => ({ dump, rows: new Map(groupSites(dump, by).map((row) => [row.key, row])) }));
  return groupSites(last, by).map((row) => {
    const sites = row.sites.flatMap((index) => last.sites[index] ?? []);
    const sum = (amount: (site: (typeof sites)[number]) => number | undefined) =>
      sites.reduce((total, site) => total + (amount(site) ?? 0), 0);
    const stateOf = ({ process: { uptimeSeconds } }: Dump, known: TopRow | undefined) => ({
      uptimeSeconds,
      liveBytes: known?.liveBytes ?? 0,
      totalBytes: known?.totalBytes ?? 0,
    });
    return {
      row,
      states: [...earlier.map(({ dump, rows }) => stateOf(dump, rows.get(row.key))), stateOf(last, row)],
      gc: last.options.gc,
      tracedMs: last.process.tracedSeconds * 1000,
      firstMs: firstOf(sites),
      collectedBytes: sum(({ collected }) => collected?.bytes),
      heldNativelyBytes: sum(({ heldNatively }) => heldNatively?.bytes),
      pinnedBytes: sum(({ pinned }) => pinned?.heldBytes),
      usedBytes: sum(({ pinned }) => pinned?.usedBytes),
    };
  });
}

// The biggest groups of sites in a dump.
import type { Dump, Owner, Site } from '../dump/format';
import { checkDump, checkLimit, checkOneOf, checkOptions } from './arguments';
import { liveBytesOf } from './coverage';
import { createKeyOf, GROUPINGS, type Grouping } from './group';
import { createCauseFinder, createInnermostFinder, type Place } from './owner';

/** How to group, and how much of it to return. */
export interface TopOptions {
  /** Default: `owner`. */
  by?: Grouping;
  /** Most rows to return; default 20, Infinity for all. */
  limit?: number;
}

/** One group of sites. */
export interface TopRow {
  /** Text that names the group, the same in every dump. */
  key: string;
  /** Owner of the member with most live bytes. */
  owner: Owner | null;
  /** Innermost frame of the stack of that member; null if no JavaScript was on it. */
  allocatedAt: Place | null;
  /** What started the asynchronous work that led to that member, user code if there is any; null if not known. */
  causedBy: Place | null;
  liveBytes: number;
  /** Of these, bytes that are estimates: allocations below the threshold, sampled. */
  sampledBytes: number;
  /** Standard error of `liveBytes`; 0 if nothing of it is sampled. */
  liveBytesError: number;
  liveCount: number;
  totalBytes: number;
  totalCount: number;
  /** Sum of the members' peaks, which need not have come at one time. */
  peakBytes: number;
  /** Part of the live bytes of all sites, estimates included, 0 to 1. */
  share: number;
  /** Age of the oldest live allocation; null if none is alive. */
  oldestMs: number | null;
  /** Median of the members' median ages, each counted as often as it has live allocations. */
  medianAgeMs: number | null;
  /** Members, as indices into the dump's sites, most live bytes first. */
  sites: number[];
}

/**
 * Groups the sites of a dump and returns the biggest groups, most live bytes first.
 * @param dump as dump() and readDump() return it
 * @param options `by`: what to group by, `owner` unless given; `limit`: most rows, 20 unless given, Infinity for all
 * @returns the groups, most live bytes first
 * @throws TypeError, RangeError for wrong options
 */
export function topSites(dump: Dump, options: TopOptions = {}): TopRow[] {
  checkDump('topSites: dump', dump);
  checkOptions('topSites', options, ['by', 'limit']);
  const { by = 'owner', limit = 20 } = options;
  checkOneOf('topSites: by', by, GROUPINGS);
  checkLimit('topSites: limit', limit);
  return groupSites(dump, by).slice(0, limit);
}

/** Groups all sites of a dump, most live bytes first. */
export function groupSites(dump: Dump, by: Grouping): TopRow[] {
  const { sites } = dump;
  const keyOf = createKeyOf(dump, by);
  const groups = new Map<string, TopRow>();
  for (const [index, site] of sites.entries()) {
    const key = keyOf(site);
    let row = groups.get(key);
    if (row === undefined) {
      row = emptyRow(key);
      groups.set(key, row);
    }
    row.liveBytes += site.liveBytes;
    if (site.sampled) row.sampledBytes += site.liveBytes;
    row.liveBytesError = Math.hypot(row.liveBytesError, site.estimate?.liveBytesError ?? 0);
    row.liveCount += site.liveCount;
    row.totalBytes += site.totalBytes;
    row.totalCount += site.totalCount;
    row.peakBytes += site.peakBytes;
    if (site.oldestMs !== null) row.oldestMs = Math.max(row.oldestMs ?? 0, site.oldestMs);
    row.sites.push(index);
  }
  const wholeBytes = liveBytesOf(dump) + (dump.coverage.belowThresholdEstimateBytes ?? 0);
  const findInnermost = createInnermostFinder(dump);
  const findCause = createCauseFinder(dump);
  for (const row of groups.values()) {
    const bytesOf = (index: number) => sites[index]?.liveBytes ?? 0;
    if (row.sites.length > 1) row.sites.sort((a, b) => bytesOf(b) - bytesOf(a) || a - b);
    const biggest = sites[row.sites[0] ?? -1];
    row.owner = biggest?.owner ?? null;
    row.allocatedAt = findInnermost(biggest?.stack ?? null);
    row.causedBy = findCause(biggest?.cause ?? null);
    row.share = wholeBytes === 0 ? 0 : row.liveBytes / wholeBytes;
    row.medianAgeMs = medianOfMedians(row.sites.flatMap((index) => sites[index] ?? []));
  }
  return [...groups.values()].sort(biggestFirst);
}

function emptyRow(key: string): TopRow {
  return {
    key,
    owner: null,
    allocatedAt: null,
    causedBy: null,
    liveBytes: 0,
    sampledBytes: 0,
    liveBytesError: 0,
    liveCount: 0,
    totalBytes: 0,
    totalCount: 0,
    peakBytes: 0,
    share: 0,
    oldestMs: null,
    medianAgeMs: null,
    sites: [],
  };
}

function biggestFirst(a: TopRow, b: TopRow): number {
  return b.liveBytes - a.liveBytes || b.totalBytes - a.totalBytes || (a.key < b.key ? -1 : 1);
}

function medianOfMedians(members: Site[]): number | null {
  if (members.length === 1) return members[0]?.medianAgeMs ?? null;
  const known = members
    .flatMap(({ medianAgeMs, liveCount }) => (medianAgeMs === null ? [] : [{ medianAgeMs, liveCount }]))
    .sort((a, b) => a.medianAgeMs - b.medianAgeMs);
  let left = known.reduce((sum, { liveCount }) => sum + liveCount, 0) / 2;
  for (const { medianAgeMs, liveCount } of known) {
    left -= liveCount;
    if (left <= 0) return medianAgeMs;
  }
  return null;
}

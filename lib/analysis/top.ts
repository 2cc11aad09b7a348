// The biggest groups of sites in a dump.
import type { Dump, Owner, Site } from '../dump/format';
import { checkDump, checkLimit, checkOneOf, checkOptions } from './arguments';
import { createKeyOf, GROUPINGS, type Grouping } from './group';
import { createOwnerFinder, innermostPlace, type OwnerFinder, type Place } from './owner';

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
  /** What started the asynchronous work that led to that member: user code, else a dependency; null if not known. */
  causedBy: Place | null;
  liveBytes: number;
  liveCount: number;
  totalBytes: number;
  totalCount: number;
  /** Sum of the members' peaks, which need not have come at one time. */
  peakBytes: number;
  /** Part of all live bytes that the dump attributes, 0 to 1. */
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
  const keyOf = createKeyOf(dump, by);
  const findCause = createOwnerFinder(dump);
  const groups = new Map<string, number[]>();
  for (const [index, site] of dump.sites.entries()) {
    const key = keyOf(site);
    const members = groups.get(key);
    if (members) members.push(index);
    else groups.set(key, [index]);
  }
  return [...groups].map(([key, members]) => makeRow(dump, key, members, findCause)).sort(biggestFirst);
}

function makeRow(dump: Dump, key: string, sites: number[], findCause: OwnerFinder): TopRow {
  const { sites: all, coverage } = dump;
  const liveBytesOf = (index: number) => all[index]?.liveBytes ?? 0;
  sites.sort((a, b) => liveBytesOf(b) - liveBytesOf(a) || a - b);
  const members = sites.flatMap((index) => all[index] ?? []);
  const sum = (field: 'liveBytes' | 'liveCount' | 'totalBytes' | 'totalCount' | 'peakBytes') =>
    members.reduce((total, site) => total + site[field], 0);
  const biggest = members[0];
  const liveBytes = sum('liveBytes');
  return {
    key,
    owner: biggest?.owner ?? null,
    allocatedAt: innermostPlace(dump, biggest?.stack ?? null),
    causedBy: withoutVia(findCause(null, biggest?.cause ?? null)),
    liveBytes,
    liveCount: sum('liveCount'),
    totalBytes: sum('totalBytes'),
    totalCount: sum('totalCount'),
    peakBytes: sum('peakBytes'),
    share: coverage.attributedBytes === 0 ? 0 : liveBytes / coverage.attributedBytes,
    oldestMs: oldest(members),
    medianAgeMs: medianOfMedians(members),
    sites,
  };
}

function biggestFirst(a: TopRow, b: TopRow): number {
  return b.liveBytes - a.liveBytes || b.totalBytes - a.totalBytes || (a.key < b.key ? -1 : 1);
}

function withoutVia(owner: Owner | null): Place | null {
  if (owner === null) return null;
  const { via, ...place } = owner;
  return place;
}

function oldest(members: Site[]): number | null {
  return members.reduce<number | null>(
    (most, { oldestMs }) => (oldestMs === null ? most : Math.max(most ?? 0, oldestMs)),
    null,
  );
}

function medianOfMedians(members: Site[]): number | null {
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

// The rows of the table: sites put together under what they are grouped by, in the order that is asked for.
import { GROUPED_BY_TEXT, type ReportTables } from '../report-data';
import { type Comparison, figuresOf } from './measure';

/** What the table can be grouped by; `site` puts nothing together. */
export const GROUPINGS = ['owner', 'site', 'cause', ...GROUPED_BY_TEXT] as const;

/** What the table is grouped by. */
export type Grouping = (typeof GROUPINGS)[number];

/** One row. */
export interface Row {
  /** What the members have in common: a frame, a text or a site, by the grouping; -1 for nothing. */
  key: number;
  /** Member with most live bytes. */
  biggest: number;
  /** How many sites it puts together. */
  sites: number;
  liveBytes: number;
  liveCount: number;
  totalBytes: number;
  totalCount: number;
  peakBytes: number;
  /** Age of the oldest; -1 if not known. */
  oldestMs: number;
  /** Median age of the member with most live bytes; -1 if not known. */
  medianAgeMs: number;
  beforeBytes: number;
  beforeCount: number;
  /** Live bytes less those before. */
  growthBytes: number;
  /** Whether some of its figures are estimates, of allocations below the threshold. */
  estimated: boolean;
}

/** What rows can be sorted by. */
export const SORT_KEYS = [
  'growthBytes',
  'liveBytes',
  'beforeBytes',
  'liveCount',
  'totalBytes',
  'totalCount',
  'peakBytes',
  'medianAgeMs',
  'oldestMs',
] as const;

/** What rows are sorted by. */
export type SortKey = (typeof SORT_KEYS)[number];

/** How rows are sorted. */
export interface Order {
  by: SortKey;
  descending: boolean;
}

/**
 * Builds the rows.
 * @param matches 1 for each site that counts; null for all
 */
export function buildRows(
  tables: ReportTables,
  by: Grouping,
  comparison: Comparison,
  matches: Uint8Array | null,
): Row[] {
  const figures = figuresOf(tables, comparison.dump);
  const before = comparison.base === null ? null : figuresOf(tables, comparison.base);
  const keys = keysOf(tables, by);
  const rows: Row[] = [];
  const rowOf = new Map<number, Row>();
  const biggestBytes = new Map<Row, number>();
  for (let site = 0; site < tables.sites.kind.length; site += 1) {
    if (matches !== null && matches[site] !== 1) continue;
    // A site that neither dump knows is one of a third.
    if ((figures.totalCount[site] ?? 0) === 0 && (before?.totalCount[site] ?? 0) === 0) continue;
    const key = keys === null ? site : (keys[site] ?? -1);
    let row = keys === null ? undefined : rowOf.get(key);
    if (row === undefined) {
      row = emptyRow(key, site);
      rows.push(row);
      if (keys !== null) rowOf.set(key, row);
    }
    const liveBytes = figures.liveBytes[site] ?? 0;
    row.sites += 1;
    if (tables.sites.sampled[site] === 1) row.estimated = true;
    row.liveBytes += liveBytes;
    row.liveCount += figures.liveCount[site] ?? 0;
    row.totalBytes += figures.totalBytes[site] ?? 0;
    row.totalCount += figures.totalCount[site] ?? 0;
    row.peakBytes += figures.peakBytes[site] ?? 0;
    row.oldestMs = Math.max(row.oldestMs, figures.oldestMs[site] ?? -1);
    row.beforeBytes += before?.liveBytes[site] ?? 0;
    row.beforeCount += before?.liveCount[site] ?? 0;
    if (row.sites === 1 || liveBytes > (biggestBytes.get(row) ?? 0)) {
      row.biggest = site;
      row.medianAgeMs = figures.medianAgeMs[site] ?? -1;
      if (keys !== null) biggestBytes.set(row, liveBytes);
    }
  }
  for (const row of rows) row.growthBytes = row.liveBytes - row.beforeBytes;
  return rows;
}

/** Sorts rows in place; equal ones by live bytes, then as they were. */
export function sortRows(rows: Row[], { by, descending }: Order): Row[] {
  const sign = descending ? -1 : 1;
  return rows.sort((a, b) => sign * (a[by] - b[by]) || b.liveBytes - a.liveBytes || a.biggest - b.biggest);
}

/** Members of a row, most live bytes first. */
export function membersOf(
  tables: ReportTables,
  by: Grouping,
  key: number,
  comparison: Comparison,
  matches: Uint8Array | null = null,
): number[] {
  const keys = keysOf(tables, by);
  const { liveBytes } = figuresOf(tables, comparison.dump);
  const members: number[] = [];
  for (let site = 0; site < tables.sites.kind.length; site += 1) {
    if ((keys === null ? site : keys[site]) === key && (matches === null || matches[site] === 1))
      members.push(site);
  }
  return members.sort((a, b) => (liveBytes[b] ?? 0) - (liveBytes[a] ?? 0) || a - b);
}

function keysOf({ sites, groups }: ReportTables, by: Grouping): number[] | null {
  if (by === 'site') return null;
  if (by === 'owner') return sites.owner;
  return by === 'cause' ? sites.causedBy : groups[by];
}

function emptyRow(key: number, site: number): Row {
  return {
    key,
    biggest: site,
    sites: 0,
    liveBytes: 0,
    liveCount: 0,
    totalBytes: 0,
    totalCount: 0,
    peakBytes: 0,
    oldestMs: -1,
    medianAgeMs: -1,
    beforeBytes: 0,
    beforeCount: 0,
    growthBytes: 0,
    estimated: false,
  };
}

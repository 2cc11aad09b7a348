// What the steps before a dump have done to the live allocations of each site: slabs charged to whom they belong, and
// garbage collected.
import type { Site } from '../dump/format';
import { kSlabColumns } from '../native';

/** The part of a row of `NativeSnapshot.sites` that this is about. */
interface SiteRow {
  liveBytes: number;
  liveCount: number;
  collected?: NonNullable<Site['collected']>;
  slabs?: NonNullable<Site['slabs']>;
}

/** What sites got of others, less what they lost to them; by the number of the site. */
type Moved = ReadonlyMap<number, { bytes: number; count: number }>;

/**
 * Notes whose slabs are.
 * @param slabs as `chargeSlabs` of the addon gives them; null if that was not asked for
 */
export function addSlabs(rows: SiteRow[], slabs: Float64Array | null): Moved {
  const moved = new Map<number, { bytes: number; count: number }>();
  const numbers = slabs ?? new Float64Array();
  for (let at = 0; at < numbers.length; at += kSlabColumns.length) {
    const [site = 0, bytes = 0, count = 0, estimatedBytes = 0, movedBytes = 0, movedCount = 0] =
      numbers.subarray(at);
    const row = rows[site];
    if (row !== undefined && bytes > 0) row.slabs = { bytes, count, estimatedBytes };
    moved.set(site, { bytes: movedBytes, count: movedCount });
  }
  return moved;
}

/**
 * Notes what the collection freed. Sites only ever grow in number, and stand in the order of their making.
 * @param before live bytes and counts of the sites before it, as `liveOfSites` of the addon gives them; null without one
 * @param moved what has changed hands since
 */
export function addCollected(rows: SiteRow[], before: Float64Array | null, moved: Moved): void {
  if (before === null) return;
  for (const [index, row] of rows.entries()) {
    const since = moved.get(index) ?? { bytes: 0, count: 0 };
    row.collected = {
      bytes: Math.max(0, (before[index * 2] ?? 0) + since.bytes - row.liveBytes),
      count: Math.max(0, (before[index * 2 + 1] ?? 0) + since.count - row.liveCount),
    };
  }
}

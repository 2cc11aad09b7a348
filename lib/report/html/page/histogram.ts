// Sizes and ages of live buffers as bars. Where a dump has the ages of single allocations they are used; else a site's
// median age stands for all of its buffers. Sizes are means of a site's buffers, which is said beside them.
import { formatBytes, formatDuration } from '../../text/figures';
import type { ReportTables } from '../report-data';
import { figuresOf } from './measure';

/** One bar. */
export interface Bar {
  /** From and to, in words. */
  label: string;
  bytes: number;
  count: number;
}

/** Sizes are shown from 64 B on, in steps of four. */
const SMALLEST_BYTES = 64;
const SIZE_STEP = 4;
/** Limits of age in seconds that a person thinks in. */
const AGE_LIMITS_SECONDS = [0.1, 1, 10, 60, 600, 3600, 6 * 3600, 86_400];

/** Bars for mean sizes of buffers, smallest first, without empty ends. */
export function sizeBars(
  tables: ReportTables,
  dump: number,
  sites: Iterable<number> = allSites(tables),
): Bar[] {
  const { liveBytes, liveCount } = figuresOf(tables, dump);
  const bars: Bar[] = [];
  const limits: number[] = [SMALLEST_BYTES];
  while ((limits.at(-1) ?? 0) < 2 ** 40) limits.push((limits.at(-1) ?? 1) * SIZE_STEP);
  for (const site of sites) {
    const [bytes, count] = [liveBytes[site] ?? 0, liveCount[site] ?? 0];
    if (count > 0) addTo(bars, bucketOf(limits, bytes / count), bytes, count);
  }
  return label(bars, limits, formatBytes);
}

/**
 * Bars for ages, youngest first, without empty ends. A dump has counts only: bytes are those of a site's mean buffer.
 */
export function ageBars(
  tables: ReportTables,
  dump: number,
  sites: Iterable<number> = allSites(tables),
): Bar[] {
  const { liveBytes, liveCount, medianAgeMs, ages } = figuresOf(tables, dump);
  const bars: Bar[] = [];
  if (ages.length === 0) {
    for (const site of sites) {
      const [bytes, count, age] = [liveBytes[site] ?? 0, liveCount[site] ?? 0, medianAgeMs[site] ?? -1];
      if (count > 0 && age >= 0) addTo(bars, bucketOf(AGE_LIMITS_SECONDS, age / 1000), bytes, count);
    }
    return label(bars, AGE_LIMITS_SECONDS, formatDuration);
  }
  const chosen = new Set(sites);
  for (const { site, counts } of ages) {
    if (!chosen.has(site)) continue;
    const mean = (liveBytes[site] ?? 0) / Math.max(1, liveCount[site] ?? 0);
    // Two doublings of the dump are one bar: half as many are easier to read.
    for (const [bucket, count] of counts.entries()) addTo(bars, Math.ceil(bucket / 2), count * mean, count);
  }
  const limits = bars.map((_, bar) => 4 ** bar / 1000);
  return label(bars, limits, formatDuration);
}

/** Whether a dump has the ages of single buffers. */
export function hasAges(tables: ReportTables, dump: number): boolean {
  return figuresOf(tables, dump).ages.length > 0;
}

function allSites({ sites }: ReportTables): Iterable<number> {
  return sites.kind.keys();
}

/** Number of limits that a value has reached. */
function bucketOf(limits: readonly number[], value: number): number {
  const above = limits.findIndex((limit) => value < limit);
  return above < 0 ? limits.length : above;
}

function addTo(bars: Bar[], bucket: number, bytes: number, count: number): void {
  while (bars.length <= bucket) bars.push({ label: '', bytes: 0, count: 0 });
  const bar = bars[bucket];
  if (!bar) return;
  bar.bytes += bytes;
  bar.count += count;
}

function label(bars: Bar[], limits: readonly number[], write: (value: number) => string): Bar[] {
  const first = bars.findIndex(({ count }) => count > 0);
  const last = bars.findLastIndex(({ count }) => count > 0);
  const named = bars.map((bar, index) => {
    const [from, to] = [limits[index - 1], limits[index]];
    const words =
      from === undefined
        ? `under ${write(to ?? 0)}`
        : to === undefined
          ? `${write(from)} and more`
          : `${write(from)} – ${write(to)}`;
    return { ...bar, label: words };
  });
  return first < 0 ? [] : named.slice(first, last + 1);
}

// The course of the biggest owners over all dumps, and how fast each grows.
import type { ReportTables } from '../report-data';

/** One line of the timeline. */
export interface Series {
  /** Frame of the owner; null for the sum of all others. */
  owner: number | null;
  /** Live bytes in each dump. */
  bytes: number[];
  /** Slope of the line that fits best; null if the dumps do not tell how fast. */
  mbPerHour: number | null;
}

/**
 * Follows the owners that hold most, or have grown most, and sums up the rest.
 * @param most how many owners get a line of their own
 */
export function followOwners(tables: ReportTables, most: number): Series[] {
  const { figures, sites, seconds, sameProcess } = tables;
  const byOwner = new Map<number, number[]>();
  for (const [dump, { liveBytes }] of figures.entries()) {
    for (let site = 0; site < liveBytes.length; site += 1) {
      const bytes = liveBytes[site] ?? 0;
      if (bytes === 0) continue;
      const owner = sites.owner[site] ?? -1;
      let line = byOwner.get(owner);
      if (line === undefined) {
        line = new Array<number>(figures.length).fill(0);
        byOwner.set(owner, line);
      }
      line[dump] = (line[dump] ?? 0) + bytes;
    }
  }
  const importance = (bytes: number[]) => Math.max(bytes.at(-1) ?? 0, (bytes.at(-1) ?? 0) - (bytes[0] ?? 0));
  const ranked = [...byOwner].sort(([, a], [, b]) => importance(b) - importance(a));
  const rest = ranked.slice(most).map(([, bytes]) => bytes);
  const slope = (bytes: number[]) => (sameProcess ? slopeOf(seconds, bytes) : null);
  const lines = ranked
    .slice(0, most)
    .map(([owner, bytes]): Series => ({ owner, bytes, mbPerHour: slope(bytes) }));
  if (rest.length > 0) {
    const bytes = figures.map((_, dump) => rest.reduce((sum, line) => sum + (line[dump] ?? 0), 0));
    lines.push({ owner: null, bytes, mbPerHour: slope(bytes) });
  }
  return lines;
}

/**
 * Slope of the straight line that fits best, by least squares, in MB per hour.
 * @param seconds when each value was taken
 * @returns null for fewer than two moments
 */
export function slopeOf(seconds: readonly number[], bytes: readonly number[]): number | null {
  const count = seconds.length;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / count;
  const [meanSeconds, meanBytes] = [mean(seconds), mean(bytes)];
  let [together, alone] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    const distance = (seconds[index] ?? 0) - meanSeconds;
    together += distance * ((bytes[index] ?? 0) - meanBytes);
    alone += distance * distance;
  }
  return alone === 0 ? null : (together / alone) * (3600 / 1e6);
}

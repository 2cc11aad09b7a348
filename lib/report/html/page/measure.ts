// What a person can ask the page to measure, and of which dump. With a second dump to compare with, changes too.
import type { Figures, ReportTables } from '../report-data';

/** What is measured. */
export const MEASURES = ['liveBytes', 'totalBytes', 'peakBytes', 'liveCount', 'totalCount'] as const;

/** What is measured. */
export type Measure = (typeof MEASURES)[number];

/** Measures in words. */
export const MEASURE_WORDS: Record<Measure, string> = {
  liveBytes: 'live bytes',
  totalBytes: 'total bytes',
  peakBytes: 'peak bytes',
  liveCount: 'live count',
  totalCount: 'total count',
};

/** Which dump is looked at, and which one it is compared with, as indices; null for none. */
export interface Comparison {
  dump: number;
  base: number | null;
}

/** Whether a measure is in bytes; a count otherwise. */
export function isBytes(measure: Measure): boolean {
  return measure.endsWith('Bytes');
}

/** Figures of one dump. */
export function figuresOf({ figures }: ReportTables, dump: number): Figures {
  const found = figures[dump];
  if (!found) throw new RangeError(`no dump ${dump}`);
  return found;
}

/** What grew from one dump to the other, site by site. */
export function changesOf(tables: ReportTables, { dump, base }: Comparison, measure: Measure): Float64Array {
  const after = figuresOf(tables, dump)[measure];
  const before = base === null ? null : figuresOf(tables, base)[measure];
  return Float64Array.from(after, (value, site) => value - (before?.[site] ?? 0));
}

/** MB per hour that so many bytes are between two dumps; null if the dumps do not tell how fast. */
export function rateOf(tables: ReportTables, { dump, base }: Comparison, bytes: number): number | null {
  if (base === null || !tables.sameProcess) return null;
  const elapsedSeconds = (tables.seconds[dump] ?? 0) - (tables.seconds[base] ?? 0);
  return elapsedSeconds > 0 ? (bytes / elapsedSeconds) * (3600 / 1e6) : null;
}

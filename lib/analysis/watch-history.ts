// What `abtrace watch` remembers: samples of the biggest groups over time, from which rates and trends come. Pure; it
// forgets the oldest, so that it may run for weeks.
import type { Dump } from '../dump/format';
import type { Grouping } from './group';
import { groupSites, type TopRow } from './top';

/** One moment of a program: what a dump says, cut down to what is shown. Plain JSON. */
export interface WatchSample {
  /** ms since 1970. */
  atMs: number;
  process: Pick<
    Dump['process'],
    'pid' | 'node' | 'script' | 'title' | 'cwd' | 'uptimeSeconds' | 'tracedSeconds'
  >;
  memory: Pick<Dump['memory'], 'rssBytes' | 'heapUsedBytes' | 'externalBytes' | 'arrayBuffersBytes'>;
  attributedBytes: number;
  /** The biggest groups, most live bytes first. */
  rows: WatchedRow[];
}

export type WatchedRow = Omit<TopRow, 'sites'>;

/** A group as it stands now, and how it came there. */
export interface WatchRow extends WatchedRow {
  /** Over the samples remembered; null with only one. */
  bytesPerSecond: number | null;
  /** Live bytes in the samples remembered, oldest first; 0 where the group was not among the biggest. */
  trend: number[];
}

/** What rows can be sorted by, descending; names ascending. */
export const WATCH_SORTS = ['live', 'growth', 'count', 'total', 'name'] as const;

export type WatchSort = (typeof WATCH_SORTS)[number];

const MOST_SAMPLES = 60;
const MOST_ROWS = 200;

/** Cuts a dump down to a sample. */
export function sampleOf(dump: Dump, by: Grouping): WatchSample {
  const { pid, node, script, title, cwd, uptimeSeconds, tracedSeconds } = dump.process;
  const { rssBytes, heapUsedBytes, externalBytes } = dump.memory;
  // Of all threads, as the rows are.
  const { arrayBuffersBytes, attributedBytes } = dump.coverage;
  return {
    atMs: Date.parse(dump.createdAt),
    process: { pid, node, script, title, cwd, uptimeSeconds, tracedSeconds },
    memory: { rssBytes, heapUsedBytes, externalBytes, arrayBuffersBytes },
    attributedBytes,
    rows: groupSites(dump, by)
      .slice(0, MOST_ROWS)
      .map(({ sites: _, ...row }) => row),
  };
}

/** The samples of one program. */
export class WatchHistory {
  private samples: WatchSample[] = [];

  get latest(): WatchSample | undefined {
    return this.samples.at(-1);
  }

  get count(): number {
    return this.samples.length;
  }

  /** Over how many seconds rates are. */
  get spanSeconds(): number {
    const [first] = this.samples;
    return ((this.latest?.atMs ?? 0) - (first?.atMs ?? 0)) / 1000;
  }

  /** Adds a sample; one of another process begins a new history, one that is not newer than the last is passed over. */
  add(sample: WatchSample): void {
    const { latest } = this;
    if (latest !== undefined && latest.process.pid !== sample.process.pid) this.samples = [];
    else if (latest !== undefined && latest.atMs >= sample.atMs) return;
    this.samples.push(sample);
    if (this.samples.length > MOST_SAMPLES) this.samples.shift();
  }

  /** How fast the bytes of all ArrayBuffers change; null with only one sample. */
  get bytesPerSecond(): number | null {
    return this.rate(this.samples.map(({ memory }) => memory.arrayBuffersBytes));
  }

  /** The groups of the latest sample. */
  rows(sort: WatchSort): WatchRow[] {
    const past = this.samples.map(({ rows }) => new Map(rows.map(({ key, liveBytes }) => [key, liveBytes])));
    const rows = (this.latest?.rows ?? []).map((row) => {
      const trend = past.map((live) => live.get(row.key) ?? 0);
      return { ...row, trend, bytesPerSecond: this.rate(trend) };
    });
    return rows.sort(ORDERS[sort]);
  }

  private rate(values: number[]): number | null {
    const { spanSeconds } = this;
    return spanSeconds > 0 ? ((values.at(-1) ?? 0) - (values[0] ?? 0)) / spanSeconds : null;
  }
}

const byLive = (a: WatchRow, b: WatchRow) => b.liveBytes - a.liveBytes || (a.key < b.key ? -1 : 1);

const ORDERS: Record<WatchSort, (a: WatchRow, b: WatchRow) => number> = {
  live: byLive,
  growth: (a, b) => (b.bytesPerSecond ?? 0) - (a.bytesPerSecond ?? 0) || byLive(a, b),
  count: (a, b) => b.liveCount - a.liveCount || byLive(a, b),
  total: (a, b) => b.totalBytes - a.totalBytes || byLive(a, b),
  name: (a, b) => (a.owner?.file ?? '').localeCompare(b.owner?.file ?? '') || (a.key < b.key ? -1 : 1),
};

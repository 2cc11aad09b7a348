// What the metrics of all kinds are made of: one reading of the tracer, shared by everybody who asks within an
// interval, so that a scrape rarely costs a dump. It knows nothing of any metrics system.
import { dump as takeDump } from '../capture/dump';
import { isTracing } from '../capture/tracing';
import type { Dump } from '../dump/format';

/** The live memory of one line of code. */
export interface OwnerReading {
  /** Name of the function; `(anonymous)`, `(no owner)`, or `(other)` for all owners below the top ones. */
  function: string;
  /** As the file of a frame; empty for `(no owner)` and `(other)`. */
  file: string;
  /** 1-based; 0 if unknown. */
  line: number;
  /** The npm package that the file belongs to; empty if not known. */
  package: string;
  liveBytes: number;
  liveCount: number;
}

/** What the tracer knew at one moment. */
export interface Reading {
  /** When, in ms since 1970. */
  takenAtMs: number;
  /** How long taking it kept the thread busy. */
  tookMs: number;
  /** `arrayBuffers` of all traced threads. */
  arrayBuffersBytes: number;
  /** What adds up to that, by category: `attributed`, `below_threshold`, `before_start`, `tracer`, `remainder`. */
  coverageBytes: ReadonlyMap<string, number>;
  /** Allocations that were not recorded fully, by reason. */
  drops: ReadonlyMap<string, number>;
  /** Most live bytes first, `(other)` last if there is one. */
  owners: readonly OwnerReading[];
}

/** How often to read, and how much of it to show. */
export interface ReadingOptions {
  /** Owners shown one by one, 1 to 1,000; the others are summed as `(other)`. Default 20. */
  topOwners?: number;
  /** A reading is used again until it is this old. Default 10,000. */
  minIntervalMs?: number;
}

/** However often it is asked for, taking readings costs at most this part of the thread's time. */
const MOST_OF_TIME = 0.01;
const MOST_OWNERS = 1_000;
/** Longer names become labels cut: metrics systems bound what they take. */
const MOST_CHARACTERS = 500;
const DAY_MS = 86_400_000;

let latest: Reading | undefined;

/**
 * Checks the options of a reading and fills in the defaults.
 * @param where name of the function, for messages
 * @throws TypeError, RangeError naming option, rule and value
 */
export function resolveReadingOptions(where: string, options: ReadingOptions): Required<ReadingOptions> {
  const { topOwners = 20, minIntervalMs = 10_000 } = options;
  checkWhole(`${where}: topOwners`, topOwners, 1, MOST_OWNERS);
  checkWhole(`${where}: minIntervalMs`, minIntervalMs, 0, DAY_MS);
  return { topOwners, minIntervalMs };
}

/**
 * Checks a whole number.
 * @throws TypeError if it is no number, RangeError if it is another one
 */
export function checkWhole(what: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${typeof value}`);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${what} must be a whole number from ${least} to ${most}, got ${value}`);
}

/**
 * The memory of this process by owner.
 * @param options how old it may be, and how many owners it shows
 * @returns null if the process is not being traced
 */
export function read({ topOwners, minIntervalMs }: Required<ReadingOptions>): Reading | null {
  if (!isTracing()) {
    latest = undefined;
    return null;
  }
  const nowMs = Date.now();
  const enough = latest && Math.max(minIntervalMs, latest.tookMs / MOST_OF_TIME);
  // A clock that was set back makes a reading look as if it came from the future.
  if (!latest || enough === undefined || Math.abs(nowMs - latest.takenAtMs) >= enough) {
    const startMs = performance.now();
    const summary = summarize(takeDump());
    latest = { takenAtMs: nowMs, tookMs: performance.now() - startMs, ...summary };
  }
  return { ...latest, owners: limitOwners(latest.owners, topOwners) };
}

/** Adds up the live memory of a dump by owner; at most 1,000 are kept apart. */
export function summarize(
  dump: Dump,
): Pick<Reading, 'arrayBuffersBytes' | 'coverageBytes' | 'drops' | 'owners'> {
  const owners = new Map<string, OwnerReading>();
  for (const site of dump.sites) {
    if (site.liveBytes === 0) continue;
    const { owner } = site;
    // Columns are left out, and long names cut: what has the same labels then must be one row.
    const labels = {
      function: cut(owner ? owner.function || '(anonymous)' : '(no owner)'),
      file: cut(owner?.file ?? ''),
      line: owner?.line ?? 0,
      package: cut(owner?.package ?? ''),
    };
    const key = JSON.stringify(labels);
    const row = owners.get(key) ?? { ...labels, liveBytes: 0, liveCount: 0 };
    row.liveBytes += site.liveBytes;
    row.liveCount += site.liveCount;
    owners.set(key, row);
  }
  const sorted = [...owners.values()].sort((a, b) => b.liveBytes - a.liveBytes);
  return {
    arrayBuffersBytes: dump.coverage.arrayBuffersBytes,
    coverageBytes: new Map([
      ['attributed', dump.coverage.attributedBytes],
      ['below_threshold', dump.coverage.belowThresholdBytes],
      ['before_start', dump.coverage.beforeStartBytes],
      ['tracer', dump.coverage.tracerBytes],
      ['remainder', dump.coverage.remainderBytes],
    ]),
    drops: new Map(dump.drops.map(({ reason, count }) => [reason, count])),
    owners: limitOwners(sorted, MOST_OWNERS),
  };
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

function limitOwners(owners: readonly OwnerReading[], most: number): readonly OwnerReading[] {
  const isOther = (row: OwnerReading) => row.function === '(other)' && row.file === '';
  const shown = owners.filter((row) => !isOther(row)).slice(0, most);
  const rest = owners.filter((row) => !shown.includes(row));
  if (rest.length === 0) return owners;
  const sum = (of: 'liveBytes' | 'liveCount') => rest.reduce((total, row) => total + row[of], 0);
  return [
    ...shown,
    {
      function: '(other)',
      file: '',
      line: 0,
      package: '',
      liveBytes: sum('liveBytes'),
      liveCount: sum('liveCount'),
    },
  ];
}

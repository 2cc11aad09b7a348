// The assertion for tests: a piece of work, done again and again, must not hold on to more and more memory.
import { AssertionError } from 'node:assert';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isInArrayBuffers } from '../analysis/coverage';
import { type DiffRow, diff } from '../analysis/diff';
import type { Place } from '../analysis/owner';
import { holderText } from '../analysis/retainers';
import { groupSites } from '../analysis/top';
import type { Dump, Owner } from '../dump/format';
import { dump } from './dump';
import { show } from './options';
import { isTracing, start, stop } from './tracing';

/** How much may grow, and how often to try. */
export interface NoGrowthOptions {
  /** How many bytes more may be live after all runs than before them. Default 100,000: pools of Node's own come and go. */
  maxBytes?: number;
  /** How often the work is done and measured, after it has been done twice to warm up. Default 10. */
  runs?: number;
}

/** What grew, by the line that owns it. */
export interface Growth {
  owner: Owner | null;
  /** What started the asynchronous work that led there, if that is not the owner itself. */
  causedBy: Place | null;
  /** What holds most of it, as in `sessions Map → entry → Uint8Array`; null if nothing was found. */
  heldBy: string | null;
  bytes: number;
  count: number;
}

/** Thrown by `assertNoGrowth`; test runners show it as a failed assertion. */
export class GrowthError extends AssertionError {
  /** Bytes that are live now and were not before. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly runs: number;
  /** Most bytes first. */
  readonly growth: Growth[];

  constructor(bytes: number, maxBytes: number, runs: number, growth: Growth[]) {
    super({
      message: describe(bytes, maxBytes, runs, growth),
      actual: bytes,
      expected: maxBytes,
      operator: 'assertNoGrowth',
      stackStartFn: assertNoGrowth,
    });
    this.bytes = bytes;
    this.maxBytes = maxBytes;
    this.runs = runs;
    this.growth = growth;
  }
}

const DEFAULT_MAX_BYTES = 100_000;
const DEFAULT_RUNS = 10;
/** The first runs fill caches and pools, and load what is loaded late. */
const WARM_UP_RUNS = 2;
/** Buffers may be let go of a little after the work is done: sockets that close, messages that arrive. */
const MOST_LOOKS = 5;
const MOST_ROWS = 5;

let underWay = 0;
let startedHere = false;

/**
 * Does a piece of work twice to warm up and then `runs` times, collects garbage before and after that, and fails if
 * more memory outside of the heap is live afterwards than before. Before it fails it finds out what holds the memory, which
 * takes about a second per million objects on the heap. Traces the process meanwhile, unless it is traced
 * already.
 * @param fn the work; if it returns a promise, that is waited for before the next run
 * @param options how much may grow, and how often to do it
 * @returns nothing, once the work has been found not to grow
 * @throws GrowthError, an AssertionError, naming the lines that own what grew; what `fn` throws; TypeError, RangeError
 *   for wrong arguments
 */
export async function assertNoGrowth(fn: () => unknown, options?: NoGrowthOptions): Promise<void> {
  if (typeof fn !== 'function')
    throw new TypeError(`assertNoGrowth needs a function to run, got ${show(fn)}`);
  const { maxBytes, runs } = checkOptions(options);
  enter();
  try {
    await repeat(fn, WARM_UP_RUNS);
    await nextTurn();
    const before = dump({ gc: true });
    await repeat(fn, runs);
    let grown = 0;
    let after = before;
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      await nextTurn();
      after = dump({ gc: true });
      grown = liveOf(after) - liveOf(before);
      if (grown <= maxBytes) return;
    }
    const held = dump({ gc: true, retainers: true });
    throw new GrowthError(grown, maxBytes, runs, growthBetween(before, after, held));
  } finally {
    leave();
  }
}

function enter(): void {
  underWay += 1;
  if (isTracing()) return;
  start({ thresholdBytes: 0 });
  startedHere = true;
}

function leave(): void {
  underWay -= 1;
  if (underWay > 0 || !startedHere) return;
  startedHere = false;
  stop();
}

async function repeat(fn: () => unknown, times: number): Promise<void> {
  for (let run = 0; run < times; run += 1) await fn();
}

/** What Node counts but for abtrace's own, and what it does not count. */
function liveOf({ coverage, sites }: Dump): number {
  const others = sites.filter((site) => !isInArrayBuffers(site) && !site.sampled);
  const otherBytes = others.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
  return coverage.arrayBuffersBytes - coverage.tracerBytes + otherBytes;
}

/** @param held the state after all runs once more, with what holds the memory */
function growthBetween(before: Dump, after: Dump, held: Dump): Growth[] {
  const groups = new Map(groupSites(held, 'owner').map((row) => [row.key, row]));
  return diff(before, after)
    .rows.filter(({ liveBytes }) => liveBytes.delta > 0)
    .map(({ key, owner, causedBy, liveBytes, liveCount }: DiffRow) => ({
      owner,
      causedBy: owner?.via === 'cause' ? null : causedBy,
      heldBy: holderText(held, groups.get(key)?.sites ?? []),
      bytes: liveBytes.delta,
      count: liveCount.delta,
    }));
}

function describe(bytes: number, maxBytes: number, runs: number, growth: Growth[]): string {
  const lines = [
    `live memory outside of the heap grew by ${count(bytes)} B over ${runs} runs, more than ${count(maxBytes)} B`,
    ...growth.slice(0, MOST_ROWS).map(describeRow),
  ];
  if (growth.length > MOST_ROWS) lines.push(`  and ${growth.length - MOST_ROWS} more owners`);
  return lines.join('\n');
}

function describeRow({ owner, causedBy, heldBy, bytes, count: buffers }: Growth): string {
  const by = owner === null ? 'no owner is known' : placeText(owner);
  const via = owner === null ? '' : ` (via ${owner.via})`;
  const cause = causedBy === null ? '' : `\n      caused by ${placeText(causedBy)}`;
  return `  ${count(bytes)} B in ${count(buffers)} buffers: ${by}${via}${cause}${heldBy === null ? '' : `\n      held by ${heldBy}`}`;
}

function placeText({ function: name, file, line, column }: Place): string {
  return `${name || '(anonymous)'} ${file || '(unnamed)'}:${line}:${column}`;
}

function count(amount: number): string {
  return amount.toLocaleString('en-US');
}

function checkOptions(options: unknown): Required<NoGrowthOptions> {
  if (options === undefined) return { maxBytes: DEFAULT_MAX_BYTES, runs: DEFAULT_RUNS };
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`options must be an object, got ${show(options)}`);
  for (const name of Object.keys(options)) {
    if (name !== 'maxBytes' && name !== 'runs')
      throw new TypeError(`unknown option ${JSON.stringify(name)}; the options are maxBytes, runs`);
  }
  const { maxBytes = DEFAULT_MAX_BYTES, runs = DEFAULT_RUNS } = options as Record<string, unknown>;
  return { maxBytes: atLeast('maxBytes', maxBytes, 0), runs: atLeast('runs', runs, 1) };
}

function atLeast(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${show(value)}`);
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number, ${least} or more, got ${value}`);
  return value;
}

// Reads conditions on memory such as `arrayBuffers>2GB`, and decides whether they hold. Knows neither where the figures
// come from nor what happens then.
//
//   arrayBuffers > 2GB          a watermark; `>=` means the same
//   heapUsed > 90%              of the heap's limit; of any other figure, the container's limit or the machine's memory
//   arrayBuffers + 100MB / min  growth: so much more than at the beginning of the last minute
import { parseDuration, parseSize } from '../cli/quantities';
import { nearest } from '../cli/suggest';
import { UsageError } from '../errors';

/** The figures that conditions can be about, as `process.memoryUsage()` has them; `container` is its working set. */
export const METRICS = ['arrayBuffers', 'external', 'rss', 'heapUsed', 'heapTotal', 'container'] as const;

export type Metric = (typeof METRICS)[number];

/** What a condition looks at, all in bytes; null where there is no such thing. */
export type Figures = Record<Metric, number | null> & {
  heapLimit: number;
  /** The container's limit, or else the machine's memory. */
  memoryLimit: number;
};

/** A condition as it was given, taken apart. */
export type Condition =
  | { text: string; metric: Metric; kind: 'above'; bytes: number }
  | { text: string; metric: Metric; kind: 'share'; share: number }
  | { text: string; metric: Metric; kind: 'growth'; bytes: number; overMs: number };

const EXAMPLES = 'arrayBuffers>2GB, heapUsed>90% or arrayBuffers+100MB/min';
/** A condition that held has to be left by this part of itself before it can hold anew: figures swing around a line. */
const LEEWAY = 0.05;
/** Growth is followed in so many steps, however long the time is. */
const STEPS = 120;

/**
 * Reads conditions that are separated by commas, or as the paths in PATH are.
 *
 * @param name the setting, for messages
 * @throws UsageError naming the setting, the part that is wrong, and the rule
 */
export function parseConditions(text: string, name: string): Condition[] {
  const parts = text.split(/[,:;]/).map((part) => part.trim());
  if (parts.every((part) => part === ''))
    throw new UsageError(`${name} must be conditions such as ${EXAMPLES}`);
  return parts.filter((part) => part !== '').map((part) => parseCondition(part, name));
}

function parseCondition(text: string, name: string): Condition {
  const match = /^([a-z_]+)\s*(>=?|\+)\s*([^\s/]+)\s*(?:\/\s*(.+))?$/i.exec(text);
  if (match === null) {
    throw new UsageError(`${name} must be a condition such as ${EXAMPLES}, got ${JSON.stringify(text)}`);
  }
  const [, word = '', sign = '', amount = '', per] = match;
  const metric = parseMetric(word, text, name);
  const where = `the amount in ${name} ${JSON.stringify(text)}`;
  if (sign === '+') {
    if (per === undefined) {
      throw new UsageError(`${name} ${JSON.stringify(text)} needs a time, such as ${metric}+${amount}/min`);
    }
    return {
      text,
      metric,
      kind: 'growth',
      bytes: parsePositive(amount, where),
      overMs: parseTime(per, text, name),
    };
  }
  if (per !== undefined) {
    throw new UsageError(
      `${name} ${JSON.stringify(text)} has a time, which belongs to growth: ${metric}+${amount}/${per}`,
    );
  }
  if (!amount.endsWith('%')) return { text, metric, kind: 'above', bytes: parsePositive(amount, where) };
  const share = Number(amount.slice(0, -1)) / 100;
  if (!(/^[\d.]+%$/.test(amount) && share > 0 && share <= 1)) {
    throw new UsageError(`${where} must be a share above 0% and up to 100%, got ${JSON.stringify(amount)}`);
  }
  return { text, metric, kind: 'share', share };
}

function parseMetric(word: string, text: string, name: string): Metric {
  const found = METRICS.find((metric) => metric.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  const meant = nearest(word, METRICS);
  throw new UsageError(
    `${name} ${JSON.stringify(text)} has an unknown figure ${JSON.stringify(word)}` +
      (meant === null ? `; the figures are ${METRICS.join(', ')}` : `: did you mean ${meant}?`),
  );
}

function parsePositive(amount: string, where: string): number {
  const bytes = parseSize(amount, where);
  if (bytes === 0) throw new UsageError(`${where} must be more than 0`);
  return bytes;
}

/** `min` is one minute, `5min` are five. */
function parseTime(per: string, text: string, name: string): number {
  const duration = /^\d/.test(per) ? per : `1${per}`;
  const short = duration.replace(/(?<=\d)\s*(?:sec|second)s?$/i, 's').replace(/(?<=\d)\s*(?:hour)s?$/i, 'h');
  return parseDuration(short, `the time in ${name} ${JSON.stringify(text)}`);
}

/** Follows one condition over time. */
export class ConditionWatch {
  private held = false;
  /** For growth: the figure at times up to `overMs` ago, oldest first. */
  private past: { atMs: number; bytes: number }[] = [];

  constructor(readonly condition: Condition) {}

  /**
   * Whether the condition has come to hold with these figures, and did not with the ones before.
   *
   * @param nowMs a time that only ever grows
   */
  takes(figures: Figures, nowMs: number): boolean {
    const bytes = figures[this.condition.metric];
    const line = this.line(figures);
    if (bytes === null || line === null) return false;
    const amount = this.condition.kind === 'growth' ? bytes - this.before(bytes, nowMs) : bytes;
    if (amount >= line) {
      const isNew = !this.held;
      this.held = true;
      return isNew;
    }
    if (amount < line * (1 - LEEWAY)) this.held = false;
    return false;
  }

  /** The condition did not hold so far: what came of that it does was too soon after the last time. */
  forget(): void {
    this.held = false;
  }

  /** What the figure, or its growth, is compared with, in bytes. */
  private line(figures: Figures): number | null {
    const { condition } = this;
    if (condition.kind !== 'share') return condition.bytes;
    const isHeap = condition.metric === 'heapUsed' || condition.metric === 'heapTotal';
    return condition.share * (isHeap ? figures.heapLimit : figures.memoryLimit);
  }

  /** The figure when the time that growth is measured over began, or when it was first seen. */
  private before(bytes: number, nowMs: number): number {
    const { condition, past } = this;
    if (condition.kind !== 'growth') return bytes;
    const last = past.at(-1);
    if (last === undefined || nowMs - last.atMs >= condition.overMs / STEPS)
      past.push({ atMs: nowMs, bytes });
    while ((past[1]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs - condition.overMs) past.shift();
    return past[0]?.bytes ?? bytes;
  }
}

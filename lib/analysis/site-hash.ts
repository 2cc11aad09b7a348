// Names a site by a short hash of what makes it up, so that the same site is found again in another dump, where all
// indices differ. Two sites in 100,000 share a hash with a probability of 3 in 10,000,000,000.
import type { Dump, Site } from '../dump/format';

/** Two multipliers, each odd and with bits all over: the two halves of a hash must not follow from each other. */
const HIGH = 0x9e3779b1;
const LOW = 0x85ebca77;

/**
 * Makes a function that hashes stack, cause, label and kind of sites of one dump.
 * @returns 16 hexadecimal digits
 */
export function createSiteHasher({ strings, frames, stacks }: Dump): (site: Site) => string {
  const texts = new HashList();
  for (const text of strings) texts.addText(text);
  const places = new HashList();
  for (const { function: name, file, line, column } of frames) {
    places.begin(4);
    places.mixIn(texts, name);
    places.mixIn(texts, file);
    places.mix(line, ~line);
    places.mix(column, ~column);
    places.end();
  }
  const lists = new HashList();
  for (const stack of stacks) {
    lists.begin(stack.length);
    for (const frame of stack) lists.mixIn(places, frame);
    lists.end();
  }
  const rest = new Map<string, number>();
  const restTexts = new HashList();
  const sites = new HashList();
  return ({ stack, cause, label, kind }) => {
    const labels = label === null ? [] : Object.entries(label).sort(([a], [b]) => (a < b ? -1 : 1));
    const text = JSON.stringify([kind, ...labels]);
    const known = rest.get(text) ?? restTexts.addText(text);
    rest.set(text, known);
    sites.begin(3);
    sites.mixIn(lists, stack);
    sites.mixIn(lists, cause);
    sites.mixIn(restTexts, known);
    return sites.hexOf(sites.end());
  };
}

/** A list of hashes of 64 bits, each begun, mixed and ended in turn. */
class HashList {
  private readonly high: number[] = [];
  private readonly low: number[] = [];
  private currentHigh = 0;
  private currentLow = 0;

  begin(length: number): void {
    this.currentHigh = length;
    this.currentLow = ~length;
  }

  mix(high: number, low: number): void {
    this.currentHigh = scramble(Math.imul(this.currentHigh, 31) ^ high, HIGH);
    this.currentLow = scramble(Math.imul(this.currentLow, 37) ^ low, LOW);
  }

  /** Mixes in a hash of another list; null is another hash than any. */
  mixIn(other: HashList, index: number | null): void {
    this.mix(other.high[index ?? -1] ?? 1, other.low[index ?? -1] ?? 2);
  }

  /** Ends the hash and returns its index. */
  end(): number {
    this.low.push(this.currentLow);
    return this.high.push(this.currentHigh) - 1;
  }

  addText(text: string): number {
    this.begin(text.length);
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      this.mix(unit, unit);
    }
    return this.end();
  }

  hexOf(index: number): string {
    return hexOfHalf(this.high[index] ?? 0) + hexOfHalf(this.low[index] ?? 0);
  }
}

function hexOfHalf(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}

function scramble(value: number, multiplier: number): number {
  const once = Math.imul(value ^ (value >>> 16), multiplier);
  return once ^ (once >>> 13);
}

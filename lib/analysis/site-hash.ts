// Names a site by a short hash of what makes it up, so that the same site is found again in another dump, where all
// indices differ. Two sites in 100,000 share a hash with a probability of 3 in 10,000,000,000.
import type { Dump, Site } from '../dump/format';

type Hash = readonly [number, number];

/** Two multipliers, each odd and with bits all over: the two halves of a hash must not follow from each other. */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca77] as const;

/**
 * Makes a function that hashes stack, cause, label and kind of sites of one dump.
 * @returns 16 hexadecimal digits
 */
export function createSiteHasher({ strings, frames, stacks }: Dump): (site: Site) => string {
  const texts = strings.map(hashText);
  const places = frames.map((frame) => {
    const { function: name, file, line, column } = frame;
    return combine([texts[name] ?? EMPTY, texts[file] ?? EMPTY, [line, column]]);
  });
  const lists = stacks.map((stack) => combine(stack.map((index) => places[index] ?? EMPTY)));
  return ({ stack, cause, label, kind }) => {
    const labels = Object.entries(label ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const [high, low] = combine([
      lists[stack ?? -1] ?? EMPTY,
      lists[cause ?? -1] ?? EMPTY,
      hashText(JSON.stringify([labels, kind])),
    ]);
    return hex(high) + hex(low);
  };
}

const EMPTY: Hash = [1, 2];

function hashText(text: string): Hash {
  let high = text.length;
  let low = ~text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, MULTIPLIERS[0]);
    low = Math.imul(low ^ unit, MULTIPLIERS[1]);
    high ^= high >>> 15;
    low ^= low >>> 13;
  }
  return [high, low];
}

function combine(parts: readonly Hash[]): Hash {
  let high = parts.length;
  let low = ~parts.length;
  for (const [partHigh, partLow] of parts) {
    high = mix(Math.imul(high, 31) ^ partHigh, MULTIPLIERS[0]);
    low = mix(Math.imul(low, 37) ^ partLow, MULTIPLIERS[1]);
  }
  return [high, low];
}

function mix(value: number, multiplier: number): number {
  const once = Math.imul(value ^ (value >>> 16), multiplier);
  return once ^ (once >>> 13);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

// Labels: names that a program gives to its work, carried along with the cause through every asynchronous hop.
import { show } from './options';

/** A name, or names by key: `{ tool: 'web-fetch', user: '42' }`. */
export type Label = string | Record<string, string>;

/** The key under which a plain string is kept. */
export const PLAIN_KEY = 'label';

const MOST_KEYS = 32;
/** The addon cuts strings at 4096 bytes; a character takes up to three. */
const MOST_CHARACTERS = 1300;

/**
 * The addon keeps labels as JSON text, keys sorted, so that equal labels are one.
 * @throws TypeError if `label` is not of the form that `Label` describes
 */
export function encodeLabel(label: unknown, around: string): string {
  const own = typeof label === 'string' ? { [PLAIN_KEY]: label } : label;
  if (typeof own !== 'object' || own === null || Array.isArray(own)) {
    throw new TypeError(`label must be a string or an object of strings, got ${show(label)}`);
  }
  for (const [key, value] of Object.entries(own)) {
    if (typeof value !== 'string') {
      throw new TypeError(`label ${JSON.stringify(key)} must be a string, got ${show(value)}`);
    }
  }
  const all: Record<string, string> = { ...decodeLabel(around), ...(own as Record<string, string>) };
  const keys = Object.keys(all).sort();
  if (keys.length > MOST_KEYS)
    throw new RangeError(`a label may have at most ${MOST_KEYS} keys, got ${keys.length}`);
  const text = JSON.stringify(Object.fromEntries(keys.map((key) => [key, all[key]])));
  if (text.length > MOST_CHARACTERS) {
    throw new RangeError(
      `a label may have at most ${MOST_CHARACTERS} characters as JSON, got ${text.length}`,
    );
  }
  return text;
}

/** The reverse of `encodeLabel`; an empty text is no label. */
export function decodeLabel(text: string): Record<string, string> | null {
  if (text === '') return null;
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return { [PLAIN_KEY]: text }; // Cut off by the addon's limit on the length of a string.
  }
}

/** The part of a generator that runs its code. */
export interface GeneratorLike {
  next: (...args: unknown[]) => unknown;
  return: (...args: unknown[]) => unknown;
  throw: (...args: unknown[]) => unknown;
}

/**
 * A generator runs when it is asked for values, long after the labelled call: from now on each of its steps goes
 * through `run`.
 */
export function wrapGenerator(generator: GeneratorLike, run: (step: () => unknown) => unknown): void {
  for (const method of ['next', 'return', 'throw'] as const) {
    const original = generator[method];
    Object.defineProperty(generator, method, {
      configurable: true,
      writable: true,
      enumerable: false,
      value: (...args: unknown[]) => run(() => original.apply(generator, args)),
    });
  }
}

/** True for what `function*` and `async function*` return. */
export function isGenerator(value: unknown): value is GeneratorLike {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]';
}

// Checks what callers pass to the functions of analysis. Every refusal names the function, the rule and the value.
import { inspect } from 'node:util';

/**
 * Checks that options are an object with known keys only.
 * @throws TypeError
 */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options))
    throw new TypeError(`${where}: options must be an object, got ${show(options)}`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new TypeError(`${where}: unknown option ${show(key)}; known are ${known.join(', ')}`);
  }
}

/**
 * Checks that a value is one of a few strings.
 * @throws TypeError if it is no string, RangeError if it is another one
 */
export function checkOneOf(what: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return;
  const Complaint = typeof value === 'string' ? RangeError : TypeError;
  throw new Complaint(`${what} must be one of ${allowed.join(', ')}, got ${show(value)}`);
}

/**
 * Checks a number of rows: a whole number of at least 1, or Infinity.
 * @throws TypeError if it is no number, RangeError if it is another one
 */
export function checkLimit(what: string, value: unknown): void {
  if (
    typeof value === 'number' &&
    (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value > 0))
  )
    return;
  const Complaint = typeof value === 'number' ? RangeError : TypeError;
  throw new Complaint(`${what} must be a whole number of at least 1, or Infinity, got ${show(value)}`);
}

/**
 * Checks, by its mark only, that a value is a dump; files are checked whole when they are read.
 * @throws TypeError
 */
export function checkDump(what: string, value: unknown): void {
  if (value !== null && typeof value === 'object' && 'sites' in value && Array.isArray(value.sites)) return;
  throw new TypeError(`${what} must be a dump, as dump() and readDump() return it, got ${show(value)}`);
}

function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60 });
}

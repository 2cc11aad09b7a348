// Reads what people type for sizes, durations, whole numbers, switches and signals, and prints sizes and durations back.
// Every refusal is one UsageError that names the setting, the rule and the value.
import os from 'node:os';
import { UsageError } from '../errors';

const BYTES_PER_UNIT: Record<string, number> = {
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 2 ** 10,
  m: 1e6,
  mb: 1e6,
  mib: 2 ** 20,
  g: 1e9,
  gb: 1e9,
  gib: 2 ** 30,
  t: 1e12,
  tb: 1e12,
  tib: 2 ** 40,
};

const MS_PER_UNIT: Record<string, number> = { ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3, d: 86_400e3 };

/** setInterval takes a signed 32-bit count of milliseconds and turns anything longer into 1 ms. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

/** Signals that cannot be caught, that the runtime itself needs, or that end the program by a person's wish. */
const UNUSABLE_SIGNALS = new Set([
  'SIGKILL',
  'SIGSTOP',
  'SIGINT',
  'SIGTERM',
  'SIGSEGV',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGIOT',
  'SIGPROF',
  'SIGVTALRM',
  'SIGCHLD',
  'SIGCLD',
  'SIGPIPE',
]);

const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);
const FALSE_WORDS = new Set(['0', 'false', 'no', 'off']);

function refuse(name: string, rule: string, text: string): never {
  throw new UsageError(`${name} must be ${rule}, got ${JSON.stringify(text)}`);
}

/** Splits `1.5GB` into its number and its unit in lower case; null if it is not of that shape. */
function splitQuantity(text: string): { value: number; unit: string } | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)$/i.exec(text.trim());
  return match ? { value: Number(match[1]), unit: (match[2] ?? '').toLowerCase() } : null;
}

/**
 * Reads a size in bytes: `64KB` (1e3), `64KiB` (2^10), `1.5GB`, `300` or `0`.
 *
 * @param name the setting, for the message
 * @throws UsageError if it is no size, negative, or no whole number of bytes
 */
export function parseSize(text: string, name: string): number {
  const rule = 'a size in bytes such as 4096, 64KB or 1.5GB';
  const quantity = splitQuantity(text) ?? refuse(name, rule, text);
  const scale = quantity.unit === '' ? 1 : BYTES_PER_UNIT[quantity.unit];
  if (scale === undefined) return refuse(name, rule, text);
  // 64.1KB is 64,099.999… in binary fractions.
  const bytes = Number((quantity.value * scale).toFixed(3));
  if (!Number.isSafeInteger(bytes)) return refuse(name, 'a whole number of bytes', text);
  return bytes;
}

/**
 * Reads a duration in milliseconds: `500ms`, `30s`, `5m`, `2h`, `1d`. The unit is required: a bare number says too little.
 *
 * @throws UsageError if it is no duration, or not between 100 ms and 24 days
 */
export function parseDuration(text: string, name: string): number {
  const rule = 'a duration with its unit such as 500ms, 30s, 5m or 2h';
  const quantity = splitQuantity(text) ?? refuse(name, rule, text);
  const scale = MS_PER_UNIT[quantity.unit];
  if (scale === undefined) return refuse(name, rule, text);
  const durationMs = Math.round(quantity.value * scale);
  if (durationMs < 100 || durationMs > MAX_INTERVAL_MS) return refuse(name, 'between 100ms and 24d', text);
  return durationMs;
}

/** Reads a whole number from `min` to `max`; throws UsageError otherwise. */
export function parseWhole(text: string, name: string, min: number, max: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  if (!(value >= min && value <= max)) return refuse(name, `a whole number ${range}`, text);
  return value;
}

/** Reads a switch: 1, true, yes, on or 0, false, no, off; throws UsageError otherwise. */
export function parseSwitch(text: string, name: string): boolean {
  const word = text.trim().toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  if (FALSE_WORDS.has(word)) return false;
  return refuse(name, '1 or 0', text);
}

/** Reads a signal that asks for a dump: `SIGUSR2` or `usr2`; throws UsageError if it cannot serve for that. */
export function parseSignal(text: string, name: string): NodeJS.Signals {
  const upper = text.trim().toUpperCase();
  const signal = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (!Object.hasOwn(os.constants.signals, signal)) return refuse(name, 'a signal such as SIGUSR2', text);
  if (UNUSABLE_SIGNALS.has(signal))
    return refuse(name, 'a signal that a program can spare, such as SIGUSR2', text);
  return signal as NodeJS.Signals;
}

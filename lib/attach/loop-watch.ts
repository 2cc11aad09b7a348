// Measures how long the event loop of a program stands still while somebody is attached to it, whoever is at fault.
// Runs inside the program, and is the first that is loaded there: built-in modules are all it may need.
import { clearInterval, setInterval } from 'node:timers';

/** Seldom enough to cost nothing, often enough that what nobody notices is all that it misses. */
const RESOLUTION_MS = 5;

let timer: NodeJS.Timeout | undefined;
let lastMs = 0;
let longestMs = 0;

/** Begins to measure, anew if it was measuring. */
export function watchLoop(): void {
  clearInterval(timer);
  longestMs = 0;
  lastMs = performance.now();
  timer = setInterval(note, RESOLUTION_MS).unref();
}

/** The longest time so far in which the loop did not come round, the present one included, ms: an upper bound. */
export function longestStandstillMs(): number {
  if (timer !== undefined) note();
  return longestMs;
}

/** Measures no longer. */
export function unwatchLoop(): void {
  clearInterval(timer);
  timer = undefined;
}

function note(): void {
  const nowMs = performance.now();
  longestMs = Math.max(longestMs, nowMs - lastMs);
  lastMs = nowMs;
}

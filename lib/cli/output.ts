// Where the command line writes: results to stdout, remarks to stderr.
import os from 'node:os';
import { safeText } from '../report/text/safe-text';

/** Prints a result for people. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a result for programs. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Says something beside the result, in one line. */
export function tell(line: string): void {
  process.stderr.write(`abtrace: ${safeText(line)}\n`);
}

/**
 * From now on a signal that ends the command waits for what is done at once, such as writing a file: it would leave half
 * of that behind.
 */
export function finishBeforeSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + os.constants.signals[signal]));
  }
}

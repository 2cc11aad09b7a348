// Turns our own errors into what a person is told: one line, and an exit code.
import { AbtraceError, UsageError } from '../errors';

export interface Failure {
  /** Starts with `abtrace: `; with ABTRACE_DEBUG=1 the stack follows. */
  text: string;
  /** 2 for wrong usage, 1 for everything else. */
  exitCode: 1 | 2;
}

/** Describes an error of ours; throws any other error on, for that is a mistake in abtrace and needs its stack. */
export function describeFailure(error: unknown): Failure {
  if (!(error instanceof AbtraceError)) throw error;
  const details = process.env.ABTRACE_DEBUG === '1' ? error.stack : error.message;
  return { text: `abtrace: ${details}`, exitCode: error instanceof UsageError ? 2 : 1 };
}

// `node -r abtrace/register app.js`: traces the program that follows, and dumps, as the ABTRACE_* variables say.
// Runs before the program and must leave no mark on it; what is wrong ends the process before the program starts.
import { isMainThread } from 'node:worker_threads';
import { installTriggers } from './capture/triggers';
import { prepareDumpDirectory } from './cli/dump-directory';
import { describeFailure } from './cli/failure';
import { givenByEnvironment, readSettings } from './cli/trace-settings';
import { isTracing, start, writeDumpSync } from './entry';
import { addon } from './native';

// Workers inherit the preload; they join the tracer without it.
if (isMainThread) register();

function register(): void {
  try {
    const { start: options, triggers } = readSettings(givenByEnvironment(process.env));
    prepareDumpDirectory(triggers.directory);
    start(options);
    installTriggers(triggers, { ...addon(), isTracing, writeDumpSync });
  } catch (error) {
    const { text, exitCode } = describeFailure(error);
    process.stderr.write(`${text}\n`);
    process.exit(exitCode);
  }
}

#!/usr/bin/env node
// The command line: finds the command, and turns our own errors into one line on stderr and an exit code.
// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a limit was exceeded; of `run`, the program's own.
import { Command, CommanderError } from 'commander';
import { UsageError } from '../errors';
import { ownVersion } from '../own-version';
import { createAttachCommand } from './attach';
import { createDemoCommand } from './demo';
import { createDiffCommand } from './diff';
import { createExportCommand } from './export';
import { describeFailure } from './failure';
import { createReportCommand } from './report';
import { createRunCommand } from './run';
import { nearest } from './suggest';
import { createTopCommand } from './top';
import { createWatchCommand } from './watch';

const HELP = `
Examples:
  abtrace run --out dumps app.js          trace app.js; dump when it ends
  abtrace top dumps                       what owns its ArrayBuffer memory
  abtrace diff before.json after.json     what grew between two dumps
  abtrace attach 4242 --after 30s         trace a program that runs already
  abtrace watch 4242                      see what it holds, live
  abtrace export dumps -f csv -o a.csv    the same for other tools: pprof, …
  abtrace report dumps --open             the same as a page to look at
  abtrace demo                            see it all at work, in ten seconds

abtrace help COMMAND says more of each, with examples.
`;

/** What a command's exit code tells, at the end of its help. */
const EXIT_CODES = '0 done, 1 failed, 2 wrong usage';
const OTHER_EXIT_CODES: Readonly<Record<string, string>> = {
  run: "the program's own; 1 failed to start it, 2 wrong usage",
  diff: `${EXIT_CODES}, 3 more grew than --fail-over says`,
};

/**
 * Runs one command.
 *
 * @param argv the arguments after `abtrace`
 * @returns the exit code; errors that are not ours are thrown
 */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const run = createRunCommand(finish);
  const program = new Command('abtrace')
    .description('Traces off-heap ArrayBuffer memory of a Node.js process to the code that owns it.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .addHelpText('after', HELP);
  for (const command of [
    run.command,
    createTopCommand(finish),
    createDiffCommand(finish),
    createAttachCommand(finish),
    createWatchCommand(finish),
    createExportCommand(finish),
    createReportCommand(finish),
    createDemoCommand(finish),
  ]) {
    program.addCommand(command);
  }
  for (const command of program.commands) {
    const codes = OTHER_EXIT_CODES[command.name()] ?? EXIT_CODES;
    command.addHelpText('after', `Exit codes: ${codes}.`);
  }
  for (const command of [program, ...program.commands]) {
    // Commander prints its errors and then throws them; they are printed below, like all others.
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  const at = argv.findIndex((argument) => !argument.startsWith('-'));
  const args = argv[at] === 'run' ? [...argv.slice(0, at + 1), ...run.take(argv.slice(at + 1))] : argv;
  try {
    checkHelpTopic(args, program);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error);
  }
}

/** Commander prints the general help for a command that there is none of. */
function checkHelpTopic([first, topic]: readonly string[], program: Command): void {
  if (first !== 'help' || topic === undefined || topic.startsWith('-')) return;
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (names.includes(topic)) return;
  const near = nearest(topic, names);
  throw new UsageError(`no help for '${topic}', which is no command${near ? `; did you mean ${near}?` : ''}`);
}

function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // `abtrace` alone: the help was printed.
    if (error.code === 'commander.help') return 2;
    const [problem = '', ...more] = error.message.replace(/^error: /, '').split('\n');
    return reportError(new UsageError([problem, ...more].join(' ')));
  }
  const { text, exitCode } = describeFailure(error);
  process.stderr.write(`${text}\n`);
  return exitCode;
}

if (require.main === module) {
  // `abtrace top … | head`: nobody reads on, which is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  void main(process.argv.slice(2)).then((exitCode) => {
    process.exitCode = exitCode;
  });
}

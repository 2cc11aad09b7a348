// `abtrace run`: traces a program from its first line to its end.
import path from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../errors';
import { prepareDumpDirectory } from './dump-directory';
import { needsNoProgram, type RunCommandLine, splitRunArguments } from './node-arguments';
import {
  type Given,
  givenByEnvironment,
  joinList,
  readSettings,
  type SettingName,
  settings,
} from './trace-settings';
import { spawnTraced, standInFor } from './traced-process';

const HELP = `
Options come before the program; what follows the program is its own. Options
of node may be given, too (abtrace run --max-old-space-size=512 app.js); after
-- comes node's command line as it stands.

A dump is written when the program ends: by itself, by process.exit, by an
error, or by SIGINT, SIGTERM, SIGHUP or SIGQUIT; and before, when the limit of
the container or of V8's heap comes near. Child processes that it makes with
fork() write their own. The exit code is the program's.

Every option can be a variable as well, for \`node -r abtrace/register app.js\`:
ABTRACE_OUT=dumps, ABTRACE_GC=1, ABTRACE_CAUSES=0, ABTRACE_EVERY=5m, and so on.

Examples:
  abtrace run app.js                         one dump, at the end
  abtrace run --out dumps --every 5m app.js  and one every five minutes
  abtrace run --when 'rss>80%' app.js        and one when memory reaches that
  abtrace run --gc --signal SIGUSR2 app.js   and one at each kill -USR2 PID
`;

export interface RunCommand {
  command: Command;
  /** Keeps what is node's and the program's of the arguments after `run`; returns what is for commander. */
  take(args: readonly string[]): string[];
}

export function createRunCommand(finish: (exitCode: number) => void): RunCommand {
  const command = new Command('run')
    .description('trace a program; dump at its end, on a signal, at an interval')
    .usage('[options] [node options] <program> [arguments…]')
    .addHelpText('after', HELP);
  for (const [, { flags, description, repeatable }] of settings) {
    if (repeatable)
      command.option(flags, description, (value: string, all: string[] = []) => [...all, value]);
    else command.option(flags, description);
  }
  const help = { short: '-h', long: '--help', required: false };
  let line: RunCommandLine = { own: [], node: [], program: [] };
  command.action(async () => finish(await run(line, givenByOptions(command))));
  return {
    command,
    take(args) {
      line = splitRunArguments(args, [...command.options, help]);
      return line.own;
    },
  };
}

/** The settings that were given as options of a command. */
export function givenByOptions(command: Command): Map<SettingName, Given> {
  const given = new Map<SettingName, Given>();
  for (const [name, { flags }] of settings) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const value: unknown = command.getOptionValue(name);
    const text = Array.isArray(value)
      ? joinList(value)
      : typeof value === 'boolean'
        ? String(Number(value))
        : String(value);
    given.set(name, { text, from: flags.split(' ', 1)[0] ?? flags });
  }
  return given;
}

/** Checks all that can be checked, then runs the program; nothing has been started when it throws. */
async function run(line: RunCommandLine, options: Map<SettingName, Given>): Promise<number> {
  const settings = new Map([...givenByEnvironment(process.env), ...options]);
  const { triggers } = readSettings(settings);
  checkProgram(line);
  prepareDumpDirectory(triggers.directory);
  // The program's children may have another working directory.
  settings.set('out', { text: triggers.directory, from: '--out' });
  const child = spawnTraced({ nodeOptions: line.node, program: line.program, settings, stdio: 'inherit' });
  return standInFor(child);
}

function checkProgram(line: RunCommandLine): void {
  const [program] = line.program;
  if (needsNoProgram(line.node)) return;
  if (program === undefined)
    throw new UsageError('no program given; usage: abtrace run [options] app.js [arguments…]');
  if (program.startsWith('-')) return;
  try {
    require.resolve(path.resolve(program));
  } catch {
    throw new UsageError(`no such program: ${program}`);
  }
}

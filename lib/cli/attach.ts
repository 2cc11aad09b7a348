// `abtrace attach`: traces a program that runs already, for a while, and leaves it as it was.
import readline from 'node:readline';
import { Command } from 'commander';
import { Attachment } from '../attach/attachment';
import { Pacer } from '../capture/pacer';
import { UsageError } from '../errors';
import { programName } from '../report/text/top-table';
import { prepareDumpDirectory } from './dump-directory';
import { printText, tell } from './output';
import { parseDuration, parseWhole } from './quantities';
import { givenByOptions } from './run';
import { type Given, readSettings, type SettingName, settings } from './trace-settings';

const HELP = `
The program's inspector is opened by SIGUSR1, unless it is open already, and
closed at the end; nothing else of the program changes, but that the code that
was loaded stays in memory. It prints on its stderr that a debugger listens. A
program that listens to SIGUSR1 itself is left alone, as is any process that
is not Node. Linux only.

Without --after, tracing goes on until Ctrl-C, which takes a last dump; on a
terminal, Enter takes one at any time. The paths of the dumps go to stdout. The
program writes them, so it must be able to write into that directory.

Only what is allocated from now on is traced. Where tracing should begin with
the program's first line, use abtrace run.

Examples:
  abtrace attach 4242 --after 30s            trace for 30 seconds, then dump
  abtrace attach 4242 --every 5m --out dumps a dump every 5 minutes, till Ctrl-C
  abtrace attach 4242 --after 1m --gc        count only what is kept
  abtrace attach 4242 --when 'rss>2GB'       and a dump when memory reaches that
`;

/** The settings of `abtrace run` that make no sense here. */
const NOT_HERE: readonly SettingName[] = ['signal', 'onError'];

const DEFAULT_TIMEOUT = '10s';
/** Signals that end an attachment, as they would end any program. */
const END_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const HIGHEST_PID = 2 ** 31 - 1;

interface AttachSettings {
  afterMs: number | null;
  timeoutMs: number;
  given: Map<SettingName, Given>;
}

export function createAttachCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('attach')
    .description('trace a program that runs already, dump, and leave it as it was')
    .argument('<pid>', 'process id of a Node program')
    .option('--after <duration>', 'dump after this time, e.g. 30s or 5m, and detach')
    .option('--timeout <duration>', 'how long the program may take to answer', DEFAULT_TIMEOUT)
    .addHelpText('after', HELP);
  for (const [name, { flags, description, repeatable }] of settings) {
    if (NOT_HERE.includes(name)) continue;
    if (repeatable)
      command.option(flags, description, (value: string, all: string[] = []) => [...all, value]);
    else command.option(flags, description);
  }
  command.action(async (pid: string, options: { after?: string; timeout: string }) => {
    finish(
      await attach(parseWhole(pid, 'the pid', 1, HIGHEST_PID), {
        afterMs: options.after === undefined ? null : parseDuration(options.after, '--after'),
        timeoutMs: parseDuration(options.timeout, '--timeout'),
        given: givenByOptions(command),
      }),
    );
  });
  return command;
}

async function attach(pid: number, { afterMs, timeoutMs, given }: AttachSettings): Promise<number> {
  const { start, triggers } = readSettings(given);
  const { directory, gc, retainers, everyMs, quiet, when, limits, cooldownMs, keep } = triggers;
  if (afterMs !== null && everyMs !== null && everyMs >= afterMs) {
    throw new UsageError('--every must be shorter than --after, or there would be one dump only');
  }
  prepareDumpDirectory(directory);
  const attachment = await Attachment.open(pid, {
    start,
    dump: { gc, retainers },
    directory,
    memory: { when, limits, cooldownMs, keep },
    patienceMs: timeoutMs,
  });
  const say = quiet ? () => undefined : tell;
  say(introduction(attachment, afterMs));
  const session = new AttachSession(attachment, say);
  try {
    await session.run(afterMs, everyMs);
  } finally {
    await attachment.close();
  }
  say(`detached; ${pauses(attachment)}`);
  return session.dumps > 0 ? 0 : 1;
}

function introduction(attachment: Attachment, afterMs: number | null): string {
  const { target, script, nodeVersion, tracedBefore } = attachment;
  return [
    `tracing ${programName(script, 'node')} (pid ${target.pid}, node ${nodeVersion})`,
    ...(tracedBefore ? ['which is traced already, with its own options'] : []),
    ...(afterMs === null ? [`until Ctrl-C${process.stdin.isTTY ? '; Enter takes a dump' : ''}`] : []),
  ].join(', ');
}

/** What happens while attached: dumps, one at a time, until it is over. */
class AttachSession {
  dumps = 0;
  private last: Promise<void> = Promise.resolve();
  private readonly pacer = new Pacer();
  private underWay = 0;

  constructor(
    private readonly attachment: Attachment,
    private readonly say: (line: string) => void,
  ) {
    attachment.onWritten = (file) => {
      this.dumps += 1;
      this.say('the program has written a dump, for memory got short');
      printText(file);
    };
  }

  /** Returns when the time is up, a person has had enough, or the program has ended. */
  async run(afterMs: number | null, everyMs: number | null): Promise<void> {
    const cleanUps: (() => void)[] = [];
    let why: 'time' | 'signal' | 'ended';
    try {
      const over = new Promise<'time' | 'signal'>((resolve) => {
        if (afterMs !== null) {
          const timer = setTimeout(resolve, afterMs, 'time');
          cleanUps.push(() => clearTimeout(timer));
        }
        for (const signal of END_SIGNALS) {
          const listener = () => resolve('signal');
          process.once(signal, listener);
          cleanUps.push(() => process.off(signal, listener));
        }
      });
      if (everyMs !== null) {
        const timer = setInterval(() => {
          if (this.underWay === 0 && this.pacer.isTime()) this.dumpQuietly('interval');
        }, everyMs);
        cleanUps.push(() => clearInterval(timer));
      }
      if (process.stdin.isTTY) {
        const lines = readline.createInterface({ input: process.stdin });
        lines.on('line', () => this.dumpQuietly('attach'));
        cleanUps.push(() => lines.close());
      }
      const ended = this.attachment.ended.then(() => 'ended' as const);
      why = await Promise.race([over, ended]);
    } finally {
      for (const cleanUp of cleanUps) cleanUp();
    }
    await this.last;
    if (why === 'ended') this.noteEnd();
    else await this.dump('attach');
  }

  private noteEnd(): void {
    const file = this.attachment.findExitDump();
    this.say(`the program has ended${file === null ? ', without a dump' : ' and written a dump'}`);
    if (file === null) return;
    this.dumps += 1;
    printText(file);
  }

  private async dump(reason: string): Promise<void> {
    const { file, pauseMs } = await this.attachment.dump(reason);
    this.dumps += 1;
    this.pacer.note(pauseMs);
    this.say(`dump written; the program paused for ${formatPause(pauseMs)}`);
    printText(file);
  }

  /** One that fails is said to have, and the next may do better. */
  private dumpQuietly(reason: string): void {
    this.underWay += 1;
    this.last = this.last
      .then(() => this.dump(reason))
      .catch((error: unknown) => tell(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.underWay -= 1;
      });
  }
}

/** The program's own work may have held up its event loop for longer than we did, or just before and after. */
function pauses({ longestPauseMs, standstillMs }: Attachment): string {
  const longest = formatPause(Math.max(longestPauseMs, standstillMs));
  return `the program paused for ${longest} at the longest, its own work included; abtrace took ${formatPause(longestPauseMs)} at a time`;
}

function formatPause(pauseMs: number): string {
  return `${Math.ceil(pauseMs)} ms`;
}

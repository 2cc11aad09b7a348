// `abtrace watch`: a table that follows a running program, or a directory that dumps are written into.
import fs from 'node:fs';
import { Command, Option } from 'commander';
import { GROUPINGS, type Grouping } from '../analysis/group';
import {
  sampleOf,
  WATCH_SORTS,
  WatchHistory,
  type WatchSample,
  type WatchSort,
} from '../analysis/watch-history';
import { Attachment } from '../attach/attachment';
import { readDump } from '../dump/read';
import { AbtraceError, DumpFileError, UsageError } from '../errors';
import { terminalWidth } from '../report/text/table';
import { renderWatch } from '../report/text/watch-table';
import { findDumpFiles, wantsColor } from './dump-input';
import { FullScreen } from './full-screen';
import { printText, tell } from './output';
import { parseDuration, parseWhole } from './quantities';

const HELP = `
Given a process id, the program is traced while you watch, as by abtrace attach,
and left as it was. Given a directory, each new dump in it is shown: start a
program with abtrace run --every 10s --out dumps, and watch dumps.

Keys: l live, g growth, c count, t total, n name: sort by it; p pause; q quit.

Growth and trend are over the last 60 samples. Where the output is no terminal,
each sample is printed as a plain table; --once prints one and ends.

Examples:
  abtrace watch 4242                   a process that runs already
  abtrace watch dumps                  the dumps of a program that is traced
  abtrace watch 4242 --by package      which npm packages hold memory
  abtrace watch dumps --once           the newest dump, with what it grew by
`;

const KEYS: Record<string, WatchSort> = { l: 'live', g: 'growth', c: 'count', t: 'total', n: 'name' };
const KEY_HINT = 'sort: l live  g growth  c count  t total  n name    p pause  q quit';
const HIGHEST_PID = 2 ** 31 - 1;
const END_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Nothing is written while a program is watched. */
const NO_DUMPS = { when: [], limits: false, cooldownMs: 0, keep: null };
/** Dumps that were there before: enough for a trend. */
const MOST_OLD_DUMPS = 30;

interface WatchOptions {
  by: Grouping;
  sort: WatchSort;
  limit: string;
  every: string;
  timeout: string;
  once?: boolean;
  color?: boolean;
}

/** Where samples come from. */
interface Source {
  /** Samples that are new since the last call, oldest first; null when there will be no more. */
  next(): Promise<WatchSample[] | null>;
  /** Said while there are none, and beside the keys. */
  note(): string;
  close(): Promise<void>;
}

export function createWatchCommand(finish: (exitCode: number) => void): Command {
  return new Command('watch')
    .description('follow a running program, or a directory of dumps, in a live table')
    .argument('<pid|directory>', 'process id of a Node program, or a directory that dumps are written into')
    .addOption(new Option('--by <what>', 'group by').choices(GROUPINGS).default('owner'))
    .addOption(new Option('--sort <what>', 'sort by').choices(WATCH_SORTS).default('live'))
    .option('--limit <rows>', 'most rows to show', '20')
    .option('--every <duration>', 'time between two samples', '2s')
    .option('--timeout <duration>', 'how long the program may take to answer', '10s')
    .option('--once', 'print the table once, and end')
    .option('--color', 'colours even if the output is no terminal')
    .option('--no-color', 'no colours')
    .addHelpText('after', HELP)
    .action(async (place: string, options: WatchOptions) => {
      await watch(place, options);
      finish(0);
    });
}

async function watch(place: string, options: WatchOptions): Promise<void> {
  const everyMs = parseDuration(options.every, '--every');
  const limit = parseWhole(options.limit, '--limit', 1, Number.MAX_SAFE_INTEGER);
  const timeoutMs = parseDuration(options.timeout, '--timeout');
  const source = await openSource(place, options.by, timeoutMs, everyMs);
  const live = process.stdout.isTTY === true && process.env.TERM !== 'dumb' && options.once !== true;
  try {
    await new Watching(source, { ...options, limit, everyMs, live }).run();
  } finally {
    await source.close();
  }
}

/** A name that is a number is a process, unless there is such a directory. */
async function openSource(place: string, by: Grouping, patienceMs: number, everyMs: number): Promise<Source> {
  if (fs.statSync(place, { throwIfNoEntry: false })?.isDirectory()) return new DirectorySource(place, by);
  if (!/^\d+$/.test(place)) {
    throw new UsageError(`${place} is neither a process id nor a directory; for one dump use abtrace top`);
  }
  const pid = parseWhole(place, 'the pid', 1, HIGHEST_PID);
  const attachment = await Attachment.open(pid, {
    start: {},
    dump: {},
    directory: null,
    memory: NO_DUMPS,
    patienceMs,
  });
  return new ProcessSource(attachment, by, everyMs);
}

/** A program that is attached to while it is watched. */
class ProcessSource implements Source {
  private ended = false;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly attachment: Attachment,
    private readonly by: Grouping,
    private readonly everyMs: number,
  ) {
    void attachment.ended.then(() => {
      this.ended = true;
    });
  }

  async next(): Promise<WatchSample[] | null> {
    if (this.ended) return null;
    if (Date.now() - this.lastMs < this.everyMs) return [];
    this.lastMs = Date.now();
    try {
      return [await this.attachment.sample(this.by)];
    } catch (error) {
      if (this.ended) return null;
      throw error;
    }
  }

  note(): string {
    return `paused the program for ${Math.ceil(this.attachment.longestPauseMs)} ms at the longest`;
  }

  close(): Promise<void> {
    return this.attachment.close();
  }
}

/** Dumps that somebody else writes. */
class DirectorySource implements Source {
  private readonly seen = new Set<string>();
  private refused = '';

  constructor(
    private readonly directory: string,
    private readonly by: Grouping,
  ) {}

  async next(): Promise<WatchSample[]> {
    const fresh = findDumpFiles(this.directory)
      .filter((file) => !this.seen.has(file))
      .slice(0, MOST_OLD_DUMPS)
      .reverse();
    return fresh.flatMap((file) => {
      this.seen.add(file);
      try {
        return [sampleOf(readDump(file), this.by)];
      } catch (error) {
        if (!(error instanceof DumpFileError)) throw error;
        this.refused = error.message;
        return [];
      }
    });
  }

  note(): string {
    if (this.refused !== '') return this.refused;
    return this.seen.size === 0 ? `waiting for a dump in ${this.directory}` : `watching ${this.directory}`;
  }

  async close(): Promise<void> {}
}

interface WatchingOptions extends Omit<WatchOptions, 'limit'> {
  limit: number;
  everyMs: number;
  /** On a terminal, in full screen. */
  live: boolean;
}

class Watching {
  private readonly history = new WatchHistory();
  private sort: WatchSort;
  private paused = false;
  private over = false;
  /** It was said what is waited for. */
  private waiting = false;
  private wake: () => void = () => {};
  private screen: FullScreen | null = null;

  constructor(
    private readonly source: Source,
    private readonly options: WatchingOptions,
  ) {
    this.sort = options.sort;
  }

  /** Returns when a person has had enough, or there is nothing more to see. */
  async run(): Promise<void> {
    const stop = () => this.stop();
    for (const signal of END_SIGNALS) process.on(signal, stop);
    try {
      if (this.options.live) this.openScreen();
      await this.follow();
    } finally {
      this.screen?.close();
      for (const signal of END_SIGNALS) process.off(signal, stop);
    }
  }

  private openScreen(): void {
    const screen = new FullScreen({
      onKey: (key) => this.onKey(key),
      onRedraw: () => this.draw(),
      onInterrupt: () => this.stop(),
    });
    this.screen = screen;
    screen.open();
    this.draw();
  }

  private async follow(): Promise<void> {
    const pollMs = Math.min(this.options.everyMs, 1000);
    const leastSamples = this.source instanceof ProcessSource && this.options.once === true ? 2 : 1;
    while (!this.over) {
      const samples = this.paused ? [] : await this.source.next();
      if (samples === null) {
        if (this.history.count === 0) throw new AbtraceError('ABTRACE_ATTACH', 'the program has ended');
        this.screen?.close();
        tell('the program has ended');
        return;
      }
      for (const sample of samples) this.history.add(sample);
      if (this.screen !== null) this.draw();
      else if (samples.length > 0 && this.history.count >= leastSamples) this.print();
      else if (this.history.count === 0 && !this.waiting) {
        this.waiting = true;
        if (this.options.once !== true) tell(this.source.note());
      }
      if (this.options.once === true) {
        if (samples.length === 0 && this.history.count === 0) {
          throw new DumpFileError(`nothing to show yet: ${this.source.note()}`);
        }
        if (this.history.count >= leastSamples) return;
      }
      await this.pause(pollMs);
    }
  }

  private onKey(key: string): void {
    if (key === 'q' || key === 'Q') this.stop();
    else if (key === 'p') this.paused = !this.paused;
    else this.sort = KEYS[key] ?? this.sort;
    this.draw();
  }

  private stop(): void {
    this.over = true;
    this.wake();
  }

  private draw(): void {
    const { screen } = this;
    if (screen === null || this.over) return;
    const state = this.paused ? 'paused; p goes on' : this.source.note();
    screen.draw(this.lines(screen.width, screen.height, `${KEY_HINT}    ${state}`));
  }

  private print(): void {
    printText(`${this.lines(terminalWidth(), Number.POSITIVE_INFINITY, '').join('\n')}\n`);
  }

  private lines(width: number, height: number, foot: string): string[] {
    const { by, limit, color } = this.options;
    const { history, sort } = this;
    return renderWatch({ history, by, sort, limit, width, height, color: wantsColor(color), foot });
  }

  private pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.over) this.wake();
    });
  }
}

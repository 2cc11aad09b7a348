// `abtrace demo`: the story that abtrace was made for, played in ten seconds with real processes: a server, a chat
// client that keeps what it streams, and the commands that find the line. The two programs are in demo/.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import { type DiffRow, diff } from '../analysis/diff';
import { topSites } from '../analysis/top';
import type { Dump } from '../dump/format';
import { readDump } from '../dump/read';
import { AbtraceError } from '../errors';
import { renderDiff } from '../report/text/diff-table';
import { formatBytes, formatCount } from '../report/text/figures';
import { terminalWidth } from '../report/text/table';
import { renderTop } from '../report/text/top-table';
import { wantsColor } from './dump-input';
import { MemoryView } from './memory-view';
import { printText } from './output';
import { excerptLines } from './source-excerpt';
import type { Given, SettingName } from './trace-settings';
import { spawnTraced } from './traced-process';

interface DemoOptions {
  keep?: boolean;
  color?: boolean;
}

const PROGRAMS = path.join(__dirname, 'demo');
/** Long enough for a row at eight seconds, and for two dumps on the way. */
const CLIENT_MS = 8_300;
const DUMP_EVERY = '3s';
const SHOWN_ROWS = 4;

const HELP = `
A server, and a chat client that keeps what it streams, run under abtrace for
eight seconds; then the commands that find the line are played with their
output. Nothing is left behind, unless --keep says so.

Examples:
  abtrace demo
  abtrace demo --keep     then: abtrace top, diff or report with its dumps
`;

export function createDemoCommand(finish: (exitCode: number) => void): Command {
  return new Command('demo')
    .description('see it at work: a client that leaks what it fetches, and its line found')
    .option('--keep', 'keep the dumps, and say where they are')
    .option('--color', 'colours even if the output is no terminal')
    .option('--no-color', 'no colours')
    .addHelpText('after', HELP)
    .action(async (options: DemoOptions) => {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-demo-'));
      const demo = new Demo(directory, pc.createColors(wantsColor(options.color)));
      const clearAway = () => {
        demo.stop();
        // The client may be writing its last file while it is being killed.
        if (!options.keep) fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
      };
      const stopListening = onInterrupt(clearAway);
      try {
        await demo.play();
        if (options.keep) printText(`\nThe dumps are in ${directory}`);
        finish(0);
      } finally {
        stopListening();
        clearAway();
      }
    });
}

/** Clears away, then dies by the signal; returns a function that stops that. */
function onInterrupt(clearAway: () => void): () => void {
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const listener = (signal: NodeJS.Signals) => {
    stopListening();
    clearAway();
    process.kill(process.pid, signal);
  };
  const stopListening = () => {
    for (const signal of signals) process.off(signal, listener);
  };
  for (const signal of signals) process.on(signal, listener);
  return stopListening;
}

class Demo {
  private readonly children: ChildProcess[] = [];
  private readonly width = terminalWidth();

  constructor(
    private readonly directory: string,
    private readonly colors: Colors,
  ) {}

  async play(): Promise<void> {
    const { bold } = this.colors;
    const url = await this.startServer();
    const client = this.startClient(url);
    printText(
      [
        bold('A chat client streams answers through fetch and keeps them.'),
        `server: process ${this.children[0]?.pid}`,
        `client: process ${client.pid}, under abtrace run --gc --every ${DUMP_EVERY}`,
        '',
      ].join('\n'),
    );
    const { first, last } = await this.watch(client);
    printText(
      [
        '',
        `V8 heap       ${formatBytes(first.heapUsed)} → ${formatBytes(last.heapUsed)}`,
        `ArrayBuffers  ${formatBytes(first.arrayBuffers)} → ${bold(formatBytes(last.arrayBuffers))}`,
        'A heap profile shows nothing. Whose are the ArrayBuffers?',
      ].join('\n'),
    );
    this.explain();
  }

  stop(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  private async startServer(): Promise<string> {
    const server = fork(path.join(PROGRAMS, 'chat-server.js'));
    this.children.push(server);
    const [port]: unknown[] = await Promise.race([once(server, 'message'), failureOf(server, 'server')]);
    return `http://127.0.0.1:${port}/`;
  }

  private startClient(url: string): ChildProcess {
    const given = (text: string): Given => ({ text, from: 'the demo' });
    const settings = new Map<SettingName, Given>([
      ['out', given(this.directory)],
      ['every', given(DUMP_EVERY)],
      ['gc', given('1')],
      ['quiet', given('1')],
    ]);
    const program = [path.join(PROGRAMS, 'chat-client.js'), url];
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const client = spawnTraced({ nodeOptions: [], program, settings, stdio: [...stdio] });
    this.children.push(client);
    return client;
  }

  /** Shows the client's memory for a while, then ends it; returns the first and the last sample. */
  private async watch(
    client: ChildProcess,
  ): Promise<{ first: NodeJS.MemoryUsage; last: NodeJS.MemoryUsage }> {
    const startedMs = Date.now();
    const samples: NodeJS.MemoryUsage[] = [];
    const view = new MemoryView({
      output: process.stdout,
      live: process.stdout.isTTY === true && process.env.TERM !== 'dumb',
      width: this.width,
      colors: this.colors,
    });
    client.on('message', (usage: NodeJS.MemoryUsage) => {
      samples.push(usage);
      view.show(Date.now() - startedMs, usage);
    });
    const bell = setTimeout(() => client.send('goodbye'), CLIENT_MS);
    const [code] = await once(client, 'exit');
    clearTimeout(bell);
    view.end();
    const [first, last] = [samples[0], samples.at(-1)];
    if (code !== 0 || !first || !last) throw failure('client', code);
    return { first, last };
  }

  /** Runs the commands that a person would run now, and shows the line that they name. */
  private explain(): void {
    const files = fs
      .readdirSync(this.directory)
      .filter((name) => name.endsWith('.json'))
      .sort();
    const dumps = files.map((file) => readDump(path.join(this.directory, file)));
    const [before, after] = [dumps[0], dumps.at(-1)];
    if (!before || !after || dumps.length < 2)
      throw new AbtraceError('ABTRACE_DEMO', 'the client left no two dumps');
    const shown = {
      width: this.width,
      color: this.colors.isColorSupported,
      limit: SHOWN_ROWS,
      cwd: PROGRAMS,
    };
    const names = files.map((name) => `…${name.slice(name.search(/-\d+-[a-z]+\.json$/))}`);
    this.printCommand(`abtrace top ${names.at(-1)}`);
    printText(renderTop(after, shown));
    this.printOwner(after);
    this.printCommand(`abtrace diff ${names[0]} ${names.at(-1)}`);
    const growth = diff(before, after);
    printText(renderDiff(growth, shown));
    this.printConclusion(growth.rows[0]);
  }

  private printConclusion(row: DiffRow | undefined): void {
    const { bold } = this.colors;
    if (row?.owner && row.mbPerHour !== null) {
      const { file, line } = row.owner;
      printText(
        `\n${bold(`${formatCount(row.mbPerHour)} MB per hour`)} from ${bold(`${path.basename(file)}:${line}`)}.`,
      );
    }
    printText(`Find yours with: ${bold('abtrace run app.js')}`);
  }

  private printCommand(command: string): void {
    printText(`\n${this.colors.bold(this.colors.green('$'))} ${this.colors.bold(command)}\n`);
  }

  private printOwner(dump: Dump): void {
    const owner = topSites(dump, { limit: 1 })[0]?.owner;
    if (owner) printText(['', ...excerptLines(owner, this.width, this.colors)].join('\n'));
  }
}

async function failureOf(child: ChildProcess, name: string): Promise<never> {
  const [code] = await once(child, 'exit');
  throw failure(name, code);
}

function failure(name: string, code: unknown): AbtraceError {
  return new AbtraceError('ABTRACE_DEMO', `the ${name} of the demo ended unexpectedly (exit code ${code})`);
}

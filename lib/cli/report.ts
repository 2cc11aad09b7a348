// `abtrace report`: one page that shows dumps, made to be opened in a browser.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { describeFileError } from '../dump/file-error';
import { writeWholeSync } from '../dump/whole-file';
import { DumpFileError, UsageError } from '../errors';
import { REPORT_MARK, renderReport } from '../report/html/render-report';
import type { NamedDump } from '../report/html/summary';
import { formatBytes } from '../report/text/figures';
import { addSourceOptions, createDumpReader, listDumps, type SourceOptions } from './dump-input';
import { finishBeforeSignals, printText, tell } from './output';
import { Progress } from './progress';

interface ReportCommandOptions extends SourceOptions {
  output?: string;
  open?: boolean;
  force?: boolean;
  sources: boolean;
}

const HELP = `
One dump shows who holds what; two, what grew; more, how it went on. Of a
directory, all dumps are taken. The page loads nothing from anywhere. It holds
paths and function names of your program, and the lines of source code around
its owners where they can be read; --no-sources leaves those out.

Examples:
  abtrace report dump.json --open
  abtrace report before.json after.json -o report.html
  abtrace report dumps -o report.html
`;

const STANDARD_OUTPUT = '-';
/** More dumps than this are thinned out, or the page could not be opened. */
const MOST_DUMPS = 50;
/** The mark of a report stands near its beginning. */
const LOOKED_AT_BYTES = 4096;

export function createReportCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('report')
    .description('make a page that shows dumps, to be opened in a browser')
    .argument('<dumps...>', 'dumps of one program, or directories with dumps')
    .option('-o, --output <file>', 'where to; - is stdout; default: beside the last dump')
    .option('--open', 'open the page in the browser')
    .option('--force', 'replace the file even if it is no report of abtrace')
    .option('--no-sources', 'leave lines of source code out')
    .addHelpText('after', HELP);
  return addSourceOptions(command).action((places: string[], options: ReportCommandOptions) => {
    runReport(places, options);
    finish(0);
  });
}

function runReport(places: string[], options: ReportCommandOptions): void {
  const files = thinOut(findFiles(places));
  const output = chooseOutput(files, options.output);
  const toStandardOutput = output === STANDARD_OUTPUT;
  if (toStandardOutput && options.open) throw new UsageError('--open needs a file, and --output is -');
  if (!toStandardOutput) refuseToOverwrite(output, options.force === true);
  const progress = new Progress(process.stderr);
  try {
    const read = createDumpReader(options, (line) => progress.tell(line));
    const named = files.map((name, index): NamedDump => {
      progress.show('reading dumps', index / files.length);
      return { name, dump: read(name) };
    });
    const page = renderReport(named, {
      sources: options.sources,
      progress: (doing, done) => progress.show(doing, done),
    });
    if (toStandardOutput) {
      progress.end();
      process.stdout.write(page);
      return;
    }
    progress.show('writing', 0);
    finishBeforeSignals();
    // Mode 0600: a report holds what dumps hold, paths, names and code of the program.
    writeWholeSync(output, [page], 'report');
    progress.end();
    printText(`${output} (${formatBytes(Buffer.byteLength(page))})`);
  } finally {
    progress.end();
  }
  if (options.open) openInBrowser(output);
}

/** The dumps that are meant, each once. */
function findFiles(places: string[]): string[] {
  const files = places.flatMap((place) => {
    if (!fs.statSync(place, { throwIfNoEntry: false })?.isDirectory()) return [place];
    // Newest first.
    return listDumps(place).reverse();
  });
  return [...new Set(files)];
}

/** Keeps the first, the last, and as many between them as a page can take. */
function thinOut(files: string[]): string[] {
  if (files.length <= MOST_DUMPS) return files;
  tell(`taking ${MOST_DUMPS} of ${files.length} dumps, evenly spread`);
  const step = (files.length - 1) / (MOST_DUMPS - 1);
  return Array.from({ length: MOST_DUMPS }, (_, index) => files[Math.round(index * step)] ?? '');
}

function chooseOutput(files: string[], asked: string | undefined): string {
  if (asked === '') throw new UsageError('--output must be the name of a file, got ""');
  const last = files.at(-1) ?? 'dump.json';
  const output = asked ?? `${last.replace(/\.gz$/i, '').replace(/\.json$/i, '')}.html`;
  const clash = files.find((file) => path.resolve(file) === path.resolve(output));
  if (clash !== undefined) throw new UsageError(`--output ${output} is one of the dumps`);
  return output;
}

/** A report is replaced by a report; anything else stays, since a name is easily mistyped. */
function refuseToOverwrite(output: string, force: boolean): void {
  const folder = path.dirname(path.resolve(output));
  if (!fs.existsSync(folder)) throw failure(output, `no such folder: ${folder}`);
  const stats = fs.statSync(output, { throwIfNoEntry: false });
  if (!stats) return;
  if (stats.isDirectory()) throw failure(output, 'it is a directory');
  if (!stats.isFile()) throw failure(output, 'it is no regular file');
  if (force || stats.size === 0) return;
  let beginning: string;
  try {
    const descriptor = fs.openSync(output, 'r');
    try {
      const bytes = Buffer.alloc(LOOKED_AT_BYTES);
      beginning = bytes.toString('utf8', 0, fs.readSync(descriptor, bytes, 0, bytes.length, 0));
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    throw failure(output, describeFileError(error), error);
  }
  if (!beginning.includes(REPORT_MARK))
    throw failure(output, 'the file is there and is no report of abtrace; --force replaces it');
}

function failure(output: string, why: string, cause?: unknown): DumpFileError {
  return new DumpFileError(
    `Cannot write report ${output}: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

/** Starts the system's opener without a shell; if there is none, the page is there all the same. */
function openInBrowser(output: string): void {
  const file = path.resolve(output);
  const [program, args] = openerFor(process.platform, file);
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => tell(`cannot start ${program}; open ${file} in a browser`));
  child.unref();
}

/** The program that opens a file as a double click would, and its arguments. */
export function openerFor(platform: NodeJS.Platform, file: string): [program: string, args: string[]] {
  if (platform === 'darwin') return ['open', [file]];
  // explorer.exe takes no switches from a path, as `cmd /c start` would.
  if (platform === 'win32') return ['explorer.exe', [file]];
  return ['xdg-open', [file]];
}

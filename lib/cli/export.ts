// `abtrace export`: a dump in the formats that other tools read.
import { once } from 'node:events';
import fs from 'node:fs';
import { Command, Option } from 'commander';
import type { Dump } from '../dump/format';
import { writeWholeSync } from '../dump/whole-file';
import { UsageError } from '../errors';
import { EXPORT_FORMATS, type ExportFormat, FORMAT_TRAITS } from '../export/export-dump';
import { METRICS, type Metric } from '../export/metric';
import { JOINS, type Join } from '../export/stacks';
import { formatBytes } from '../report/text/figures';
import { addSourceOptions, findDump, readInput, type SourceOptions } from './dump-input';
import { finishBeforeSignals, tell } from './output';

interface ExportCommandOptions extends SourceOptions {
  format: ExportFormat;
  output: string;
  join: Join;
  metric: Metric;
}

const STANDARD_OUTPUT = '-';

const HELP = `
Formats, and what reads them:
  pprof        go tool pprof, Pyroscope, Grafana, Parca, Datadog (gzipped)
  speedscope   https://www.speedscope.app, Perfetto
  heapprofile  Memory panel of Chrome's DevTools, VS Code
  collapsed    flamegraph.pl, inferno: one line a stack
  csv          spreadsheets, pandas, DuckDB: one line a site

Metrics: live bytes, total bytes allocated, peak bytes of each site; count,
total-count and peak-count are the allocations behind them. pprof holds live and
total, bytes and counts, whatever the metric, which is then its default.

--join cause puts the code that started the work below each stack, as in an
async stack trace; without it, what fetch read has no code of yours in it.

Of a dump taken with --retainers, the path that keeps most of a site is a label
of pprof, held_by, and a column of csv, heldBy; the other formats have no room
for it. Verdicts and coverage are for abtrace top and abtrace report.

Given a directory, the newest dump in it is exported. A file is written whole or
not at all.

Examples:
  abtrace export dump.json --format pprof --join cause -o dump.pb.gz
  go tool pprof -top dump.pb.gz
  abtrace export dumps --format speedscope -o dump.speedscope.json
  abtrace export dump.json --format collapsed --metric total | flamegraph.pl > total.svg
  abtrace export dump.json --format csv --label tool=fetch -o fetch.csv
`;

export function createExportCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('export')
    .description('write a dump in a format that other tools read')
    .argument('<dump>', 'a dump, or a directory with dumps')
    .addOption(
      new Option('-f, --format <format>', 'what to write').choices(EXPORT_FORMATS).makeOptionMandatory(),
    )
    .option('-o, --output <file>', 'where to; - is standard output', STANDARD_OUTPUT)
    .addOption(new Option('--join <what>', 'what to put below each stack').choices(JOINS).default('none'))
    .addOption(new Option('--metric <metric>', 'the figure to show').choices(METRICS).default('live'))
    .addHelpText('after', HELP);
  return addSourceOptions(command).action(async (place: string, options: ExportCommandOptions) => {
    await runExport(place, options);
    finish(0);
  });
}

async function runExport(place: string, options: ExportCommandOptions): Promise<void> {
  const { format, output, metric, join } = options;
  const { metrics, binary, piecesOf } = FORMAT_TRAITS[format];
  if (!metrics.includes(metric))
    throw new UsageError(`--metric must be ${metrics.join(', ')} for --format ${format}, got "${metric}"`);
  if (output === '') throw new UsageError('--output must be the name of a file, or -, got ""');
  const toStandardOutput = output === STANDARD_OUTPUT;
  if (toStandardOutput && binary && process.stdout.isTTY) {
    throw new UsageError(
      `${format} is binary, and standard output is a terminal; name a file: -o dump${FORMAT_TRAITS[format].extension}`,
    );
  }
  const file = findDump(place, tell);
  if (!toStandardOutput && isSameFile(file, output))
    throw new UsageError(`--output names the dump itself, ${output}; name another file`);
  const [dump] = readInput([file], options, tell);
  if (!dump) return;
  warnIfEmpty(dump, file);
  const pieces = piecesOf(dump, { join, metric });
  if (toStandardOutput) {
    for (const piece of pieces) {
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
    }
    return;
  }
  finishBeforeSignals();
  writeWholeSync(output, pieces, 'export');
  tell(`wrote ${output} (${formatBytes(fs.statSync(output).size)})`);
}

function warnIfEmpty({ sites }: Dump, file: string): void {
  if (sites.length === 0) tell(`there is no site to export in ${file}`);
}

function isSameFile(dump: string, output: string): boolean {
  const [read, written] = [dump, output].map((file) =>
    fs.statSync(file, { throwIfNoEntry: false, bigint: true }),
  );
  return read !== undefined && written !== undefined && read.ino === written.ino && read.dev === written.dev;
}

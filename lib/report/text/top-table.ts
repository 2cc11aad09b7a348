// The table of `abtrace top`: who owns the live bytes of a dump.
import path from 'node:path';
import pc from 'picocolors';
import { checkLimit } from '../../analysis/arguments';
import { isInArrayBuffers, liveBytesOf } from '../../analysis/coverage';
import type { Grouping } from '../../analysis/group';
import { holdingOf } from '../../analysis/retainers';
import { groupSites, type TopRow } from '../../analysis/top';
import type { Dump } from '../../dump/format';
import { addonLines, declaredLines } from './addon-lines';
import { coverageLines } from './coverage-table';
import {
  drawBar,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatError,
  formatEstimate,
  formatRate,
  formatShare,
} from './figures';
import { countGroups, GROUP_HEADERS, groupLines, hasOneOwner, viaText } from './group-cell';
import { retainerLines } from './retainer-lines';
import { safeText, widthOf } from './safe-text';
import { type Column, flow, layOutTable, terminalWidth } from './table';

/** How tables are written. */
export interface TextOptions {
  /** What to group by; default `owner`. */
  by?: Grouping;
  /** Most rows; default 20, Infinity for all. */
  limit?: number;
  /** Columns of the terminal; default: those of stdout, 100 if it is none. */
  width?: number;
  /** Colours by escape sequences; default false. */
  color?: boolean;
  /** Add the tables that say how `arrayBuffers` and `external` add up; default false. */
  coverage?: boolean;
  /** Folder that files are shown relative to; default: the traced program's working directory. */
  cwd?: string;
  /** The labels whose sites are all that the dump still has; default: it is whole. */
  labels?: string[];
}

const BAR_WIDTH = 10;

/** Shown in both tables where some figures are estimates. */
export const ERROR_COLUMN = {
  header: '±',
  align: 'left' as const,
  dropFirst: 1,
  cell: ({ liveBytesError }: { liveBytesError: number }) => formatError(liveBytesError),
};

/**
 * Writes the biggest groups of a dump as a table, with a summary above it.
 * @returns lines joined by newlines, without one at the end
 * @throws TypeError, RangeError for wrong options
 */
export function renderTop(dump: Dump, options: TextOptions = {}): string {
  const {
    by = 'owner',
    limit = 20,
    width = terminalWidth(),
    color = false,
    coverage = false,
    cwd = dump.process.cwd,
    labels = [],
  } = options;
  checkLimit('renderTop: limit', limit);
  const colors = pc.createColors(color);
  const all = groupSites(dump, by);
  const live = all.filter(({ liveBytes }) => liveBytes > 0);
  const rows = (live.length > 0 ? live : all).slice(0, limit);
  const furtherTables = [
    ...declaredLines(dump, width, cwd, colors),
    ...(coverage ? ['', ...coverageLines(dump, width, colors)] : []),
  ];
  const lines = [
    ...headingLines(dump, width, labels).map((line, index) => (index === 0 ? colors.bold(line) : line)),
    '',
  ];
  if (rows.length === 0) {
    const nothing =
      labels.length > 0 ? 'Nothing has been allocated under that label.' : 'No allocation has been captured.';
    return [...lines, nothing, ...furtherTables].join('\n');
  }

  const columns: Column<TopRow>[] = [
    {
      header: 'live',
      align: 'right',
      cell: (row) => formatEstimate(row.liveBytes, row.sampledBytes > 0),
    },
    ...(rows.some(({ liveBytesError }) => liveBytesError > 0) ? [ERROR_COLUMN] : []),
    { header: 'share', align: 'right', cell: (row) => formatShare(row.share) },
    {
      header: '',
      align: 'left',
      dropFirst: 3,
      cell: (row) => colors.yellow(drawBar(row.share, BAR_WIDTH).padEnd(BAR_WIDTH)),
    },
    { header: 'count', align: 'right', dropFirst: 2, cell: (row) => formatCount(row.liveCount) },
    { header: 'total', align: 'right', dropFirst: 5, cell: (row) => formatBytes(row.totalBytes) },
    { header: 'peak', align: 'right', dropFirst: 6, cell: (row) => formatBytes(row.peakBytes) },
    { header: 'median age', align: 'right', dropFirst: 4, cell: (row) => formatAge(row.medianAgeMs) },
  ];
  if (hasOneOwner(by)) columns.push({ header: 'via', align: 'left', cell: viaText });
  lines.push(
    ...layOutTable({
      columns,
      last: {
        header: GROUP_HEADERS[by],
        cell: (row, room) => [
          ...groupLines(row, by, room, { cwd, colors }),
          ...addonLines(dump, row, room - 2, colors).map((line) => `  ${line}`),
          ...retainerLines(dump, holdingOf(dump, row.sites), room - 2, { cwd, colors }).map(
            (line) => `  ${line}`,
          ),
        ],
      },
      rows,
      width,
      colors,
    }),
  );
  const foot = footLines(dump, all, rows, by, width, labels.length === 0);
  return [...lines, ...foot.map(colors.dim), ...furtherTables].join('\n');
}

/** The lines that sum a dump up: which process, how much is live, how much of it has an owner, how it grows. */
function headingLines(dump: Dump, width: number, labels: string[] = []): string[] {
  const { process: program } = dump;
  const names = [
    programName(program.script, program.title),
    `pid ${program.pid}`,
    `node ${safeText(program.node)}`,
    `up ${formatDuration(program.uptimeSeconds)}`,
    `traced ${formatDuration(program.tracedSeconds)}`,
  ];
  const live = labels.length > 0 ? labelFigures(dump, labels) : wholeFigures(dump);
  return [
    ...flow(names, width),
    ...flow(live, width),
    ...(labels.length > 0 ? [] : sampledLines(dump, width)),
  ];
}

function wholeFigures(dump: Dump): string[] {
  const { coverage, growth, sites } = dump;
  const ownerless = sites.reduce(
    (sum, site) => sum + (site.owner === null && isInArrayBuffers(site) ? site.liveBytes : 0),
    0,
  );
  const attributed =
    coverage.arrayBuffersBytes === 0
      ? 'arrayBuffers 0 B'
      : `attributed ${formatShare((coverage.attributedBytes - ownerless) / coverage.arrayBuffersBytes)} of ${formatBytes(coverage.arrayBuffersBytes)}`;
  const past = sites.reduce((sum, site) => sum + (site.pastAllocator ? site.liveBytes : 0), 0);
  return [
    `${formatBytes(liveBytesOf(dump))} live in ${countBuffers(dump)}`,
    attributed,
    ...(past > 0 ? [`${formatBytes(past)} past the allocator`] : []),
    growthText(growth),
  ];
}

/** Growth is known of the whole only. */
function labelFigures(dump: Dump, labels: string[]): string[] {
  const liveBytes = dump.sites.reduce((sum, site) => sum + (site.sampled ? 0 : site.liveBytes), 0);
  return [
    `under ${labels.map((label) => `"${safeText(label)}"`).join(' and ')}: ${formatBytes(liveBytes)} live in ${countBuffers(dump)}`,
    `arrayBuffers ${formatBytes(dump.coverage.arrayBuffersBytes)} in all`,
  ];
}

function countBuffers({ sites }: Dump): string {
  const count = sites.reduce((sum, site) => sum + (site.sampled || site.found ? 0 : site.liveCount), 0);
  return `${formatCount(count)} ${count === 1 ? 'buffer' : 'buffers'}`;
}

/** What samples found below the threshold, beside what is known to be there. */
function sampledLines({ coverage, options }: Dump, width: number): string[] {
  const { belowThresholdBytes, belowThresholdEstimateBytes = 0, belowThresholdErrorBytes = 0 } = coverage;
  if (belowThresholdEstimateBytes === 0) return [];
  const found = `≈${formatBytes(belowThresholdEstimateBytes)} ${formatError(belowThresholdErrorBytes)} sampled`;
  const known = `of ${formatBytes(belowThresholdBytes)} in buffers below ${formatBytes(options.thresholdBytes)}`;
  return flow([`${found} ${known}`], width);
}

/** The name of a program's file, or the process title if it has none. */
export function programName(script: string | null, title: string): string {
  return safeText(script === null ? title : path.posix.basename(script.replaceAll('\\', '/')));
}

function growthText({ mbPerHour, overSeconds }: Dump['growth']): string {
  const over = `over ${formatDuration(overSeconds)}`;
  const rate = formatRate(mbPerHour);
  if (rate === formatRate(0)) return `no growth ${over}`;
  return `${mbPerHour > 0 ? 'growing' : 'shrinking'} ${rate.slice(1)} ${over}`;
}

function footLines(
  dump: Dump,
  all: TopRow[],
  rows: TopRow[],
  by: Grouping,
  width: number,
  isWhole: boolean,
): string[] {
  const lines: string[] = [];
  const hidden = all.slice(rows.length);
  const holding = hidden.filter(({ liveBytes }) => liveBytes > 0);
  if (holding.length > 0) {
    const bytes = holding.reduce((sum, row) => sum + row.liveBytes, 0);
    const share = holding.reduce((sum, row) => sum + row.share, 0);
    lines.push(
      `and ${countGroups(holding.length, by, 'more ')}: ${formatBytes(bytes)}, ${formatShare(share)}`,
    );
  }
  const idle = hidden.length - holding.length;
  if (idle > 0) lines.push(`and ${countGroups(idle, by)} with nothing live now`);
  const { belowThresholdBytes, beforeStartBytes, tracerBytes, remainderBytes } = dump.coverage;
  // What was sampled stands in the heading.
  const isSampled = (dump.coverage.belowThresholdEstimateBytes ?? 0) > 0;
  const rest: [string, number][] = [
    [`below ${formatBytes(dump.options.thresholdBytes)} each`, isSampled ? 0 : belowThresholdBytes],
    ['from before the start', beforeStartBytes],
    ["abtrace's own", tracerBytes],
    ['unexplained', remainderBytes],
  ];
  const parts = rest
    .filter(([, bytes]) => bytes !== 0)
    .map(([what, bytes]) => `${formatBytes(bytes)} ${what}`);
  if (isWhole && parts.length > 0)
    lines.push(...flow([`not attributed: ${parts[0]}`, ...parts.slice(1)], width));
  for (const { reason, count } of dump.drops) {
    if (count > 0) lines.push(`not recorded: ${formatCount(count)} (${safeText(reason)})`);
  }
  const explanation = 'via cause: no user code was on the stack; the allocation was caused by the line shown';
  const meaning = '≈ estimated from samples, ± their standard error';
  if (rows.some(({ sampledBytes }) => sampledBytes > 0) && widthOf(meaning) <= width) lines.push(meaning);
  const caused = hasOneOwner(by) && rows.some(({ owner }) => owner?.via === 'cause');
  if (caused && widthOf(explanation) <= width) lines.push(explanation);
  return lines.length > 0 ? ['', ...lines] : [];
}

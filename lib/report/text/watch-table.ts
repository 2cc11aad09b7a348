// The live table of `abtrace watch`: what owns memory now, how fast it grows, and how it came there. Pure: it gets the
// size of the terminal and returns lines that fit.
import pc from 'picocolors';
import type { Grouping } from '../../analysis/group';
import type { WatchHistory, WatchRow, WatchSort } from '../../analysis/watch-history';
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from './figures';
import { GROUP_HEADERS, groupLines, hasOneOwner, viaText } from './group-cell';
import { cutEnd, safeText, widthOf } from './safe-text';
import { type Column, flow, layOutTable } from './table';
import { programName } from './top-table';

export interface WatchView {
  history: WatchHistory;
  by: Grouping;
  sort: WatchSort;
  /** Most rows. */
  limit: number;
  /** Columns and lines of the terminal; Infinity lines where it is none. */
  width: number;
  height: number;
  color: boolean;
  /** Said on the last line; cut if it is too long. */
  foot: string;
}

/** The header and three rows. */
const LEAST_TABLE_LINES = 4;
const TREND_WIDTH = 16;
const LEVELS = '▁▂▃▄▅▆▇█';

/** Writes the table as lines, none wider and together not higher than the terminal. */
export function renderWatch(view: WatchView): string[] {
  const { history, width, height, by, sort, limit, foot } = view;
  const colors = pc.createColors(view.color);
  const { latest } = history;
  if (latest === undefined) return [cutEnd(foot, width)].slice(0, height);
  const head = headLines(view).map((line, index) => (index === 0 ? colors.bold(line) : line));
  const rows = history.rows(sort);
  const live = rows.filter(({ liveBytes }) => liveBytes > 0).slice(0, limit);
  const table =
    live.length === 0
      ? ['Nothing has been captured yet.']
      : layOutTable({
          columns: columnsOf(view),
          last: {
            header: GROUP_HEADERS[by],
            wanted: 30,
            cell: (row, room) => groupLines(row, by, room, { cwd: latest.process.cwd, colors }).slice(0, 2),
          },
          rows: live.slice(0, Number.isFinite(height) ? height : live.length),
          width,
          colors,
        });
  const fit = (line: string) => (widthOf(line) > width ? cutPainted(line, width) : line);
  const footLine = foot === '' ? [] : [colors.dim(cutEnd(foot, width))];
  const roomy = [...head, '', ...table, ...(foot === '' ? [] : [''])].map(fit);
  if (roomy.length + footLine.length <= height) return [...roomy, ...footLine];
  // The rows matter more than the figures of the process.
  const least = Math.min(table.length, LEAST_TABLE_LINES) + footLine.length;
  const headRoom = Math.max(0, Math.min(head.length, height - least));
  const tight = [...head.slice(0, headRoom), ...table].map(fit);
  return [...tight.slice(0, Math.max(0, height - footLine.length)), ...footLine].slice(0, height);
}

/** Draws values as a line of bars, the newest on the right; all of the same height where nothing changes. */
export function drawTrend(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const most = Math.max(...shown, 1);
  return shown
    .map((value) => (value <= 0 ? ' ' : (LEVELS[Math.min(7, Math.floor((value / most) * 7.999))] ?? ' ')))
    .join('')
    .padStart(width);
}

function headLines({ history, width }: WatchView): string[] {
  const { latest } = history;
  if (latest === undefined) return [];
  const { process: program, memory, attributedBytes } = latest;
  const share = memory.arrayBuffersBytes > 0 ? attributedBytes / memory.arrayBuffersBytes : 0;
  const rate = history.bytesPerSecond;
  return [
    ...flow(
      [
        programName(program.script, program.title),
        `pid ${program.pid}`,
        `node ${safeText(program.node)}`,
        `up ${formatDuration(program.uptimeSeconds)}`,
        `traced ${formatDuration(program.tracedSeconds)}`,
      ],
      width,
    ),
    ...flow(
      [
        `rss ${formatBytes(memory.rssBytes)}`,
        `heap ${formatBytes(memory.heapUsedBytes)}`,
        `external ${formatBytes(memory.externalBytes)}`,
        `arrayBuffers ${formatBytes(memory.arrayBuffersBytes)}`,
        `attributed ${formatShare(share)}`,
        ...(rate === null
          ? []
          : [`${formatRate((rate * 3600) / 1e6)} over ${formatDuration(history.spanSeconds)}`]),
      ],
      width,
    ),
  ];
}

function columnsOf({ by, sort, color }: WatchView): Column<WatchRow>[] {
  const colors = pc.createColors(color);
  const header = (name: string, its: WatchSort) => (its === sort ? `${name} ▾` : name);
  const columns: Column<WatchRow>[] = [
    { header: header('live', 'live'), align: 'right', cell: (row) => formatBytes(row.liveBytes) },
    {
      header: header('growth', 'growth'),
      align: 'right',
      dropFirst: 1,
      cell: ({ bytesPerSecond }) =>
        bytesPerSecond === null ? '' : formatRate((bytesPerSecond * 3600) / 1e6),
    },
    {
      header: 'trend',
      align: 'left',
      dropFirst: 3,
      cell: (row) => colors.yellow(drawTrend(row.trend, TREND_WIDTH)),
    },
    {
      header: header('count', 'count'),
      align: 'right',
      dropFirst: 2,
      cell: (row) => formatCount(row.liveCount),
    },
    {
      header: header('total', 'total'),
      align: 'right',
      dropFirst: 4,
      cell: (row) => formatBytes(row.totalBytes),
    },
  ];
  if (hasOneOwner(by)) columns.push({ header: 'via', align: 'left', dropFirst: 5, cell: viaText });
  return columns;
}

/** Too narrow even for the figures: colours go, so that nothing is cut within them. */
function cutPainted(line: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
  return cutEnd(line.replace(/\u001b\[[\d;]*m/g, ''), width);
}

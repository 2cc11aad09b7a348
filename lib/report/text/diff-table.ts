// The tables of `abtrace diff`: what the process's memory did between two dumps, and which groups grew.
import pc from 'picocolors';
import { checkLimit } from '../../analysis/arguments';
import type { Change, DiffRow, DumpDiff } from '../../analysis/diff';
import { formatBytes, formatBytesChange, formatCountChange, formatDuration, formatRate } from './figures';
import { countGroups, GROUP_HEADERS, groupLines, hasOneOwner, viaText } from './group-cell';
import { flowParts, LEAD } from './retainer-lines';
import { safeText } from './safe-text';
import { type Column, flow, layOutTable, terminalWidth } from './table';
import { ERROR_COLUMN, programName, type TextOptions } from './top-table';

/**
 * Writes what changed between two dumps. Groups that did not change are counted only.
 * @param options as for renderTop; what is grouped by stands in the diff
 * @returns lines joined by newlines, without one at the end
 * @throws TypeError, RangeError for wrong options
 */
export function renderDiff(diff: DumpDiff, options: Omit<TextOptions, 'by'> = {}): string {
  const { limit = 20, width = terminalWidth(), color = false, cwd = diff.after.cwd } = options;
  checkLimit('renderDiff: limit', limit);
  const colors = pc.createColors(color);
  const changed = diff.rows.filter(
    ({ liveBytes, liveCount }) => liveBytes.delta !== 0 || liveCount.delta !== 0,
  );
  const rows = pickRows(changed, limit);
  const lines = [
    ...headingLines(diff, width).map((line, index) => (index === 0 ? colors.bold(line) : line)),
    ...diff.notes.map((note) => colors.yellow(`note: ${note}`)),
    '',
    ...processTable(diff, width, colors),
    '',
  ];
  if (rows.length === 0)
    return [...lines, `No change in ${countGroups(diff.rows.length, diff.by)}.`].join('\n');

  const growth = (delta: number) => paint(formatBytesChange(delta), delta, colors);
  const columns: Column<DiffRow>[] = [
    { header: 'growth', align: 'right', cell: ({ liveBytes }) => growth(liveBytes.delta) },
    ...(rows.some(({ liveBytesError }) => liveBytesError > 0) ? [ERROR_COLUMN] : []),
    { header: 'rate', align: 'right', cell: (row) => formatRate(row.mbPerHour) },
    {
      header: 'before',
      align: 'right',
      dropFirst: 3,
      cell: ({ liveBytes }) => formatBytes(liveBytes.before),
    },
    { header: 'after', align: 'right', dropFirst: 2, cell: ({ liveBytes }) => formatBytes(liveBytes.after) },
    {
      header: 'count',
      align: 'right',
      dropFirst: 1,
      cell: ({ liveCount }) => formatCountChange(liveCount.delta),
    },
  ];
  if (hasOneOwner(diff.by)) columns.push({ header: 'via', align: 'left', cell: viaText });
  lines.push(
    ...layOutTable({
      columns,
      last: {
        header: GROUP_HEADERS[diff.by],
        cell: (row, room) => [
          ...groupLines(row, diff.by, room, { cwd, colors }),
          ...holderLines(row, room, colors),
        ],
      },
      rows,
      width,
      colors,
    }),
  );
  return [...lines, ...footLines(diff, changed, rows).map(colors.dim)].join('\n');
}

/** What holds it, below what grew. */
function holderLines({ heldBy, liveBytes }: DiffRow, room: number, colors: Colors): string[] {
  if (heldBy === null || liveBytes.delta <= 0) return [];
  return flowParts(heldBy.split(' → ').map(safeText), room - LEAD.length).map(
    (line, index) => (index === 0 ? LEAD : ' '.repeat(LEAD.length)) + colors.green(line),
  );
}

type Colors = ReturnType<typeof pc.createColors>;

/** The rows that changed most, in the order of the diff: growth first, then what shrank. */
function pickRows(changed: DiffRow[], limit: number): DiffRow[] {
  if (changed.length <= limit) return changed;
  const most = [...changed].sort((a, b) => Math.abs(b.liveBytes.delta) - Math.abs(a.liveBytes.delta));
  const picked = new Set(most.slice(0, limit));
  return changed.filter((row) => picked.has(row));
}

function headingLines({ before, after, elapsedSeconds, sameProcess }: DumpDiff, width: number): string[] {
  const pids = sameProcess ? `pid ${after.pid}` : `pid ${before.pid} → ${after.pid}`;
  const names = [before, after].map(({ script }) => programName(script, 'node'));
  return flow(
    [
      names[0] === names[1] ? (names[1] ?? '') : names.join(' → '),
      pids,
      clockTexts(before.createdAt, after.createdAt),
      `${formatDuration(elapsedSeconds)} apart`,
    ],
    width,
  );
}

/** Two moments in UTC; the date stands once if it is the same. */
function clockTexts(...moments: [string, string]): string {
  const [[day, time] = [], [otherDay, otherTime] = []] = moments.map((moment) =>
    new Date(moment).toISOString().slice(0, 19).split('T'),
  );
  return `${day} ${time} → ${day === otherDay ? '' : `${otherDay} `}${otherTime} UTC`;
}

function processTable(
  { memory, liveBytes, sameProcess, elapsedSeconds }: DumpDiff,
  width: number,
  colors: Colors,
): string[] {
  const rows: { name: string; change: Change }[] = [
    { name: 'attributed', change: liveBytes },
    { name: 'arrayBuffers', change: memory.arrayBuffersBytes },
    { name: 'external', change: memory.externalBytes },
    { name: 'heap used', change: memory.heapUsedBytes },
    { name: 'rss', change: memory.rssBytes },
  ];
  const rate = ({ delta }: Change) =>
    sameProcess && elapsedSeconds > 0 ? formatRate(((delta / elapsedSeconds) * 3600) / 1e6) : '–';
  return layOutTable({
    columns: [
      {
        header: 'growth',
        align: 'right',
        cell: ({ change }) => paint(formatBytesChange(change.delta), change.delta, colors),
      },
      { header: 'rate', align: 'right', cell: ({ change }) => rate(change) },
      { header: 'before', align: 'right', cell: ({ change }) => formatBytes(change.before) },
      { header: 'after', align: 'right', cell: ({ change }) => formatBytes(change.after) },
    ],
    last: { header: 'memory', wanted: 12, cell: ({ name }) => [name] },
    rows,
    width,
    colors,
  });
}

function paint(text: string, delta: number, colors: Colors): string {
  return delta > 0 ? colors.red(text) : delta < 0 ? colors.green(text) : text;
}

function footLines(diff: DumpDiff, changed: DiffRow[], rows: DiffRow[]): string[] {
  const lines: string[] = [];
  const hidden = changed.length - rows.length;
  if (hidden > 0) {
    const shown = new Set(rows);
    const bytes = changed.reduce((sum, row) => (shown.has(row) ? sum : sum + row.liveBytes.delta), 0);
    lines.push(`and ${countGroups(hidden, diff.by, 'more ')} that changed: ${formatBytesChange(bytes)}`);
  }
  const same = diff.rows.length - changed.length;
  if (same > 0) lines.push(`${countGroups(same, diff.by)} without change`);
  return lines.length > 0 ? ['', ...lines] : [];
}

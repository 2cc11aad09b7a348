// Lays out tables that fit the terminal: figures to the right in columns as wide as they need, the last column takes
// what is left, and columns that matter least go first when that is too little.
import Table from 'cli-table3';
import type { Colors } from 'picocolors/types';
import { widthOf } from './safe-text';

/** A column of figures. */
export interface Column<Row> {
  header: string;
  align: 'left' | 'right';
  /** Columns with the highest number go first when it gets narrow; without one, a column always stays. */
  dropFirst?: number;
  cell: (row: Row) => string;
}

/** A table whose last column is as wide as is left. */
export interface TableLayout<Row> {
  columns: Column<Row>[];
  /** The last column; `cell` gets the width and returns lines. For `wanted` columns, default 42, others are dropped. */
  last: { header: string; wanted?: number; cell: (row: Row, width: number) => string[] };
  rows: Row[];
  /** Columns of the terminal. */
  width: number;
  colors: Colors;
}

const GAP = 2;
const LAST_WANTED = 42;
const LAST_LEAST = 16;
const NO_BORDERS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

/** The width of the terminal that stdout is, or 100 if it is none. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? (process.stdout.columns ?? 100) : 100;
}

/** Returns the lines of a table, none wider than `width` unless that is below what the figures alone need. */
export function layOutTable<Row>({ columns, last, rows, width, colors }: TableLayout<Row>): string[] {
  const measured = columns.map((column) => {
    const cells = rows.map(column.cell);
    return { ...column, cells, width: Math.max(widthOf(column.header), ...cells.map(widthOf)) };
  });
  const lastWidth = (shown: typeof measured) =>
    width - shown.reduce((sum, column) => sum + column.width + GAP, 0);
  let shown = measured;
  const wanted = last.wanted ?? LAST_WANTED;
  while (lastWidth(shown) < wanted && shown.some(({ dropFirst }) => dropFirst !== undefined)) {
    const leastUseful = Math.max(...shown.map(({ dropFirst = Number.NEGATIVE_INFINITY }) => dropFirst));
    shown = shown.filter(({ dropFirst }) => dropFirst !== leastUseful);
  }

  const room = Math.max(lastWidth(shown), LAST_LEAST);
  const table = new Table({
    head: [...shown.map(({ header }) => colors.dim(header)), colors.dim(last.header)],
    colAligns: [...shown.map(({ align }) => align), 'left'],
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    colWidths: [...shown.map((column) => column.width + GAP), room + GAP],
  });
  for (const [index, row] of rows.entries()) {
    table.push([...shown.map(({ cells }) => cells[index]), last.cell(row, room).join('\n')]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Joins parts by ` · `, with line breaks between them where needed. */
export function flow(parts: string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = line === undefined ? part : `${line} · ${part}`;
    if (line !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

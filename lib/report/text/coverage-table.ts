// The tables of `abtrace top --coverage`: how `arrayBuffers` and `external` add up, from the whole down to zero.
import type { Colors } from 'picocolors/types';
import { type CoverageRow, type CoverageTable, explainCoverage } from '../../analysis/coverage';
import type { Dump } from '../../dump/format';
import { formatCount, formatShare } from './figures';
import { layOutTable } from './table';
import { wrapWords } from './wrap';

/** A row as it is printed: what it does to the sum, and how many bytes; no bytes if that cannot be told. */
interface Line {
  sign: string;
  bytes: number | null;
  share: number | null;
  text: string;
  strong: boolean;
}

/**
 * Writes the coverage of a dump.
 * @param width columns of the terminal
 * @returns lines
 */
export function coverageLines(dump: Dump, width: number, colors: Colors): string[] {
  return explainCoverage(dump).flatMap((table, index) => [
    ...(index === 0 ? [] : ['']),
    ...tableLines(table, width, colors),
  ]);
}

function tableLines(table: CoverageTable, width: number, colors: Colors): string[] {
  const share = (bytes: number | null) =>
    bytes === null || table.totalBytes === 0 ? null : bytes / table.totalBytes;
  const line = (sign: string, { name, bytes, note }: CoverageRow, strong = false): Line => ({
    sign,
    bytes,
    share: share(bytes),
    text: note === undefined ? name : `${name} (${note})`,
    strong,
  });
  const rows: Line[] = [
    ...table.total.map((row, index) => line(index === 0 ? '' : '+', row)),
    ...table.rows
      .filter(({ bytes }) => bytes !== 0)
      .map((row) => line(row.bytes !== null && row.bytes < 0 ? '+' : '-', row)),
    line('=', { name: 'remainder', bytes: table.remainderBytes }, true),
    ...table.ofThese
      .filter(({ bytes, note }) => bytes !== 0 || note !== undefined)
      .map((row) => line('', { ...row, name: `of these ${row.name}` })),
  ];
  const paint = (text: string, { strong }: Line) => (strong ? colors.bold(text) : text);
  return layOutTable({
    columns: [
      { header: '', align: 'left', cell: ({ sign }) => sign },
      {
        header: 'bytes',
        align: 'right',
        cell: (row) => paint(row.bytes === null ? '?' : formatCount(unsigned(row)), row),
      },
      {
        header: 'share',
        align: 'right',
        dropFirst: 1,
        cell: (row) =>
          row.share === null ? '' : formatShare(row.sign === '+' ? Math.abs(row.share) : row.share),
      },
    ],
    last: {
      header: `${table.of} of process.memoryUsage()`,
      cell: (row, room) => wrapWords(row.text, room).map((text) => paint(text, row)),
    },
    rows,
    width,
    colors,
  });
}

/** What a figure leaves out is added again, and so stands without its minus. */
function unsigned({ sign, bytes }: Line): number {
  return sign === '+' ? Math.abs(bytes ?? 0) : (bytes ?? 0);
}

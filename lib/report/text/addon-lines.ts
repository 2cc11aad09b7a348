// Writes what native addons have to do with the memory of a dump: who brought that of a row along, and a table of what
// they only declare to V8, which is part of no other figure.
import type { Colors } from 'picocolors/types';
import { type DeclaredTotal, declaredByAddon } from '../../analysis/declared';
import type { TopRow } from '../../analysis/top';
import type { Dump } from '../../dump/format';
import { formatBytes, formatCount } from './figures';
import { type PlaceStyle, placeLines } from './place-text';
import { cutEnd, safeText } from './safe-text';
import { layOutTable } from './table';
import { wrapWords } from './wrap';

/** Addons that are named; those of the fewest bytes are summed up. */
const MOST_ADDONS = 5;

/** Says which addons brought the memory of a row along, with the bytes where that is not all of it; or nothing. */
export function addonLines(
  { sites }: Dump,
  row: TopRow,
  width: number,
  colors: PlaceStyle['colors'],
): string[] {
  const byAddon = new Map<string, number>();
  for (const index of row.sites) {
    const { addon, liveBytes = 0 } = sites[index] ?? {};
    if (addon !== undefined) byAddon.set(addon, (byAddon.get(addon) ?? 0) + liveBytes);
  }
  const all = [...byAddon].sort(([, a], [, b]) => b - a);
  const lines = all.slice(0, MOST_ADDONS).map(([addon, bytes]) => {
    const part = bytes === row.liveBytes ? '' : `${formatBytes(bytes)} `;
    return `${part}brought along by ${safeText(addon)}`;
  });
  const rest = all.length - lines.length;
  if (rest > 0) lines.push(`and by ${countAddons(rest, 'more ')}`);
  return lines.map((line) => colors.dim(cutEnd(line, width)));
}

/** The table of declared memory, with an empty line before it; nothing if none was declared. */
export function declaredLines(dump: Dump, width: number, cwd: string, colors: Colors): string[] {
  const all = declaredByAddon(dump);
  if (all.length === 0) return [];
  const table = layOutTable<DeclaredTotal>({
    columns: [
      { header: 'held', align: 'right', cell: ({ heldBytes }) => formatBytes(heldBytes) },
      {
        header: 'taken in all',
        align: 'right',
        dropFirst: 2,
        cell: ({ increasedBytes }) => formatBytes(increasedBytes),
      },
      { header: 'calls', align: 'right', dropFirst: 1, cell: ({ calls }) => formatCount(calls) },
    ],
    last: {
      header: 'declared by',
      cell: ({ addon, owner }, room) => [
        colors.bold(cutEnd(safeText(addon || 'unknown addon'), room)),
        ...(owner === null
          ? []
          : placeLines(owner, room - 2, { cwd, colors }, 'mostly').map((line) => `  ${line}`)),
      ],
    },
    rows: all.slice(0, MOST_ADDONS),
    width,
    colors,
  });
  const rest = all.length - MOST_ADDONS;
  const meaning = 'Declared to V8 by native addons; it may be counted above already, and is not added to it:';
  return [
    '',
    ...wrapWords(meaning, width),
    ...table,
    ...(rest > 0 ? [colors.dim(`and ${countAddons(rest, 'more ')}`)] : []),
  ];
}

function countAddons(count: number, more: string): string {
  return `${formatCount(count)} ${more}${count === 1 ? 'addon' : 'addons'}`;
}

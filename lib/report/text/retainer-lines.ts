// Writes what keeps the memory of a row alive, below its owner: paths, pinned blocks, what native code holds.
import { type Holding, pathParts, rootPlace, rootWords } from '../../analysis/retainers';
import type { Dump } from '../../dump/format';
import { formatBytes, formatCount } from './figures';
import { locationText, type PlaceStyle } from './place-text';
import { cutEnd, safeText, widthOf } from './safe-text';
import { flow } from './table';

/** Paths of a row that are written; what is left is summed up. */
const MOST_PATHS = 3;
/** Paths that hold less than this part of the biggest are not worth a line. */
const LEAST_PART = 0.02;
/** Stands before a path. */
export const LEAD = 'held by  ';

/**
 * Writes what holds the allocations of a row, as in
 *
 *     held by  sessions Map → entry → .chunks Array[] → Uint8Array
 *              variable of the module · src/session.ts:212:7 · 2.9 GB, 40,000 buffers
 *
 * @returns no lines if that was not asked for when the dump was taken
 */
export function retainerLines(dump: Dump, holding: Holding, width: number, style: PlaceStyle): string[] {
  const { paths, heldNatively, pinned } = holding;
  const least = (paths[0]?.bytes ?? 0) * LEAST_PART;
  const shown = paths.filter(({ bytes }) => bytes >= least).slice(0, MOST_PATHS);
  const lines = shown.flatMap(({ path, bytes, count }) => {
    const sums = `${formatBytes(bytes)}, ${buffers(count)}`;
    const place = rootPlace(dump, path);
    const words = rootWords(path, '');
    const room = width - LEAD.length;
    const parts = flowParts(pathParts(dump, path).map(safeText), room);
    const where = place === null ? [] : [locationText(place, style.cwd, room)];
    const details = flow([words, ...where, sums], room).map((line) => cutEnd(line, room));
    return [...parts.map(style.colors.green), ...details.map(style.colors.dim)].map(
      (line, index) => (index === 0 ? LEAD : ' '.repeat(LEAD.length)) + line,
    );
  });
  const rest = paths.slice(shown.length);
  if (rest.length > 0) {
    const bytes = rest.reduce((sum, one) => sum + one.bytes, 0);
    lines.push(
      `and ${formatCount(rest.length)} more ${rest.length === 1 ? 'path' : 'paths'}: ${formatBytes(bytes)}`,
    );
  }
  if (pinned !== null) {
    const { heldBytes, usedBytes, count, views } = pinned;
    lines.push(
      `pinned: ${formatBytes(heldBytes)} in ${buffers(count)} for ${formatBytes(usedBytes)} that ${formatCount(views)} ${views === 1 ? 'view shows' : 'views show'}`,
    );
  }
  if (heldNatively !== null && heldNatively.bytes > 0) {
    const by =
      heldNatively.holders.length > 0 ? `: ${heldNatively.holders.join(', ')}` : ', where V8 cannot see';
    lines.push(`held natively: ${formatBytes(heldNatively.bytes)} in ${buffers(heldNatively.count)}${by}`);
  }
  return lines.map((line) => cutEnd(line, width));
}

function buffers(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'buffer' : 'buffers'}`;
}

/** Parts with arrows between them, on as few lines as they fit; what does not fit a line by itself is cut. */
export function flowParts(parts: string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = line === undefined ? part : `${line} → ${part}`;
    if (line !== undefined && widthOf(longer) + 2 <= width) lines[lines.length - 1] = longer;
    else lines.push(line === undefined ? part : `→ ${part}`);
  }
  return lines.map((line) => cutEnd(line, width));
}

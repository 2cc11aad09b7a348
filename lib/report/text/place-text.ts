// Writes places in code so that they fit: the name of the file and the line are the last that would go.
import type { Colors } from 'picocolors/types';
import type { Place } from '../../analysis/owner';
import { relativeTo } from '../harmless-text';
import { cutEnd, cutStart, safeText, widthOf } from './safe-text';

export { relativeTo };

/** How places are written. */
export interface PlaceStyle {
  /** Folder that files are shown relative to. */
  cwd: string;
  colors: Colors;
}

/** How wide a function name may get before it is cut for the sake of the file beside it. */
const NAME_WIDTH = 48;

/**
 * Writes a place on as few lines as `width` allows: one, or the function and below it the file.
 * @param lead words before the function; a place with a lead is secondary and written dim
 */
export function placeLines(place: Place, width: number, style: PlaceStyle, lead = ''): string[] {
  const { bold, cyan, dim } = style.colors;
  const [paintName, paintLocation] = lead === '' ? [bold, cyan] : [dim, dim];
  const start = lead === '' ? '' : `${lead} `;
  const name = safeText(place.function || '(anonymous)');
  const location = locationText(place, style.cwd, Number.POSITIVE_INFINITY);
  const roomForName = Math.min(NAME_WIDTH, width - widthOf(start) - widthOf(location) - 2);
  if (roomForName >= Math.min(widthOf(name), NAME_WIDTH)) {
    return [`${paintName(start + cutEnd(name, roomForName))}  ${paintLocation(location)}`];
  }
  const indent = lead === '' ? '' : '  ';
  return [
    paintName(start + cutEnd(name, width - widthOf(start))),
    indent + paintLocation(locationText(place, style.cwd, width - indent.length)),
  ];
}

/** Writes file, line and column of a place, with folders left out from the middle until it fits. */
export function locationText({ file, line, column }: Place, cwd: string, width: number): string {
  const position = line === 0 ? '' : column === 0 ? `:${line}` : `:${line}:${column}`;
  const path = shortenPath(relativeTo(cwd, file), width - position.length);
  return cutStart(path + position, width);
}

/**
 * Leaves folders out of a path until it is at most `width` wide: first what stands before a package's name, then from
 * the middle. The file's name always stays.
 */
export function shortenPath(path: string, width: number): string {
  const whole = safeText(path || '(unnamed)');
  if (widthOf(whole) <= width) return whole;
  const text = whole.replace(/^.*[\\/]node_modules[\\/]|^node_modules[\\/]/, '');
  if (widthOf(text) <= width) return text;
  const separator = text.includes('/') ? '/' : '\\';
  const parts = text.split(separator);
  const name = parts.pop() ?? '';
  for (let kept = parts.length - 1; kept > 0; kept -= 1) {
    const head = parts.slice(0, Math.ceil(kept / 2));
    const tail = parts.slice(parts.length - Math.floor(kept / 2));
    const shorter = [...head, '…', ...tail, name].join(separator);
    if (widthOf(shorter) <= width) return shorter;
  }
  const last = `…${separator}${name}`;
  return widthOf(last) <= width ? last : name;
}

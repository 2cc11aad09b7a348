// Collapsed stacks, one line a stack: what flamegraph.pl, inferno and most viewers of flame graphs read.
import type { Place } from '../analysis/owner';
import type { Dump } from '../dump/format';
import { METRIC_MEANINGS } from './metric';
import { type ExportOptions, resolveExportOptions } from './options';
import { createExportStacks, functionName } from './stacks';

/** What would end a frame, a stack or a line, is not seen, or begins an escape. */
const SPECIAL = /[%;\p{C}\p{Z}\s]/gu;
const HALF_OF_PAIR = /\p{Cs}/u;

/**
 * Writes a dump as collapsed stacks: outermost frame first, `;` between frames, a space, and the metric's value:
 *
 *     main@/srv/app.js:3:1;allocate@node:buffer:462:21 65536
 *
 * Spaces, `;`, `%` and control characters in a name are written as in URLs (`%20`). Sites with the same stack are one
 * line; those whose value is 0 are left out.
 * @param dump as dump() and readDump() return it
 * @param options what to show
 * @returns pieces of text, cut at ends of lines
 * @throws TypeError, RangeError for wrong options
 */
export function* collapsedPieces(
  dump: Dump,
  options: ExportOptions = {},
): Generator<string, void, undefined> {
  const { join, metric } = resolveExportOptions('toCollapsed', dump, options);
  const { figureOf } = METRIC_MEANINGS[metric];
  const stacks = createExportStacks(dump, join);
  const names = stacks.places.map(frameText);
  const values = new Map<readonly number[], number>();
  for (const site of dump.sites) {
    const stack = stacks.of(site);
    values.set(stack, (values.get(stack) ?? 0) + figureOf(site));
  }
  let piece = '';
  for (const [stack, value] of values) {
    if (value === 0) continue;
    let line = '';
    for (let at = stack.length - 1; at >= 0; at -= 1) {
      line += names[stack[at] ?? -1] ?? '';
      if (at > 0) line += ';';
    }
    piece += `${line} ${value}\n`;
    if (piece.length >= 1 << 20) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

/**
 * Writes a dump as collapsed stacks, see {@link collapsedPieces}.
 * @param dump as dump() and readDump() return it
 * @param options what to show
 * @returns the text, one line a stack
 * @throws TypeError, RangeError for wrong options
 */
export function toCollapsed(dump: Dump, options: ExportOptions = {}): string {
  return [...collapsedPieces(dump, options)].join('');
}

function frameText(place: Place): string {
  const name = functionName(place);
  const where = place.line === 0 ? place.file : `${place.file}:${place.line}:${place.column}`;
  return escapeText(where === '' ? name : `${name}@${where}`);
}

function escapeText(text: string): string {
  return text.replace(SPECIAL, (character) =>
    encodeURIComponent(HALF_OF_PAIR.test(character) ? '\ufffd' : character),
  );
}

// The stacks that all exports show: each site's own, with its cause below it if asked for, in terms of the original
// sources. What other tools have no notion of becomes a frame with a name in parentheses.
//
//   stack [resume, processTicks]   cause [request, streamTurn]
//   join 'cause'  ─►  resume ← processTicks ← (async) ← request ← streamTurn

import { type Place, placeOf } from '../analysis/owner';
import type { Dump, Site } from '../dump/format';

/** What can be put below a stack. */
export const JOINS = ['none', 'cause'] as const;

/** `cause`: the stack that started the work goes below the one that allocated, as in an async stack trace. */
export type Join = (typeof JOINS)[number];

/** Stands between a stack and its cause. */
export const ASYNC_NAME = '(async)';
/** Stands for a stack that is not there: the memory was asked for inside Node. */
export const NO_STACK_NAME = '(no JavaScript on the stack)';

/** The stacks of a dump, ready to be written. */
export interface ExportStacks {
  /** Places in code; `of` gives indices into it. */
  places: Place[];
  /**
   * The stack to show for a site, innermost first; never empty. Sites with the same stack (and, when joined, the same
   * cause) give the same array.
   */
  of: (site: Pick<Site, 'stack' | 'cause'>) => readonly number[];
}

/**
 * Prepares the stacks of a dump.
 * @param dump as dump() and readDump() return it; not changed
 * @param join what goes below each stack
 */
export function createExportStacks(dump: Dump, join: Join): ExportStacks {
  const places = dump.frames.map((frame) => placeOf(dump, frame));
  const asyncPlace = places.push(synthetic(ASYNC_NAME)) - 1;
  const noStackPlace = places.push(synthetic(NO_STACK_NAME)) - 1;
  const noStack = [noStackPlace];
  const own = dump.stacks.map((stack) => (stack.length === 0 ? noStack : stack));
  const joined = new Map<number, Map<number, readonly number[]>>();
  const ownOf = (stack: number | null) => (stack === null ? noStack : (own[stack] ?? noStack));
  return {
    places,
    of({ stack, cause }) {
      if (join === 'none' || cause === null || (dump.stacks[cause]?.length ?? 0) === 0) return ownOf(stack);
      const byCause = joined.get(stack ?? -1) ?? new Map<number, readonly number[]>();
      joined.set(stack ?? -1, byCause);
      const known = byCause.get(cause) ?? [...ownOf(stack), asyncPlace, ...ownOf(cause)];
      byCause.set(cause, known);
      return known;
    },
  };
}

/** The name of a place's function, or words for one that has none. */
export function functionName({ function: name }: Pick<Place, 'function'>): string {
  return name || '(anonymous)';
}

/** True for the frames that exports add themselves. */
export function isSynthetic({ function: name, file }: Place): boolean {
  return file === '' && (name === ASYNC_NAME || name === NO_STACK_NAME);
}

function synthetic(name: string): Place {
  return { function: name, file: '', line: 0, column: 0, origin: 'native', package: null };
}

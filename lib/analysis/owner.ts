// Finds the owner of a site: the one frame that a person should look at.
//
// The first that exists, frames taken innermost first:
//
//   1. a user frame of the stack      via stack        handler      /srv/app.js:12
//   2. a user frame of the cause      via cause        streamTurn   /srv/session.js:212
//   3. a dependency's, of the stack   via dependency   next         /srv/node_modules/got/…
//   4. a dependency's, of the cause   via dependency
//   5. user code without a file name (from eval), of the stack, then of the cause
//
// so for `stack: [resume (node), processTicksAndRejections (node)]`, `cause: [dispatch (got), streamTurn (user)]`
// the owner is streamTurn, via cause.
import type { Dump, Frame, Owner, Via } from '../dump/format';

/** The parts of a dump that places in code are looked up in. */
export type CodeTables = Pick<Dump, 'strings' | 'frames' | 'stacks'>;

/** A place in code, in terms of the original source where that is known. */
export type Place = Pick<Owner, 'function' | 'file' | 'line' | 'column' | 'origin' | 'package'>;

/** Finds the owner for a stack and a cause, given as indices into the dump's stacks. */
export type OwnerFinder = (stack: number | null, cause: number | null) => Owner | null;

interface Candidates {
  user: Frame | null;
  dependency: Frame | null;
  nameless: Frame | null;
}

const NO_CANDIDATES: Candidates = { user: null, dependency: null, nameless: null };

/** Makes a finder of owners; each stack is searched once. */
export function createOwnerFinder(tables: CodeTables): OwnerFinder {
  const candidatesOf = createCandidateFinder(tables);
  return (stack, cause) => {
    const own = candidatesOf(stack);
    const causing = candidatesOf(cause);
    const answer = (frame: Frame, via: Via): Owner => ({ ...placeOf(tables, frame), via });
    if (own.user) return answer(own.user, 'stack');
    if (causing.user) return answer(causing.user, 'cause');
    const dependency = own.dependency ?? causing.dependency;
    if (dependency) return answer(dependency, 'dependency');
    if (own.nameless) return answer(own.nameless, 'stack');
    return causing.nameless ? answer(causing.nameless, 'cause') : null;
  };
}

/**
 * Makes a function that finds the place in a cause to name it by: its user code, else a dependency, else nameless
 * user code, else where it was taken. Equal frames give the same object.
 */
export function createCauseFinder(tables: CodeTables): (cause: number | null) => Place | null {
  const candidatesOf = createCandidateFinder(tables);
  const placeAt = createPlaceFinder(tables);
  return (cause) => {
    const { user, dependency, nameless } = candidatesOf(cause);
    return placeAt(user ?? dependency ?? nameless ?? innermostFrame(tables, cause));
  };
}

/** Makes a function that finds the place where a stack was taken. Equal frames give the same object. */
export function createInnermostFinder(tables: CodeTables): (stack: number | null) => Place | null {
  const placeAt = createPlaceFinder(tables);
  return (stack) => placeAt(innermostFrame(tables, stack));
}

/** Gives every site of a dump the owner that its frames, as they are classified now, say. */
export function withOwners(dump: Dump): Dump {
  const find = createOwnerFinder(dump);
  const owned = <T extends { stack: number | null; cause: number | null }>(row: T) => ({
    ...row,
    owner: find(row.stack, row.cause),
  });
  const { declared } = dump;
  return {
    ...dump,
    sites: dump.sites.map(owned),
    ...(declared === undefined ? {} : { declared: declared.map(owned) }),
  };
}

/** The place that a frame shows, in terms of the original source if source maps have been applied. */
export function placeOf({ strings }: Pick<Dump, 'strings'>, frame: Frame): Place {
  const { function: name, file, line, column } = frame.original ?? frame;
  return {
    function: strings[name] ?? '',
    file: strings[file] ?? '',
    line,
    column,
    origin: frame.origin,
    package: frame.package === null ? null : (strings[frame.package] ?? null),
  };
}

function innermostFrame({ frames, stacks }: CodeTables, stack: number | null): Frame | null {
  return frames[stacks[stack ?? -1]?.[0] ?? -1] ?? null;
}

function createPlaceFinder(tables: CodeTables): (frame: Frame | null) => Place | null {
  const known = new Map<Frame, Place>();
  return (frame) => {
    if (frame === null) return null;
    const place = known.get(frame) ?? placeOf(tables, frame);
    known.set(frame, place);
    return place;
  };
}

function createCandidateFinder(tables: CodeTables): (stack: number | null) => Candidates {
  const known: Candidates[] = [];
  return (stack) => {
    if (stack === null) return NO_CANDIDATES;
    known[stack] ??= findCandidates(tables, stack);
    return known[stack];
  };
}

function findCandidates({ strings, frames, stacks }: CodeTables, stack: number): Candidates {
  const found: Candidates = { ...NO_CANDIDATES };
  for (const index of stacks[stack] ?? []) {
    const frame = frames[index];
    if (frame?.origin === 'dependency') found.dependency ??= frame;
    if (frame?.origin !== 'user') continue;
    if (!isNameless(strings[frame.file] ?? '')) {
      found.user = frame;
      break;
    }
    found.nameless ??= frame;
  }
  return found;
}

/** Code from eval, `new Function` and unnamed vm scripts leads to no line that one could open. */
function isNameless(file: string): boolean {
  return file === '' || file.startsWith('evalmachine.<anonymous>');
}

// What keeps the allocations of some sites alive, in words: sums over sites, and paths as lines of text.
import type { Dump, Path, Site } from '../dump/format';
import { type Place, placeOf } from './owner';

/** What holds some live allocations, summed over sites. */
export interface Holding {
  /** By path, most bytes first. */
  paths: { path: Path; bytes: number; count: number }[];
  /** What no ArrayBuffer reaches; null if there is nothing of the kind. */
  heldNatively: NonNullable<Site['heldNatively']> | null;
  /** What is kept by views that show less than half of it; null if there is nothing of the kind. */
  pinned: NonNullable<Site['pinned']> | null;
}

/** Sums up what holds the allocations of sites, given by their indices. */
export function holdingOf(dump: Dump, sites: readonly number[]): Holding {
  const byPath = new Map<number, { bytes: number; count: number }>();
  let heldNatively: Holding['heldNatively'] = null;
  let pinned: Holding['pinned'] = null;
  for (const index of sites) {
    const site = dump.sites[index];
    for (const { path, bytes, count } of site?.retainers ?? []) {
      const known = byPath.get(path) ?? { bytes: 0, count: 0 };
      byPath.set(path, { bytes: known.bytes + bytes, count: known.count + count });
    }
    if (site?.heldNatively) heldNatively = addNative(heldNatively, site.heldNatively);
    if (site?.pinned) pinned = addPinned(pinned, site.pinned);
  }
  const paths = [...byPath]
    .flatMap(([index, sums]) => {
      const path = dump.paths?.[index];
      return path === undefined ? [] : [{ path, ...sums }];
    })
    .sort((a, b) => b.bytes - a.bytes);
  return { paths, heldNatively, pinned };
}

function addNative(
  a: Holding['heldNatively'],
  b: NonNullable<Holding['heldNatively']>,
): NonNullable<Holding['heldNatively']> {
  if (a === null) return b;
  const holders = [...new Set([...a.holders, ...b.holders])];
  return { bytes: a.bytes + b.bytes, count: a.count + b.count, holders };
}

function addPinned(a: Holding['pinned'], b: NonNullable<Holding['pinned']>): NonNullable<Holding['pinned']> {
  if (a === null) return b;
  return {
    heldBytes: a.heldBytes + b.heldBytes,
    usedBytes: a.usedBytes + b.usedBytes,
    count: a.count + b.count,
    views: a.views + b.views,
  };
}

/** The name of what a path starts at, in terms of the original source if there is one; empty if it has none. */
export function rootName(dump: Dump, { root }: Path): string {
  const isVariable = root.kind === 'module' || root.kind === 'closure' || root.kind === 'local';
  const original = isVariable ? dump.frames[root.where ?? -1]?.original : undefined;
  // An unmapped name is the generated one, which says less than where it stands.
  const name = original === undefined ? undefined : dump.strings[original.function];
  return root.name === '' ? '' : name || root.name;
}

/** Where the root of a path is declared, in terms of the original source if there is one. */
export function rootPlace(dump: Dump, { root }: Path): Place | null {
  const frame = dump.frames[root.where ?? -1];
  return frame === undefined ? null : placeOf(dump, frame);
}

const UNNAMED: Record<Path['root']['kind'], string> = {
  module: 'variable',
  global: 'global',
  closure: 'variable',
  local: 'local variable',
  timer: 'timer',
  handle: 'handle',
  microtask: 'microtask',
  exports: 'exports',
  native: 'native handle',
  other: 'object',
};

/**
 * Writes a path as its parts, as in `sessions Map`, `entry Session`, `.chunks Array[]`, `Uint8Array`: joined by arrows
 * they are one line.
 */
export function pathParts(dump: Dump, path: Path): string[] {
  const name = rootName(dump, path) || UNNAMED[path.root.kind];
  const parts = [join(name, path.root.class === name ? '' : path.root.class)];
  for (const step of path.steps) {
    // A class that says nothing is left out, but not that of the buffer itself.
    const shown = step.class === 'Object' ? '' : step.class;
    const more = step.repeats ? '…' : '';
    switch (step.type) {
      case 'element': {
        const holder = parts.pop() ?? '';
        parts.push(`${holder}[]${more}`);
        if (shown !== '') parts.push(shown);
        break;
      }
      case 'entry':
        parts.push(join(`entry${more}`, shown));
        break;
      case 'weak-entry':
        parts.push(join(`value in ${step.name || 'a'} WeakMap${more}`, shown));
        break;
      case 'property':
        parts.push(join((step.name.startsWith('[') ? step.name : `.${step.name}`) + more, shown));
        break;
      case 'private':
        parts.push(join(`.${step.name}${more}`, shown));
        break;
      case 'variable':
        parts.push(join(step.name + more, shown));
        break;
      case 'internal':
        if (join(step.name, shown) !== '') parts.push(join(step.name + more, shown));
        break;
    }
  }
  return parts;
}

/** The path that holds most of some sites' bytes, on one line; null if the dump does not know. */
export function holderText(dump: Dump, sites: readonly number[]): string | null {
  const [most] = holdingOf(dump, sites).paths;
  return most === undefined ? null : pathParts(dump, most.path).join(' → ');
}

function join(a: string, b: string): string {
  return a === '' || b === '' ? a + b : `${a} ${b}`;
}

/** Says what kind of root a path has, without its name: `variable of the module`, `global`, `pending timer`. */
export function rootWords({ root }: Path, functionName: string): string {
  const inFunction = functionName === '' ? 'a function' : functionName;
  switch (root.kind) {
    case 'module':
      return root.class === 'class' ? 'class of the module' : 'variable of the module';
    case 'global':
      return 'global';
    case 'closure':
      return 'variable that a function remembers';
    case 'local':
      return `local variable of ${inFunction}, which has not ended`;
    case 'timer':
      return 'pending timer';
    case 'handle':
      return 'open handle';
    case 'microtask':
      return 'job that waits to run';
    case 'exports':
      return 'exports of the module';
    case 'native':
      return 'held by native code';
    case 'other':
      return 'held by the runtime';
  }
}

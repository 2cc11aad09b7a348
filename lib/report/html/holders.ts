// What keeps memory alive, as the retaining paths of a dump say: a name for the sentence, and tables for the page.
import { placeOf } from '../../analysis/owner';
import { rootName } from '../../analysis/retainers';
import type { Dump, Path } from '../../dump/format';
import type { HoldingTables } from './report-data';

/** Where texts and frames get their numbers. */
export interface Numbers {
  text: (text: string) => number;
  frame: (place: ReturnType<typeof placeOf>, cwd: string) => number;
}

/** Classes that say nothing of who holds. */
const PLAIN_CLASSES = new Set(['', 'Object', 'Array', 'Map', 'Set', 'WeakMap', 'system / Context']);

/** A way that is longer is not written out. */
const LONGEST_WAY = 40;

/** A name and the class of what it leads to. */
interface Link {
  type: string;
  name: string;
  class: string;
  where: number | null;
}

/**
 * Names what keeps most of the live bytes of some sites: `Session.chunks`, or `sessions`.
 * @param sites indices of sites of the dump
 * @returns null if the dump does not know
 */
export function holderOf(dump: Dump, chosen: readonly number[]): string | null {
  const bytesOf = new Map<string, number>();
  for (const index of chosen) {
    for (const { path, bytes } of dump.sites[index]?.retainers ?? []) {
      const found = dump.paths?.[path];
      const name = found ? nameHolder(withOriginalName(dump, found), (at) => isOfUser(dump, at)) : '';
      if (name !== '') bytesOf.set(name, (bytesOf.get(name) ?? 0) + bytes);
    }
  }
  const [most] = [...bytesOf].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? null;
}

function withOriginalName(dump: Dump, path: Path): Path {
  return { ...path, root: { ...path.root, name: rootName(dump, path) } };
}

function isOfUser({ frames }: Dump, frame: number): boolean {
  return frames[frame]?.origin === 'user';
}

/**
 * The last link of a path that a person would know by name: one of the user's own code if there is any.
 * @param isUser whether a frame is user code
 */
export function nameHolder({ root, steps }: Path, isUser: (frame: number) => boolean): string {
  const links: Link[] = [{ ...root, type: root.kind }, ...steps];
  const ofUser = ({ where }: Link) => where !== null && isUser(where);
  const named = links.flatMap((link, index) => {
    if (link.name === '' || link.type === 'internal') return [];
    const holder = links[index - 1];
    return [
      {
        text: joinNames(holder, link),
        ofUser: ofUser(link) || (holder !== undefined && ofUser(holder)),
        ofClass: holder !== undefined && isMember(link) && !PLAIN_CLASSES.has(holder.class),
      },
    ];
  });
  const known = named.findLast((each) => each.ofUser) ?? named.findLast((each) => each.ofClass);
  const otherwise = root.name === '' ? named.at(-1) : named[0];
  const chosen = known ?? otherwise;
  return (chosen !== undefined && chosen === named[0] && writeWay(root.name, steps)) || (chosen?.text ?? '');
}

/**
 * Writes the whole way from a variable as code would, `sessions[].answer`, where all on it is plain: arrays and objects.
 *
 * @returns empty if something on it is not, or it is long
 */
function writeWay(name: string, steps: Path['steps']): string {
  const last = steps.findLastIndex(({ type }) => type === 'property');
  if (name === '' || last < 0) return '';
  const parts = steps.slice(0, last + 1).map(({ type, name: member, class: className, repeats }) => {
    if (repeats || !PLAIN_CLASSES.has(className)) return null;
    if (type === 'element') return '[]';
    return type === 'property' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(member) ? `.${member}` : null;
  });
  const text = name + parts.join('');
  return parts.includes(null) || text.length > LONGEST_WAY ? '' : text;
}

function isMember({ type }: Link): boolean {
  return type === 'property' || type === 'private';
}

function joinNames(holder: Link | undefined, link: Link): string {
  const { name } = link;
  if (holder === undefined || !isMember(link)) return name;
  const owner = PLAIN_CLASSES.has(holder.class) ? holder.name : holder.class;
  if (name.startsWith('[')) return `${owner}${name}`;
  if (/^\d/.test(name)) return `${owner}[${name}]`;
  return owner === '' ? name : `${owner}.${name}`;
}

/** Builds the tables of what keeps the sites of a dump. */
export function collectHoldings(
  last: { dump: Dump; siteNumbers: readonly number[] } | undefined,
  numbers: Numbers,
): HoldingTables {
  const tables: HoldingTables = {
    steps: { type: [], name: [], class: [], where: [], repeats: [] },
    paths: [],
    holdings: [],
    pinned: [],
  };
  if (!last) return tables;
  const { dump, siteNumbers } = last;
  const known = new Map<string, number>();
  const addStep = (type: string, name: string, className: string, where: number | null, repeats: boolean) => {
    const frame = where === null ? undefined : dump.frames[where];
    const step = {
      type,
      name: numbers.text(name),
      class: numbers.text(className),
      where: frame === undefined ? -1 : numbers.frame(placeOf(dump, frame), dump.process.cwd),
      repeats: repeats ? 1 : 0,
    };
    const key = Object.values(step).join('\0');
    const index = known.get(key) ?? tables.steps.type.length;
    if (index === tables.steps.type.length) {
      known.set(key, index);
      tables.steps.type.push(type);
      for (const column of ['name', 'class', 'where', 'repeats'] as const)
        tables.steps[column].push(step[column]);
    }
    return index;
  };
  for (const path of dump.paths ?? []) {
    const { root, steps } = path;
    tables.paths.push([
      addStep(`root:${root.kind}`, rootName(dump, path), root.class, root.where, false),
      ...steps.map((step) => addStep(step.type, writeStep(step), step.class, step.where, step.repeats)),
    ]);
  }
  const natively = new Map<string, number>();
  for (const [index, { retainers = [], heldNatively, pinned }] of dump.sites.entries()) {
    const site = siteNumbers[index] ?? 0;
    for (const { path, bytes, count } of retainers) tables.holdings.push({ site, path, bytes, count });
    if (heldNatively && heldNatively.bytes > 0) {
      const holders = heldNatively.holders.join(', ');
      const path =
        natively.get(holders) ?? tables.paths.push([addStep('root:native', holders, '', null, false)]) - 1;
      natively.set(holders, path);
      tables.holdings.push({ site, path, bytes: heldNatively.bytes, count: heldNatively.count });
    }
    if (pinned) {
      const { heldBytes, usedBytes, views } = pinned;
      tables.pinned.push({ site, heldBytes, usedBytes, views });
    }
  }
  return tables;
}

/** Writes a step as one would in code. */
function writeStep({ type, name }: Path['steps'][number]): string {
  switch (type) {
    case 'property':
    case 'private':
      // Symbols stand in brackets already.
      return name.startsWith('[') ? name : `.${name}`;
    case 'element':
      return '[ ]';
    case 'entry':
      return '{ entry }';
    case 'weak-entry':
      return name === '' ? '{ value of a WeakMap }' : `{ value in ${name} }`;
    default:
      return name;
  }
}

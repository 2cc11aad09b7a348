// Groups the sites of a dump under keys that mean the same in every dump and process: texts, never indices.
import type { Dump, Frame, Site } from '../dump/format';
import { createCauseFinder, createInnermostFinder, type Place, placeOf } from './owner';
import { createSiteHasher } from './site-hash';

/** What sites can be grouped by. */
export const GROUPINGS = ['owner', 'site', 'package', 'file', 'cause', 'label', 'kind', 'thread'] as const;

/** What sites are grouped by. */
export type Grouping = (typeof GROUPINGS)[number];

/** Gives the key of a site. */
export type KeyOf = (site: Site) => string;

/**
 * Makes the function that gives sites their keys:
 *
 * - `owner`: function, file, line and column of the owner
 * - `site`: innermost frame, and a hash of stack, cause, label and kind; threads are put together
 * - `package`: the package of the code that asked, that is of the innermost frame that is not Node's own, on the stack
 *   or else on the cause
 * - `file`: the owner's file
 * - `cause`: the user code, else the dependency, that started the asynchronous work
 * - `label`: all labels, see {@link formatLabel}
 * - `kind`, `thread`: as they are in the dump
 *
 * What has no such thing comes under one key in parentheses.
 */
export function createKeyOf(dump: Dump, by: Grouping): KeyOf {
  switch (by) {
    case 'owner':
      return ({ owner, found, kind }) =>
        owner ? placeKey(owner) : found ? `(found on the heap: ${kind})` : '(no owner)';
    case 'site':
      return siteKeys(dump);
    case 'package':
      return packageKeys(dump);
    case 'file':
      return ({ owner }) => (owner ? owner.file || '(unnamed)' : '(no owner)');
    case 'cause':
      return causeKeys(dump);
    case 'label':
      return ({ label }) => formatLabel(label) || '(no label)';
    case 'kind':
      return ({ kind }) => kind;
    case 'thread':
      return threadKeys(dump);
  }
}

/** Writes a place as `function file:line:column`. */
export function placeKey({ function: name, file, line, column }: Place): string {
  return `${name || '(anonymous)'} ${file || '(unnamed)'}:${line}:${column}`;
}

/** The name under which `abtrace.label('text', fn)` keeps its text. */
export const PLAIN_LABEL = 'label';

/**
 * Writes labels as `name=value`, sorted by name, with `, ` between them; the one given as plain text as that text.
 * Empty if there are none.
 */
export function formatLabel(label: Site['label']): string {
  const entries = Object.entries(label ?? {});
  const [only] = entries;
  if (only && entries.length === 1 && only[0] === PLAIN_LABEL) return only[1];
  return entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

function siteKeys(dump: Dump): KeyOf {
  const hashOf = createSiteHasher(dump);
  const innermost = createInnermostFinder(dump);
  const names = perStack((stack) => {
    const place = innermost(stack);
    return place ? placeKey(place) : '(no JavaScript on the stack)';
  });
  return (site) => `${names(site.stack)} #${hashOf(site)}`;
}

function packageKeys(dump: Dump): KeyOf {
  const found = perStack((stack) => {
    const frame = framesOf(dump, stack).find(({ origin }) => origin === 'user' || origin === 'dependency');
    if (!frame) return '';
    return placeOf(dump, frame).package ?? (frame.origin === 'user' ? '(user code)' : '(unknown package)');
  });
  return ({ stack, cause }) => found(stack) || found(cause) || '(no package)';
}

function causeKeys(dump: Dump): KeyOf {
  const find = createCauseFinder(dump);
  const found = perStack((cause) => {
    const place = find(cause);
    return place ? placeKey(place) : '(no cause)';
  });
  return ({ cause }) => found(cause);
}

function threadKeys(dump: Dump): KeyOf {
  const names = new Map(dump.process.threads.map(({ id, name }) => [id, name]));
  return ({ thread }) => {
    const name = names.get(thread) || (thread === 0 ? 'main' : '');
    return name === '' ? String(thread) : `${thread} ${name}`;
  };
}

function framesOf({ frames, stacks }: Dump, stack: number | null): Frame[] {
  return (stacks[stack ?? -1] ?? []).flatMap((index) => frames[index] ?? []);
}

function perStack(answer: (stack: number | null) => string): (stack: number | null) => string {
  const known = new Map<number | null, string>();
  return (stack) => {
    let found = known.get(stack);
    if (found === undefined) {
      found = answer(stack);
      known.set(stack, found);
    }
    return found;
  };
}

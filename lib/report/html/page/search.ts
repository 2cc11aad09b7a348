// Finds the sites that words name. Each text is looked at once, then frames, stacks and sites by number, so that
// 50,000 sites take milliseconds.
import type { ReportTables } from '../report-data';

/** What a search found. */
export interface Matches {
  /** 1 for each site that every word is found in. */
  sites: Uint8Array;
  /** 1 for each frame that some word is found in, to be lit up. */
  frames: Uint8Array;
  /** Likewise of the steps of retaining paths. */
  steps: Uint8Array;
  siteCount: number;
}

/** Finds sites. Returns null for a query without words, by which everything is meant. */
export type Search = (query: string) => Matches | null;

/** Makes a search over tables; it keeps the texts in lower case. */
export function createSearch(tables: ReportTables): Search {
  const texts = tables.strings.map((text) => text.toLowerCase());
  const pathsOf = groupHoldings(tables);
  let known: { query: string; matches: Matches | null } | null = null;
  return (query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const normal = words.join(' ');
    if (known?.query !== normal) {
      known = { query: normal, matches: words.length === 0 ? null : matchAll(tables, texts, pathsOf, words) };
    }
    return known.matches;
  };
}

function matchAll(
  tables: ReportTables,
  texts: string[],
  pathsOf: Map<number, number[]>,
  words: string[],
): Matches {
  const count = tables.sites.kind.length;
  const sites = new Uint8Array(count).fill(1);
  const frames = new Uint8Array(tables.frames.function.length);
  const steps = new Uint8Array(tables.steps.name.length);
  for (const word of words) {
    const found = matchWord(tables, texts, pathsOf, word);
    for (let site = 0; site < count; site += 1) sites[site] = (sites[site] ?? 0) & (found.sites[site] ?? 0);
    for (let frame = 0; frame < frames.length; frame += 1)
      frames[frame] = (frames[frame] ?? 0) | (found.frames[frame] ?? 0);
    for (let step = 0; step < steps.length; step += 1)
      steps[step] = (steps[step] ?? 0) | (found.steps[step] ?? 0);
  }
  return { sites, frames, steps, siteCount: sites.reduce((sum, each) => sum + each, 0) };
}

function matchWord(
  tables: ReportTables,
  texts: string[],
  pathsOf: Map<number, number[]>,
  word: string,
): Omit<Matches, 'siteCount'> {
  const strings = matchTexts(texts, word);
  const frames = matchFrames(tables, texts, strings, word);
  const stacks = matchStacks(tables, frames);
  const steps = matchSteps(tables, strings);
  const paths = Uint8Array.from(tables.paths, (path) => (path.some((step) => steps[step] === 1) ? 1 : 0));
  const kinds = tables.kinds.map((kind) => (kind.includes(word) ? 1 : 0));
  const { kind, stack, cause, owner, addon } = tables.sites;
  const { label, package: packages } = tables.groups;
  const sites = new Uint8Array(kind.length);
  for (let site = 0; site < sites.length; site += 1) {
    const byCode =
      (stacks[stack[site] ?? -1] ?? 0) | (stacks[cause[site] ?? -1] ?? 0) | (frames[owner[site] ?? -1] ?? 0);
    const byText =
      (strings[label[site] ?? -1] ?? 0) |
      (strings[packages[site] ?? -1] ?? 0) |
      (strings[addon[site] ?? -1] ?? 0);
    sites[site] = byCode | byText | (kinds[kind[site] ?? -1] ?? 0);
  }
  for (const [site, held] of pathsOf) {
    if (held.some((path) => paths[path] === 1)) sites[site] = 1;
  }
  return { sites, frames, steps };
}

function matchTexts(texts: string[], word: string): Uint8Array {
  const found = new Uint8Array(texts.length);
  for (let index = 0; index < texts.length; index += 1) found[index] = texts[index]?.includes(word) ? 1 : 0;
  return found;
}

/** A word such as `session.ts:212` names a line of a file. */
function matchFrames(tables: ReportTables, texts: string[], strings: Uint8Array, word: string): Uint8Array {
  const { function: names, file, package: packages, line } = tables.frames;
  const found = new Uint8Array(names.length);
  const at = /^(.+?):(\d+)(?::\d+)?$/.exec(word);
  const files = at ? matchTexts(texts, at[1] ?? '') : null;
  const wantedLine = Number(at?.[2]);
  for (let frame = 0; frame < found.length; frame += 1) {
    const byText =
      (strings[names[frame] ?? -1] ?? 0) |
      (strings[file[frame] ?? -1] ?? 0) |
      (strings[packages[frame] ?? -1] ?? 0);
    const byLine = files && line[frame] === wantedLine ? (files[file[frame] ?? -1] ?? 0) : 0;
    found[frame] = byText | byLine;
  }
  return found;
}

function matchStacks({ stacks }: ReportTables, frames: Uint8Array): Uint8Array {
  const found = new Uint8Array(stacks.start.length - 1);
  for (let stack = 0; stack < found.length; stack += 1) {
    const end = stacks.start[stack + 1] ?? 0;
    for (let index = stacks.start[stack] ?? 0; index < end; index += 1) {
      if (frames[stacks.frames[index] ?? -1] === 1) {
        found[stack] = 1;
        break;
      }
    }
  }
  return found;
}

function matchSteps({ steps }: ReportTables, strings: Uint8Array): Uint8Array {
  return Uint8Array.from(
    steps.name,
    (name, step) => (strings[name] ?? 0) | (strings[steps.class[step] ?? -1] ?? 0),
  );
}

function groupHoldings({ holdings }: ReportTables): Map<number, number[]> {
  const pathsOf = new Map<number, number[]>();
  for (const { site, path } of holdings) {
    const held = pathsOf.get(site);
    if (held) held.push(path);
    else pathsOf.set(site, [path]);
  }
  return pathsOf;
}

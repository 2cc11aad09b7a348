// What `top`, `diff` and `export` do with dumps before they look at them: find them, read them, apply source maps, classify
// anew, filter by label. The options for that are here too.
import fs from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { withLabel } from '../analysis/filter';
import { GROUPINGS, type Grouping } from '../analysis/group';
import { reclassify } from '../analysis/reclassify';
import { createSourceMapper } from '../analysis/source-maps';
import { describeFileError } from '../dump/file-error';
import { DUMP_NAME } from '../dump/file-name';
import type { Dump } from '../dump/format';
import { readDump } from '../dump/read';
import { DumpFileError, UsageError } from '../errors';
import { parseWhole } from './quantities';

/** Dumps that a verdict takes from a directory beside the newest. */
const MOST_EARLIER = 9;

/** What is done with dumps before any command looks at them. */
export interface SourceOptions {
  user?: string[];
  dependency?: string[];
  label?: string[];
  sourceMaps: boolean;
}

export interface InputOptions extends SourceOptions {
  by: Grouping;
  limit: string;
  json?: boolean;
  color?: boolean;
}

/** Adds the options that `top` and `diff` share. */
export function addInputOptions(command: Command): Command {
  command
    .addOption(new Option('--by <what>', 'group by').choices(GROUPINGS).default('owner'))
    .option('--limit <rows>', "most rows to show, or 'all'", '20');
  return addSourceOptions(command)
    .option('--json', 'print JSON')
    .option('--color', 'colours even if the output is no terminal')
    .option('--no-color', 'no colours');
}

/** Adds the options that say which sites of a dump are looked at, and in terms of which sources. */
export function addSourceOptions(command: Command): Command {
  const collect = (value: string, all: string[] = []) => [...all, value];
  return command
    .option(
      '--label <label>',
      'only what was allocated under this label: name=value, name, or value of a plain one (repeatable)',
      collect,
    )
    .option('--user <glob>', 'files that count as yours, instead of what the dump says (repeatable)', collect)
    .option('--dependency <glob>', 'files that count as a dependency, likewise (repeatable)', collect)
    .option('--no-source-maps', 'show positions in the code that ran, not in its sources');
}

/** The number that `--limit` gives; throws UsageError otherwise. */
export function parseLimit(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : parseWhole(text, '--limit', 1, Number.MAX_SAFE_INTEGER);
}

/**
 * Reads dumps.
 *
 * @param places files, or directories of which the newest dump is meant
 * @param tell is told in one line each what a person should know
 * @throws DumpFileError if one cannot be read
 */
export function readInput(places: string[], options: SourceOptions, tell: (line: string) => void): Dump[] {
  const warnings: string[] = [];
  const read = createDumpReader(options, (warning) => warnings.push(warning));
  const dumps = places.map((place) => read(findDump(place, tell)));
  for (const warning of warnings) tell(warning);
  return dumps;
}

/**
 * Reads what came before the newest dump of a directory, the latest first: enough for a trend. What cannot be read is
 * told and left out.
 *
 * @param place nothing is read if it is no directory
 */
export function readEarlier(place: string, options: SourceOptions, tell: (line: string) => void): Dump[] {
  if (!fs.statSync(place, { throwIfNoEntry: false })?.isDirectory()) return [];
  const read = createDumpReader(options, () => {});
  return findDumpFiles(place)
    .slice(1, 1 + MOST_EARLIER)
    .flatMap((file) => {
      try {
        return [read(file)];
      } catch (error) {
        if (!(error instanceof DumpFileError)) throw error;
        tell(`left out: ${error.message}`);
        return [];
      }
    });
}

/**
 * Makes a function that reads a dump file, applies source maps, classifies anew and filters, as options say.
 *
 * @param warn is told in one line what a person should know, once each
 */
export function createDumpReader(
  { sourceMaps, user, dependency, label: labels = [] }: SourceOptions,
  warn: (line: string) => void,
): (file: string) => Dump {
  const applySourceMaps = createSourceMapper();
  const warned = new Set<string>();
  const warnOnce = (warning: string) => {
    if (!warned.has(warning)) warn(warning);
    warned.add(warning);
  };
  return (file) => {
    let dump = readDump(file);
    if (sourceMaps) {
      const mapped = applySourceMaps(dump);
      dump = mapped.dump;
      mapped.warnings.forEach(warnOnce);
    }
    if (user || dependency)
      dump = reclassify(dump, { ...(user && { user }), ...(dependency && { dependency }) });
    const kept = labels.reduce(withLabel, dump);
    if (kept.sites.length === 0 && dump.sites.length > 0 && labels.length > 0) {
      warnOnce(`nothing in ${file} has the label ${labels.map((label) => `"${label}"`).join(' and ')}`);
    }
    return kept;
  };
}

/** Colours are for people: only on a terminal, unless asked for, and never against NO_COLOR. */
export function wantsColor(asked: boolean | undefined): boolean {
  if (asked !== undefined) return asked;
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR && process.env.FORCE_COLOR !== '0') return true;
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb';
}

/** The dump that is meant by a file, or by a directory of which the newest is meant. */
export function findDump(place: string, tell: (line: string) => void): string {
  if (place === '') throw new UsageError('the name of a dump must not be empty');
  if (!fs.statSync(place, { throwIfNoEntry: false })?.isDirectory()) return place;
  const dumps = listDumps(place);
  if (dumps.length > 1) tell(`reading ${dumps[0]}, the newest of ${dumps.length}`);
  return dumps[0] ?? place;
}

/**
 * The dumps in a directory, newest first.
 * @throws DumpFileError if there is none, or the directory cannot be read
 */
export function listDumps(directory: string): string[] {
  const dumps = findDumpFiles(directory);
  if (dumps.length === 0)
    throw new DumpFileError(`no dump in the directory ${directory}: no file is named *.json`);
  return dumps;
}

/**
 * The dumps in a directory, newest first; there may be none.
 * @throws DumpFileError if it cannot be read
 */
export function findDumpFiles(directory: string): string[] {
  try {
    return (
      fs
        .readdirSync(directory)
        .filter((name) => DUMP_NAME.test(name) && !name.startsWith('.'))
        .map((name) => path.join(directory, name))
        // One that somebody removes meanwhile is none.
        .map((file) => ({ file, modifiedMs: fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null }))
        .filter((dump): dump is { file: string; modifiedMs: number } => dump.modifiedMs !== null)
        .sort((a, b) => b.modifiedMs - a.modifiedMs || (a.file < b.file ? 1 : -1))
        .map(({ file }) => file)
    );
  } catch (error) {
    throw new DumpFileError(`cannot read the directory ${directory}: ${describeFileError(error)}`, {
      cause: error,
    });
  }
}

// Puts the frames of a dump in terms of the original source, as source maps tell. Generated positions stay in the
// dump; the original ones are added. Never throws for a map: what is missing or broken becomes one warning a file.
import fs from 'node:fs';
import path from 'node:path';
import type { Dump, Frame } from '../dump/format';
import { reclassify } from './reclassify';
import {
  loadMappedFile,
  type MappedFile,
  mappedFileInMemory,
  type OriginalPosition,
  SourceMapError,
} from './source-map-file';
import { StringTable } from './string-table';

/** How source maps are found. */
export interface SourceMapOptions {
  /** Reads a text file, or throws as `fs.readFileSync` does, which is the default. */
  readText?: (file: string) => string;
  /** Tells whether a file is there; looks at the disk by default. */
  exists?: (file: string) => boolean;
  /** Tells when a file was last changed, in ms since 1970; asks the disk by default. */
  modifiedAtMs?: (file: string) => number;
  /** Finds the package of a file outside `node_modules`; looks at the disk by default. */
  nameOfPackage?: (file: string) => string | null;
}

/** A dump in terms of the original source. */
export interface SourceMapped {
  dump: Dump;
  /** One for each file whose map is missing or broken, and for each that changed after the dump. */
  warnings: string[];
}

/** Applies source maps to dumps; each map is loaded once. */
export type SourceMapper = (dump: Dump) => SourceMapped;

/**
 * Applies the source maps that the generated files of a dump name.
 * @param dump is not changed; positions that it already has in terms of the original source stay
 * @returns a dump whose frames have `original`, classified and owned by that; `dump` itself if no map applies
 */
export function applySourceMaps(dump: Dump, options: SourceMapOptions = {}): SourceMapped {
  return createSourceMapper(options)(dump);
}

/** Makes a {@link SourceMapper}, so that several dumps of one program share their maps. */
export function createSourceMapper(options: SourceMapOptions = {}): SourceMapper {
  const {
    readText = readDisk,
    exists = fs.existsSync,
    modifiedAtMs = (file) => fs.statSync(file).mtimeMs,
  } = options;
  const loaded = new Map<string, MappedFile | SourceMapError | null>();
  return (dump) =>
    mapFrames(dump, options.nameOfPackage, (file, warn) => {
      const known = loaded.get(file);
      const map =
        known === undefined
          ? orError(() => loadMappedFile(file, readText, contextOf(dump, file, exists)))
          : known;
      loaded.set(file, map);
      if (map instanceof SourceMapError) {
        warn(`${map.message}; its positions are as generated`);
        return null;
      }
      if (map && modifiedAtMs(file) > Date.parse(dump.createdAt))
        warn('changed after the dump was taken; its original positions may be off');
      return map;
    });
}

/**
 * Applies the maps that the traced process holds of code that it transformed while loading it (TypeScript by Node
 * itself, tsx and the like): they are nowhere on disk, so it is now or never.
 * @param dump one just taken in this process; not changed
 * @param mapOf the `payload` of `findSourceMap` of `node:module`, undefined if there is none
 */
export function applyMapsInMemory(dump: Dump, mapOf: (file: string) => unknown): Dump {
  return mapFrames(dump, undefined, (file) => {
    const map = mapOf(file);
    if (map === undefined) return null;
    const mapped = orError(() =>
      mappedFileInMemory(file, map, readDisk, contextOf(dump, file, fs.existsSync)),
    );
    return mapped instanceof SourceMapError ? null : mapped;
  }).dump;
}

type FindMap = (file: string, warn: (what: string) => void) => MappedFile | null;

function mapFrames(
  dump: Dump,
  nameOfPackage: SourceMapOptions['nameOfPackage'],
  findMap: FindMap,
): SourceMapped {
  const table = new StringTable(dump.strings);
  const warnings: string[] = [];
  const maps = new Map<number, MappedFile | null>();
  const mapOf = (frame: Frame): MappedFile | null => {
    const known = maps.get(frame.file);
    if (known !== undefined) return known;
    const file = dump.strings[frame.file] ?? '';
    const warn = (what: string) => {
      // Packages from npm often name maps that they do not ship; nobody who reads this can help that.
      if (frame.origin === 'user') warnings.push(`${file}: ${what}`);
    };
    const map = pathsOf(dump).isAbsolute(file) ? findMap(file, warn) : null;
    maps.set(frame.file, map);
    return map;
  };
  let changed = false;
  const frames = dump.frames.map((frame): Frame => {
    if (frame.original || frame.line === 0 || frame.origin === 'node' || frame.origin === 'native')
      return frame;
    const name = dump.strings[frame.function] ?? '';
    const position = mapOf(frame)?.originalOf(frame.line, frame.column, name);
    if (!position) return frame;
    changed = true;
    return { ...frame, original: toOriginal(position, name, table) };
  });
  if (!changed) return { dump, warnings };
  const mapped = { ...dump, strings: table.strings, frames };
  return { dump: reclassify(mapped, nameOfPackage ? { nameOfPackage } : {}), warnings };
}

function contextOf(dump: Dump, file: string, exists: (file: string) => boolean) {
  const paths = pathsOf(dump);
  return { paths, projects: [...nearestProject(file, paths, exists), dump.process.cwd], exists };
}

/** The rules of paths where the dump comes from, which need not be those of this machine. */
function pathsOf(dump: Dump): path.PlatformPath {
  return dump.process.platform === 'win32' ? path.win32 : path.posix;
}

function readDisk(file: string): string {
  return fs.readFileSync(file, 'utf8');
}

function orError(load: () => MappedFile | null): MappedFile | SourceMapError | null {
  try {
    return load();
  } catch (error) {
    if (error instanceof SourceMapError) return error;
    throw error;
  }
}

function toOriginal(
  position: OriginalPosition,
  name: string,
  table: StringTable,
): NonNullable<Frame['original']> {
  return {
    function: table.indexOf(position.function ?? name),
    file: table.indexOf(position.file),
    line: position.line,
    column: position.column,
  };
}

/** The folder with the nearest package.json, which is where bundlers are usually run. */
function nearestProject(file: string, paths: path.PlatformPath, exists: (file: string) => boolean): string[] {
  for (let folder = paths.dirname(file); ; folder = paths.dirname(folder)) {
    if (exists(paths.join(folder, 'package.json'))) return [folder];
    if (paths.dirname(folder) === folder) return [];
  }
}

// Puts the frames of a dump in terms of the original source, as source maps tell. Generated positions stay in the
// dump; the original ones are added. Never throws for a map: what is missing or broken becomes one warning a file.
import fs from 'node:fs';
import path from 'node:path';
import type { Dump, Frame } from '../dump/format';
import { reclassify } from './reclassify';
import { loadMappedFile, type MappedFile, type OriginalPosition, SourceMapError } from './source-map-file';
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
    readText = (file) => fs.readFileSync(file, 'utf8'),
    exists = fs.existsSync,
    modifiedAtMs = (file) => fs.statSync(file).mtimeMs,
  } = options;
  const loaded = new Map<string, MappedFile | SourceMapError | null>();

  const load = (file: string, dump: Dump): MappedFile | SourceMapError | null => {
    const known = loaded.get(file);
    if (known !== undefined) return known;
    const paths = dump.process.platform === 'win32' ? path.win32 : path.posix;
    const projects = [...nearestProject(file, paths, exists), dump.process.cwd];
    const answer = paths.isAbsolute(file) ? tryToLoad(file, readText, { paths, projects, exists }) : null;
    loaded.set(file, answer);
    return answer;
  };

  return (dump) => {
    const table = new StringTable(dump.strings);
    const warnings = new Map<string, string>();
    let changed = false;
    const frames = dump.frames.map((frame): Frame => {
      if (frame.original || frame.line === 0 || frame.origin === 'node' || frame.origin === 'native')
        return frame;
      const file = dump.strings[frame.file] ?? '';
      const map = load(file, dump);
      if (map instanceof SourceMapError) {
        // Packages from npm often name maps that they do not ship; nobody who reads this can help that.
        if (frame.origin === 'user')
          warnings.set(file, `${file}: ${map.message}; its positions are as generated`);
        return frame;
      }
      const name = dump.strings[frame.function] ?? '';
      const position = map?.originalOf(frame.line, frame.column, name);
      if (!position) return frame;
      changed = true;
      if (!warnings.has(file) && modifiedAtMs(file) > Date.parse(dump.createdAt))
        warnings.set(file, `${file}: changed after the dump was taken; its original positions may be off`);
      return { ...frame, original: toOriginal(position, name, table) };
    });
    if (!changed) return { dump, warnings: [...warnings.values()] };
    const mapped = { ...dump, strings: table.strings, frames };
    const { nameOfPackage } = options;
    return {
      dump: reclassify(mapped, nameOfPackage ? { nameOfPackage } : {}),
      warnings: [...warnings.values()],
    };
  };
}

function tryToLoad(...args: Parameters<typeof loadMappedFile>): MappedFile | SourceMapError | null {
  try {
    return loadMappedFile(...args);
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

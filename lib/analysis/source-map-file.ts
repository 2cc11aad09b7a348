// Loads the source map of one generated file and answers for positions in it. Throws SourceMapError for maps that
// are missing or broken; what becomes of that is for lib/analysis/source-maps.ts to say.
import type { TraceMap } from '@jridgewell/trace-mapping';
import { definitionsBefore } from './source-names';
import { decodePercent, fileOfUrl, resolveSource, type SourceContext } from './source-paths';

/** A position in an original source. */
export interface OriginalPosition {
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  /** Name of the function in the original source; null if the map does not tell. */
  function: string | null;
}

/** Answers for one generated file. */
export interface MappedFile {
  /**
   * Finds the original of a position in generated code.
   * @param line 1-based
   * @param column 1-based
   * @param functionName name of the function in generated code
   */
  originalOf(line: number, column: number, functionName: string): OriginalPosition | null;
}

/** A source map that is missing or broken; the message says which and why. */
export class SourceMapError extends Error {}

const URL_KEY = 'sourceMappingURL=';
/** What follows the key up to the end of the comment; quotes mean that it stands in a string, not in a comment. */
const LINE_COMMENT_REST = /^([^\s'"`]*)[ \t]*(?=[\r\n\u2028\u2029]|$)/;
const BLOCK_COMMENT_REST = /^([^\s'"`*]*)\s*\*\//;
const ONLY_COMMENTS = /^(?:\s|\/\/[^\r\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*$/;

/** Licences may follow; the expression would overflow on a comment of megabytes. */
const MOST_COMMENTS = 100_000;

/** How files are read: throws as `fs.readFileSync` does. */
export type ReadText = (file: string) => string;

/**
 * Loads the map that a generated file names, or else the one that lies beside it (`app.js.map`), as bundlers write it
 * that are told to leave the comment out (esbuild's `--sourcemap=external`, webpack's `hidden-source-map`).
 * @param file absolute path
 * @param context how its sources are found; `folder` is filled in here
 * @returns null if the file names none, and none lies there
 * @throws SourceMapError
 */
export function loadMappedFile(
  file: string,
  readText: ReadText,
  context: Omit<SourceContext, 'folder'>,
): MappedFile | null {
  let code: string;
  try {
    code = readText(file);
  } catch {
    return null;
  }
  const url = findSourceMapUrl(code);
  const beside = `${file}.map`;
  if (url === null && !context.exists(beside)) return null;
  const { json, folder } =
    url === null
      ? { json: readMapFile(beside, readText), folder: context.paths.dirname(beside) }
      : readMap(url, file, readText, context);
  return parseMap(() => parseJson(json), code, { ...context, folder });
}

/**
 * Takes a map that a running process holds of code that it transformed while loading it.
 * @param file absolute path of what was loaded
 * @param map as `payload` of `SourceMap` of `node:module` has it
 * @returns null if the file on disk is the generated code itself: that can be looked at at any time
 * @throws SourceMapError
 */
export function mappedFileInMemory(
  file: string,
  map: unknown,
  readText: ReadText,
  context: Omit<SourceContext, 'folder'>,
): MappedFile | null {
  try {
    if (findSourceMapUrl(readText(file)) !== null) return null;
  } catch {
    // It is gone, or never was a file.
  }
  return parseMap(() => map, '', { ...context, folder: context.paths.dirname(file) });
}

/**
 * Finds the `sourceMappingURL` comment of generated code.
 * @returns null if there is none; only comments follow the one that counts
 */
export function findSourceMapUrl(code: string): string | null {
  for (let at = code.lastIndexOf(URL_KEY); at > 0; at = code.lastIndexOf(URL_KEY, at - 1)) {
    const opened = /\/([/*])[#@][ \t]*$/.exec(code.slice(Math.max(0, at - 20), at));
    if (!opened) continue;
    const rest = code.slice(at + URL_KEY.length);
    const comment = (opened[1] === '*' ? BLOCK_COMMENT_REST : LINE_COMMENT_REST).exec(rest);
    if (comment?.[1] && isOnlyComments(rest.slice(comment[0].length))) return comment[1];
  }
  return null;
}

function isOnlyComments(code: string): boolean {
  return code.length < MOST_COMMENTS && ONLY_COMMENTS.test(code);
}

function readMap(
  url: string,
  file: string,
  readText: ReadText,
  { paths, exists }: Omit<SourceContext, 'folder'>,
): { json: string; folder: string } {
  const inline = /^data:([^,]*),/i.exec(url);
  if (inline) {
    const data = url.slice(inline[0].length);
    const base64 = /;\s*base64\s*$/i.test(inline[1] ?? '');
    return {
      json: base64 ? Buffer.from(data, 'base64').toString('utf8') : decodePercent(data),
      folder: paths.dirname(file),
    };
  }
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(url) && !/^file:/i.test(url))
    throw new SourceMapError(`its source map is at ${url}, which is not fetched`);
  const clean = url.replace(/[?#].*$/, '');
  const place = /^file:/i.test(url) ? fileOfUrl(url, paths) : null;
  const candidates = place
    ? [place]
    : [url, clean, decodePercent(clean)].map((one) => paths.resolve(paths.dirname(file), one));
  // A wrong `mapRoot` and files that were moved lead nowhere, but the map is often still beside its file.
  const found = [...candidates, `${file}.map`].find(exists) ?? candidates.at(-1) ?? file;
  return { json: readMapFile(found, readText), folder: paths.dirname(found) };
}

function readMapFile(map: string, readText: ReadText): string {
  try {
    return readText(map);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new SourceMapError(`its source map ${map} is missing`);
    throw new SourceMapError(`its source map ${map} cannot be read (${code ?? message})`);
  }
}

function parseJson(json: string): unknown {
  // Some servers and tools begin maps with `)]}'`, against being run as scripts.
  return JSON.parse(json.replace(/^\)\]\}'[^\n]*\n?/, ''));
}

/** Loaded only when a map is there: traced programs, most of which have none, should not wait for it. */
function traceMapping(): typeof import('@jridgewell/trace-mapping') {
  return require('@jridgewell/trace-mapping') as typeof import('@jridgewell/trace-mapping');
}

/** Sources are resolved here and the library gets their numbers: its own resolving knows URLs only. */
function parseMap(raw: () => unknown, code: string, context: SourceContext): MappedFile {
  const sources: string[] = [];
  const register = (source: string, root: string) =>
    String(sources.push(resolveSource(source, root, context)) - 1);
  const { decodedMappings, FlattenMap } = traceMapping();
  try {
    const map = new FlattenMap(prepare(raw(), register) as ConstructorParameters<typeof FlattenMap>[0]);
    decodedMappings(map);
    return mappedFile(map, sources, code);
  } catch (error) {
    throw new SourceMapError(`its source map is broken (${(error as Error).message})`);
  }
}

function prepare(raw: unknown, register: (source: string, root: string) => string): object {
  if (raw === null || typeof raw !== 'object') throw new Error('not a JSON object');
  const map = raw as Record<string, unknown>;
  if (Array.isArray(map.sections)) {
    const sections = map.sections.map((section) => ({ ...section, map: prepare(section?.map, register) }));
    return { ...map, sections };
  }
  if (!Array.isArray(map.sources)) throw new Error('no sources');
  if (typeof map.mappings !== 'string') throw new Error('no mappings');
  const root = typeof map.sourceRoot === 'string' ? map.sourceRoot : '';
  const sources = map.sources.map((source) => (typeof source === 'string' ? register(source, root) : null));
  const names = Array.isArray(map.names) ? map.names.map(String) : [];
  return { version: 3, sources, names, mappings: map.mappings };
}

function mappedFile(map: TraceMap, sources: string[], code: string): MappedFile {
  const { traceSegment } = traceMapping();
  let lines: string[] | undefined;
  const nameAt = (line: number, column: number): string | null => {
    const segment = traceSegment(map, line, column);
    if (segment?.length !== 5 || segment[0] !== column) return null;
    return map.names[segment[4]] ?? null;
  };
  const originalName = (line: number, column: number, name: string): string | null => {
    if (map.names.length === 0) return null;
    lines ??= code.split(/\r\n|[\n\r\u2028\u2029]/);
    // Where the place is the name itself, as that of a declared variable.
    const here = name !== '' && lines[line]?.startsWith(name, column) ? nameAt(line, column) : null;
    if (here !== null) return here;
    for (const place of definitionsBefore(lines, line, column, name)) {
      const original = nameAt(place.line, place.column);
      if (original !== null) return original;
    }
    return null;
  };
  return {
    originalOf(line, column, functionName) {
      const segment = traceSegment(map, line - 1, Math.max(0, column - 1));
      if (segment === null || segment.length === 1) return null;
      const file = sources[Number(map.sources[segment[1]] ?? -1)];
      if (file === undefined) return null;
      return {
        file,
        line: segment[2] + 1,
        column: segment[3] + 1,
        function: originalName(line - 1, column - 1, functionName),
      };
    },
  };
}

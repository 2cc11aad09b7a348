// Reads dump files, plain or gzipped. Whatever is wrong with one becomes a DumpFileError naming the file and the place.
import fs from 'node:fs';
import zlib from 'node:zlib';
import { DumpFileError } from '../errors';
import { findDumpFault } from './check';
import { describeFileError } from './file-error';
import { DUMP_FORMAT, DUMP_VERSION, type Dump } from './format';
import { locateJsonError } from './json-error';

/** The longest string of V8 on 64 bits is 2^29 - 24 units. */
const MAX_TEXT_BYTES = 2 ** 29 - 24;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Reads a dump file and checks it.
 * @param path the file; gzip is recognised by its first bytes
 * @returns the dump
 * @throws DumpFileError if there is no such file, it cannot be read, or it is not a dump of a version known here
 */
export function readDump(path: string): Dump {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`readDump: path must be a non-empty string, not ${String(path) || "''"}`);
  return parseDump(readText(path), path);
}

/**
 * Reads a dump from text.
 * @param text JSON
 * @param name what error messages call it, usually the path
 * @throws DumpFileError as {@link readDump}
 */
export function parseDump(text: string, name = 'dump'): Dump {
  const value = parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, name);
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== DUMP_FORMAT) throw failure(name, `not a dump of abtrace${recognise(value)}`);
  if (typeof version === 'number' && Number.isInteger(version) && version > DUMP_VERSION) {
    throw failure(
      name,
      `written in version ${version} of the dump format, by a newer abtrace; this one reads version ${DUMP_VERSION}. ` +
        'Update with: npm install abtrace@latest',
    );
  }
  if (version !== DUMP_VERSION)
    throw failure(name, `version: expected ${DUMP_VERSION}, got ${JSON.stringify(version) ?? 'nothing'}`);
  const fault = findDumpFault(value);
  if (fault) throw failure(name, `${fault.at}: expected ${fault.expected}, got ${fault.got}`);
  return value as Dump;
}

function failure(name: string, what: string, cause?: unknown): DumpFileError {
  return new DumpFileError(`Cannot read dump ${name}: ${what}`, cause === undefined ? undefined : { cause });
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(path);
  } catch (error) {
    throw failure(path, describeFileError(error), error);
  }
  if (bytes.length === 0) throw failure(path, 'the file is empty');
  if (bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1]) bytes = gunzip(bytes, path);
  if (bytes.length > MAX_TEXT_BYTES)
    throw failure(
      path,
      `${bytes.length} bytes of JSON are more than Node can read at once (${MAX_TEXT_BYTES})`,
    );
  return bytes.toString('utf8');
}

function gunzip(bytes: Buffer, path: string): Buffer {
  try {
    return zlib.gunzipSync(bytes, { maxOutputLength: MAX_TEXT_BYTES });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR')
      throw failure(
        path,
        `the gzip data end too early, after ${bytes.length} bytes; was the file cut off?`,
        error,
      );
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw failure(path, `unzipped it is more than Node can read at once (${MAX_TEXT_BYTES} bytes)`, error);
    throw failure(path, `broken gzip data (${message})`, error);
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.trim() === '') throw failure(name, 'the file is empty', error);
    const { line, column, endsEarly, excerpt } = locateJsonError(text);
    const where = `line ${line}, column ${column}`;
    if (endsEarly) throw failure(name, `the JSON ends too early, at ${where}; was the file cut off?`, error);
    throw failure(name, `not JSON: unexpected ${JSON.stringify(excerpt)} at ${where}`, error);
  }
}

/** Files that people have lying beside their dumps. */
function recognise(value: unknown): string {
  if (value === null || typeof value !== 'object') return '';
  if ('snapshot' in value && 'nodes' in value) return '; this looks like a V8 heap snapshot';
  if ('head' in value && 'samples' in value) return '; this looks like a V8 heap profile';
  if ('nodes' in value && 'timeDeltas' in value) return '; this looks like a V8 CPU profile';
  if ('header' in value && 'javascriptHeap' in value)
    return '; this looks like a diagnostic report of Node.js';
  return `: its field "format" is not "${DUMP_FORMAT}"`;
}

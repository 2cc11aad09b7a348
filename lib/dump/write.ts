// Writes dump files, plain or gzipped, whole or not at all.
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Dump } from './format';
import { serialize } from './serialize';
import { writeWhole, writeWholeSync } from './whole-file';

const gzip = promisify(zlib.gzip);

/**
 * Writes a dump; a name that ends in `.gz` is gzipped. An existing file is replaced, also through a symbolic link.
 * @param file where to; its folder must exist
 * @param dump must not change before the promise settles
 * @returns the path as given
 * @throws DumpFileError naming the path, if it cannot be written; nothing is left behind then
 */
export async function writeDumpFile(file: string, dump: Dump): Promise<string> {
  await writeWhole(file, piecesOf(dump, isGzipName(file) ? (piece) => gzip(piece) : null), 'dump');
  return file;
}

/**
 * Does what {@link writeDumpFile} does, at once: for handlers of `exit` and of fatal errors.
 * @throws DumpFileError as {@link writeDumpFile}
 */
export function writeDumpFileSync(file: string, dump: Dump): string {
  writeWholeSync(file, piecesOf(dump, isGzipName(file) ? zlib.gzipSync : null), 'dump');
  return file;
}

/** Gzip members one after another are one valid gzip file. */
function* piecesOf<T>(dump: Dump, compress: ((piece: string) => T) | null): Generator<string | T> {
  for (const piece of serialize(dump)) yield compress === null ? piece : compress(piece);
}

function isGzipName(file: string): boolean {
  if (typeof file !== 'string' || file === '')
    throw new TypeError(`path must be a non-empty string, not ${String(file) || "''"}`);
  return file.toLowerCase().endsWith('.gz');
}

// Writes dump files so that a reader sees either the whole file or none: into a temporary file beside it, which then
// takes its place. Dumps hold paths and names of the program, so only the owner may read them (mode 0600).
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { DumpFileError } from '../errors';
import { describeFileError } from './file-error';
import type { Dump } from './format';
import { serialize } from './serialize';

const MODE = 0o600;
const gzip = promisify(zlib.gzip);

/**
 * Writes a dump; a name that ends in `.gz` is gzipped. An existing file is replaced, also through a symbolic link.
 * @param file where to; its folder must exist
 * @param dump must not change before the promise settles
 * @returns the path as given
 * @throws DumpFileError naming the path, if it cannot be written; nothing is left behind then
 */
export async function writeDumpFile(file: string, dump: Dump): Promise<string> {
  const compress = isGzipName(file);
  const place = findPlace(file);
  try {
    const handle = await fs.promises.open(place.temporary, 'wx', MODE);
    try {
      for (const piece of serialize(dump)) {
        // Gzip members one after another are one valid gzip file.
        await handle.writeFile(compress ? await gzip(piece) : piece);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.promises.rename(place.temporary, place.target);
  } catch (error) {
    await fs.promises.rm(place.temporary, { force: true }).catch(() => {});
    throw failure(file, error);
  }
  return file;
}

/**
 * Does what {@link writeDumpFile} does, at once: for handlers of `exit` and of fatal errors.
 * @throws DumpFileError as {@link writeDumpFile}
 */
export function writeDumpFileSync(file: string, dump: Dump): string {
  const compress = isGzipName(file);
  const place = findPlace(file);
  try {
    const descriptor = fs.openSync(place.temporary, 'wx', MODE);
    try {
      for (const piece of serialize(dump)) {
        fs.writeFileSync(descriptor, compress ? zlib.gzipSync(piece) : piece);
      }
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(place.temporary, place.target);
  } catch (error) {
    removeQuietly(place.temporary);
    throw failure(file, error);
  }
  return file;
}

function isGzipName(file: string): boolean {
  if (typeof file !== 'string' || file === '')
    throw new TypeError(`path must be a non-empty string, not ${String(file) || "''"}`);
  return file.toLowerCase().endsWith('.gz');
}

/** Where the file really is, links followed, and the temporary file beside it. */
function findPlace(file: string): { target: string; temporary: string } {
  let target = path.resolve(file);
  try {
    target = fs.realpathSync(target);
    const stats = fs.statSync(target);
    // Renaming over a device such as /dev/null would replace it.
    if (stats.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (!stats.isFile()) throw new Error('not a regular file');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw failure(file, error);
    const folder = path.dirname(target);
    if (!fs.existsSync(folder))
      throw new DumpFileError(`Cannot write dump ${file}: no such folder: ${folder}`);
  }
  const name = `.abtrace-${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  return { target, temporary: path.join(path.dirname(target), name) };
}

function removeQuietly(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // The error that led here says more.
  }
}

function failure(file: string, error: unknown): DumpFileError {
  return new DumpFileError(`Cannot write dump ${file}: ${describeFileError(error)}`, { cause: error });
}

// Writes files so that a reader sees either the whole file or none: into a temporary file beside it, which then takes
// its place. What is written here tells paths and names of a program, so only the owner may read it (mode 0600).
import fs from 'node:fs';
import path from 'node:path';
import { DumpFileError } from '../errors';
import { describeFileError } from './file-error';

const MODE = 0o600;

/**
 * Writes a file whole or not at all. An existing file is replaced, also through a symbolic link.
 * @param file where to; its folder must exist
 * @param pieces what to write; those that are promised are waited for one after another
 * @param what what the file is, for messages, as in `dump`
 * @throws DumpFileError naming the path, if it cannot be written; nothing is left behind then
 */
export async function writeWhole(
  file: string,
  pieces: Iterable<string | Uint8Array | Promise<Uint8Array>>,
  what: string,
): Promise<void> {
  const place = findPlace(file, what);
  try {
    const handle = await fs.promises.open(place.temporary, 'wx', MODE);
    try {
      for (const piece of pieces) await handle.writeFile(await piece);
      await handle.sync().catch(unlessForbidden);
    } finally {
      await handle.close();
    }
    await fs.promises.rename(place.temporary, place.target);
  } catch (error) {
    await fs.promises.rm(place.temporary, { force: true }).catch(() => {});
    throw failure(file, what, error);
  }
}

/**
 * Does what {@link writeWhole} does, at once.
 * @throws DumpFileError as {@link writeWhole}
 */
export function writeWholeSync(file: string, pieces: Iterable<string | Uint8Array>, what: string): void {
  const place = findPlace(file, what);
  try {
    const descriptor = fs.openSync(place.temporary, 'wx', MODE);
    try {
      for (const piece of pieces) fs.writeFileSync(descriptor, piece);
      try {
        fs.fsyncSync(descriptor);
      } catch (error) {
        unlessForbidden(error);
      }
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(place.temporary, place.target);
  } catch (error) {
    removeQuietly(place.temporary);
    throw failure(file, what, error);
  }
}

/** Where the file really is, links followed, and the temporary file beside it. */
function findPlace(file: string, what: string): { target: string; temporary: string } {
  let target = path.resolve(file);
  try {
    target = fs.realpathSync(target);
    const stats = fs.statSync(target);
    // Renaming over a device such as /dev/null would replace it.
    if (stats.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (!stats.isFile()) throw new Error('not a regular file');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw failure(file, what, error);
    const folder = path.dirname(target);
    if (!fs.existsSync(folder))
      throw new DumpFileError(`Cannot write ${what} ${file}: no such folder: ${folder}`);
  }
  const name = `.abtrace-${process.pid}-${process.hrtime.bigint().toString(36)}.tmp`;
  return { target, temporary: path.join(path.dirname(target), name) };
}

/** Under Node's permission model nobody may call fsync, even who may write. */
function unlessForbidden(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw error;
}

function removeQuietly(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // The error that led here says more.
  }
}

function failure(file: string, what: string, error: unknown): DumpFileError {
  return new DumpFileError(`Cannot write ${what} ${file}: ${describeFileError(error)}`, { cause: error });
}

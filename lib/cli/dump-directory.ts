// Makes sure that dumps can be written before a program starts: finding out at its end would be too late.
import fs from 'node:fs';
import path from 'node:path';
import { describeFileError } from '../dump/file-error';
import { DumpFileError } from '../errors';

/**
 * Makes the directory if it is missing and tries to write into it.
 *
 * @param directory absolute path
 * @throws DumpFileError naming the directory and what is wrong with it
 */
export function prepareDumpDirectory(directory: string): void {
  try {
    makeDirectory(directory);
    // Permission bits tell little: of a root user, of read-only and of virtual file systems.
    fs.rmdirSync(fs.mkdtempSync(path.join(directory, '.abtrace-')));
  } catch (error) {
    const why = isNotDirectory(error) ? 'it is not a directory' : describeFileError(error);
    throw new DumpFileError(`cannot write dumps into ${directory}: ${why}`, { cause: error });
  }
}

function makeDirectory(directory: string): void {
  try {
    fs.mkdirSync(directory, { recursive: true });
  } catch (error) {
    // What a read-only file system refuses is said to be missing, by `recursive`; not so without it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') fs.mkdirSync(directory);
    throw error;
  }
}

function isNotDirectory(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

// Says in words what went wrong with a file.

const WORDS: Record<string, string> = {
  ENOENT: 'no such file',
  EISDIR: 'this is a directory; name a file in it',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOTDIR: 'a part of the path is not a directory',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is exceeded',
  EROFS: 'the file system is read-only',
  ERR_FS_FILE_TOO_LARGE: 'the file is more than Node can read at once (2 GiB)',
};

/**
 * Describes an error of `node:fs`.
 * @returns words, with the system's code; or the error's own message if the code is not known here
 */
export function describeFileError(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const words = WORDS[code];
  return words === undefined ? message : `${words} (${code})`;
}

// Names dump files so that sorted by name they are sorted by time, and says which files in a directory are dumps.

/** Every file that is named like this may be a dump. */
export const DUMP_NAME = /\.json(\.gz)?$/i;

/**
 * Names a dump file: sorted by name the files are sorted by time (to the second, UTC), then by process, then in the
 * order written.
 *
 * @param count how many dumps the process has written, this one included
 * @param reason what asked for it, in lower case
 */
export function dumpFileName(pid: number, count: number, reason: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `abtrace-${time}-${pid}-${String(count).padStart(4, '0')}-${reason}.json`;
}

// Writes the dumps that triggers ask for: names the files, says where they are, and never throws.
import fs from 'node:fs';
import path from 'node:path';
import { dumpFileName } from '../dump/file-name';
import { estimateRetainers, type RetainersCost } from './retainers-cost';
import type { TriggerOptions, TriggerTarget } from './triggers';

const STDERR = 2;
const MAX_STDERR_WAIT_MS = 200;
/** Less than this is not worth a warning. */
const MUCH_BYTES = 1e6;

/** Reasons for which dumps may be written again and again with nobody looking. */
const FOR_MEMORY: readonly string[] = ['watermark', 'growth', 'container-limit', 'heap-limit', 'error'];
/** How many of those are kept unless something else is asked for. */
export const DEFAULT_KEPT = 10;

type DumpSettings = Pick<TriggerOptions, 'directory' | 'gc' | 'quiet' | 'keep'> &
  Partial<Pick<TriggerOptions, 'retainers'>>;
type DumpTarget = Pick<TriggerTarget, 'isTracing' | 'writeDumpSync'>;

/** The dumps of one process. Main thread only. */
export class TriggeredDumps {
  /** A dump is under way: another one must wait. */
  writing = false;
  private count = 0;
  /** Those that may be removed again, oldest first. */
  private readonly removable: string[] = [];

  /** @param onWritten is told of each file */
  constructor(
    private readonly options: DumpSettings,
    private readonly target: DumpTarget,
    private readonly onWritten: (file: string) => void = () => {},
  ) {}

  /**
   * Writes one dump, unless the program has stopped the tracing.
   *
   * @param reason what asked for it, in lower case; part of the file's name
   * @param text the same for people, if they may not expect it
   */
  write(reason: string, text?: string): void {
    if (this.writing || !this.target.isTracing()) return;
    this.writing = true;
    this.count += 1;
    const file = path.join(this.options.directory, dumpFileName(process.pid, this.count, reason));
    const { gc, retainers = false, quiet } = this.options;
    try {
      const beforeBytes = process.memoryUsage().arrayBuffers;
      if (retainers && !quiet) say(costText(estimateRetainers()));
      this.target.writeDumpSync(file, { gc, retainers });
      this.removeOldest(reason, file);
      this.onWritten(file);
      if (quiet || reason === 'interval') return;
      say(
        `${text === undefined ? '' : `${text}: `}dump written; look at it with: abtrace top ${forShell(file)}`,
      );
      if (gc && reason === 'exit') warnOfEmptiness(beforeBytes, process.memoryUsage().arrayBuffers);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    } finally {
      this.writing = false;
    }
  }

  private removeOldest(reason: string, file: string): void {
    const { keep } = this.options;
    const isRemovable =
      keep === null ? FOR_MEMORY.includes(reason) : [...FOR_MEMORY, 'interval'].includes(reason);
    if (!isRemovable) return;
    this.removable.push(file);
    while (this.removable.length > (keep ?? DEFAULT_KEPT)) {
      fs.rmSync(this.removable.shift() ?? '', { force: true });
    }
  }
}

function costText({ heapBytes, pausedMs, memoryBytes }: RetainersCost): string {
  const megabytes = (bytes: number) => `${Math.max(1, Math.round(bytes / 1e6))} MB`;
  return (
    `searching a heap of ${megabytes(heapBytes)} for what keeps the memory: ` +
    `a pause of about ${(pausedMs / 1000).toFixed(1)} s, and ${megabytes(memoryBytes)} for as long`
  );
}

/** A program that has come to its end holds nothing any more but what is global: the collection takes the rest. */
function warnOfEmptiness(beforeBytes: number, afterBytes: number): void {
  const collectedBytes = beforeBytes - afterBytes;
  if (collectedBytes < MUCH_BYTES || collectedBytes < beforeBytes / 2) return;
  say(
    `${Math.round(collectedBytes / 1e6)} MB were collected before that dump, which may be all that the program held ` +
      'until its end; to see it, dump earlier (--every, --signal) or without --gc',
  );
}

/** The file as a person in the current directory would type it. */
function forShell(file: string): string {
  const relative = path.relative('', file);
  const shown = relative.startsWith('..') ? file : relative;
  return /^[\w./:\\@%+=-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}

/** One line on stderr, written at once: the process may be about to end. process.stderr might not be flushed by then. */
function say(text: string): void {
  let rest = Buffer.from(`abtrace: ${text.replaceAll('\n', ' ')}\n`);
  const deadline = Date.now() + MAX_STDERR_WAIT_MS;
  while (rest.length > 0 && Date.now() < deadline) {
    try {
      rest = rest.subarray(fs.writeSync(STDERR, rest));
    } catch (error) {
      // A full pipe that somebody made non-blocking; anything else means that nobody listens.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}

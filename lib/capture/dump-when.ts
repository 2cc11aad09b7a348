// Dumps by themselves for a program that traces itself: the public function over the memory watch.
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { prepareDumpDirectory } from '../cli/dump-directory';
import { StateError, UsageError } from '../errors';
import { addon } from '../native';
import { parseConditions } from './conditions';
import { writeDumpSync } from './dump';
import { MemoryWatch } from './memory-watch';
import { show } from './options';
import { isTracing } from './tracing';
import { DEFAULT_KEPT, TriggeredDumps } from './triggered-dumps';

/** Where dumps are written on conditions, and how many. */
export interface DumpWhenOptions {
  /** Where the dumps go; made if missing. Default: the current directory. */
  directory?: string;
  /** Collect garbage fully before each dump. Default false. */
  gc?: boolean;
  /** Also dump when the limit of the container or of V8's heap comes near. Default false. */
  limits?: boolean;
  /** Least time between two dumps for the same condition, ms. Default 60,000. */
  cooldownMs?: number;
  /** Most dumps to keep; the oldest are removed. Default 10. */
  keep?: number;
  /** Called with the path of each dump, and with the condition that came to hold. */
  onDump?: (file: string, condition: string) => void;
}

const DEFAULT_COOLDOWN_MS = 60_000;
const OPTIONS: Record<keyof DumpWhenOptions, (value: unknown) => boolean> = {
  directory: (value) => typeof value === 'string' && value !== '',
  gc: (value) => typeof value === 'boolean',
  limits: (value) => typeof value === 'boolean',
  cooldownMs: (value) => typeof value === 'number' && value >= 0,
  keep: (value) => Number.isInteger(value) && Number(value) >= 1,
  onDump: (value) => typeof value === 'function',
};

/**
 * Writes a dump each time that memory reaches one of the conditions, while this process is traced.
 *
 * A condition is a watermark (`arrayBuffers>2GB`), a share of a limit (`heapUsed>90%`, of the heap's; `rss>80%`, of the
 * container's or the machine's) or growth (`external+100MB/min`), of `arrayBuffers`, `external`, `rss`, `heapUsed`,
 * `heapTotal` or `container`.
 * @param conditions one or more of them, as texts
 * @param options where the dumps go, and how many are kept; each has a default
 * @returns what `stop()` ends it with
 * @throws TypeError, RangeError for wrong conditions or options; StateError in a worker; DumpFileError if the directory
 *   cannot be written into
 */
export function dumpWhen(
  conditions: string | readonly string[],
  options: DumpWhenOptions = {},
): { stop(): void } {
  if (!isMainThread) throw new StateError('dumpWhen watches the whole process; call it in the main thread');
  checkOptions(options);
  const when = readConditions(conditions);
  const directory = path.resolve(options.directory ?? '.');
  prepareDumpDirectory(directory);
  let current = '';
  const dumps = new TriggeredDumps(
    { directory, gc: options.gc ?? false, quiet: true, keep: options.keep ?? DEFAULT_KEPT },
    { isTracing, writeDumpSync },
    (file) => options.onDump?.(file, current),
  );
  const watch = new MemoryWatch(
    { when, limits: options.limits ?? false, cooldownMs: options.cooldownMs ?? DEFAULT_COOLDOWN_MS },
    addon(),
    ({ reason, text }) => {
      current = text;
      dumps.write(reason);
    },
  );
  watch.start();
  return { stop: () => watch.stop() };
}

function readConditions(given: unknown): ReturnType<typeof parseConditions> {
  const texts: unknown[] = Array.isArray(given) ? given : [given];
  return texts.flatMap((text) => {
    if (typeof text !== 'string') {
      throw new TypeError(`conditions must be a string or an array of strings, got ${show(text)}`);
    }
    try {
      return parseConditions(text, 'conditions');
    } catch (error) {
      throw error instanceof UsageError ? new RangeError(error.message) : error;
    }
  });
}

function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`options must be an object, got ${show(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      const known = Object.keys(OPTIONS).join(', ');
      throw new TypeError(`unknown option ${JSON.stringify(name)}; the options are ${known}`);
    }
    if (value === undefined || OPTIONS[name as keyof DumpWhenOptions](value)) continue;
    throw new TypeError(`wrong ${name}: ${show(value)}`);
  }
}

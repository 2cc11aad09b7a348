// Taking dumps of the running process, and labelling its work: the public functions that need a tracer at work.
import { findSourceMap } from 'node:module';
import { pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import { applyMapsInMemory } from '../analysis/source-maps';
import type { Dump } from '../dump/format';
import { writeDumpFile, writeDumpFileSync } from '../dump/write';
import { StateError } from '../errors';
import { addon, kShared } from '../native';
import { buildDump } from './build-dump';
import { withFilesKept } from './file-reads';
import { encodeLabel, isGenerator, type Label, wrapGenerator } from './labels';
import { show } from './options';
import { runInContext } from './run-in-context';
import { sessionDescription, sharedOfThread } from './tracing';

/** How long `gc` and `retainers` wait for other threads to begin: one that is blocked does not answer. */
const PATIENCE_MS = 2000;

/** How a dump is taken. */
export interface DumpOptions {
  /** Collect garbage fully first, so that only what is still referenced counts as live. Default false. */
  gc?: boolean;
  /**
   * Find out what keeps the allocations alive. Collects garbage, and stops each traced thread for about a second per
   * million objects on its heap, with about 0.4 KB of memory for each; {@link estimateRetainers} says more. Default false.
   */
  retainers?: boolean;
}

/**
 * Takes a dump: everything known at this moment, as a plain object that is JSON.
 * @param options `gc`: collect garbage fully first, in all threads; false unless given
 * @returns the dump, its sites by live bytes, most first
 * @throws StateError if this process is not being traced; TypeError for wrong options
 */
export function dump(options?: DumpOptions): Dump {
  const { gc, retainers } = checkDumpOptions(options);
  const native = addon();
  const session = sessionDescription();
  if (session === null) throw new StateError('abtrace is not tracing; call start() before dump()');
  native.setOwnWork(true);
  try {
    const liveBeforeCollection = gc ? native.liveOfSites() : null;
    const beforeBytes = process.memoryUsage().arrayBuffers;
    const uncollectedThreads = gc ? native.collectGarbage(PATIENCE_MS) : 0;
    const slabs = gc || retainers ? native.chargeSlabs(PATIENCE_MS, retainers) : null;
    const held = retainers ? withFilesKept(sharedOfThread(), () => native.retainers(PATIENCE_MS)) : null;
    const memory = process.memoryUsage();
    const externalStringBytes = native.externalStringBytes();
    const snapshot = native.snapshot();
    if (snapshot === null) throw new StateError('abtrace was stopped while a dump was taken');
    const taken = buildDump({
      snapshot,
      retainers: held,
      slabs,
      options: session.options,
      gc,
      uncollectedThreads,
      memory,
      arrayBuffersAtStart: session.arrayBuffersBytes,
      externalAtStart:
        session.threadId === threadId ? session.externalBytes - session.arrayBuffersBytes : null,
      rssAtStart: session.rssBytes,
      externalStringBytes,
      threadId,
      liveBeforeCollection,
      collectedBytes: gc ? Math.max(0, beforeBytes - memory.arrayBuffers) : null,
    });
    return applyMapsInMemory(taken, mapInMemory);
  } finally {
    native.setOwnWork(false);
  }
}

/**
 * Takes a dump and writes it to a file, whole or not at all, readable by its owner only (mode 0600). A name that
 * ends in `.gz` is compressed.
 * @param path where to; its folder must exist
 * @param options as of `dump`
 * @returns the path
 * @throws as `dump`; DumpFileError if it cannot be written
 */
export async function writeDump(path: string, options?: DumpOptions): Promise<string> {
  const taken = dump(checkPath(path, options));
  return asOwnWork(() => writeDumpFile(path, taken));
}

/**
 * `writeDump` without a promise, for exit handlers; blocks until the file is on disk.
 * @param path as of `writeDump`
 * @param options as of `dump`
 * @returns the path
 * @throws as `writeDump`
 */
export function writeDumpSync(path: string, options?: DumpOptions): string {
  const taken = dump(checkPath(path, options));
  const native = addon();
  native.setOwnWork(true);
  try {
    return writeDumpFileSync(path, taken);
  } finally {
    native.setOwnWork(false);
  }
}

/**
 * Runs `fn` and charges all that happens under it, through every asynchronous hop, to a label. Labels nest: inside,
 * keys are added to those around, and equal keys replaced. If `fn` returns a generator, its steps are labelled too.
 * Does nothing but call `fn` while the process is not traced or causes are off.
 * @param label a name, kept under the key `label`, or names by key
 * @param fn what to run; called at once, without arguments
 * @returns what `fn` returns
 * @throws TypeError for a label that is neither a string nor an object of strings
 */
export function label<T>(label: Label, fn: () => T): T {
  if (typeof fn !== 'function') throw new TypeError(`label needs a function to run, got ${show(fn)}`);
  const shared = sharedOfThread();
  const around = shared === undefined ? '' : addon().labelOf(shared[kShared.context] as number);
  const text = encodeLabel(label, around);
  if (shared === undefined) return fn();
  const run = <R>(step: () => R): R => {
    const context = addon().labelledContext(shared[kShared.context] as number, text);
    return runInContext(shared, context, step);
  };
  const result = run(fn);
  if (isGenerator(result)) wrapGenerator(result, run);
  return result;
}

/** The source map of a loaded file, if Node keeps them; CommonJS registers it by path, ESM by URL. */
function mapInMemory(file: string): unknown {
  return (findSourceMap(file) ?? findSourceMap(pathToFileURL(file).href))?.payload;
}

/** What is allocated by `work` and by all that follows from it is abtrace's own. */
export function asOwnWork<T>(work: () => T): T {
  const shared = sharedOfThread();
  return shared === undefined ? work() : runInContext(shared, addon().ownContext(), work);
}

function checkPath(path: unknown, options?: DumpOptions): DumpOptions | undefined {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`path must be a non-empty string, got ${show(path)}`);
  return options;
}

function checkDumpOptions(options: unknown): Required<DumpOptions> {
  if (options === undefined) return { gc: false, retainers: false };
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`options must be an object, got ${show(options)}`);
  }
  const known = ['gc', 'retainers'] as const;
  const given = options as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!known.some((one) => one === name))
      throw new TypeError(`unknown option ${JSON.stringify(name)}; the options are ${known.join(', ')}`);
  }
  const flag = (name: (typeof known)[number]): boolean => {
    const value = given[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw new TypeError(`${name} must be true or false, got ${show(value)}`);
    return value ?? false;
  };
  return { gc: flag('gc'), retainers: flag('retainers') };
}

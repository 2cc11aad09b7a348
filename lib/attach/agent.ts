// What `abtrace attach` runs inside the program, called over the inspector: starts tracing, writes dumps, and puts
// everything back. Never throws into the program, and gives up by itself when nobody is attached any more.
import inspector from 'node:inspector';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import type { Grouping } from '../analysis/group';
import { sampleOf, type WatchSample } from '../analysis/watch-history';
import { type DumpOptions, dump as takeDump, writeDump, writeDumpSync } from '../capture/dump';
import { MemoryWatch, type MemoryWatchOptions } from '../capture/memory-watch';
import { mainScript, type StartOptions } from '../capture/options';
import { isTracing, start, stop } from '../capture/tracing';
import { TriggeredDumps } from '../capture/triggered-dumps';
import { prepareDumpDirectory } from '../cli/dump-directory';
import { dumpFileName } from '../dump/file-name';
import { AbtraceError } from '../errors';
import { addon } from '../native';
import { longestStandstillMs, unwatchLoop } from './loop-watch';

const MOST_MISSED_HEARTBEATS = 6;

export interface BeginRequest {
  start: StartOptions;
  /** Absolute path of the directory that the dumps go to; null: there will be none. */
  directory: string | null;
  /** The inspector was closed before, and is closed again when nobody is attached any more. */
  closeInspector: boolean;
  /** How often whoever is attached says that it is there. */
  heartbeatMs: number;
  /** For the dumps that are written when memory gets short, and if the program ends while attached. */
  dump: DumpOptions;
  /** When memory counts as short, and how many of those dumps are kept; null: those of TriggeredDumps. */
  memory: MemoryWatchOptions & { keep: number | null };
}

export interface DumpRequest {
  /** What asked for it, in lower case; part of the file's name. */
  reason: string;
  options: DumpOptions;
}

export interface BeginAnswer {
  /** The program traces itself: its tracing is used as it is, and not stopped. */
  tracedBefore: boolean;
  /** Absolute path of the program; null if it has none, as with --eval. */
  script: string | null;
}

export interface DumpAnswer {
  /** Absolute path. */
  file: string;
  /** For how long the program's main thread could do nothing else, ms. */
  pauseMs: number;
}

/** What has happened since the last time somebody asked. */
export interface News {
  /** Dumps that were written because memory got short. */
  written: string[];
  /** The longest time since somebody attached in which the program's event loop stood still, whyever, ms. */
  standstillMs: number;
}

/** What every call over the inspector answers. */
export type Answer<T> = { value: T } | { error: { code: string; message: string } };

interface Attachment {
  directory: string | null;
  tracedBefore: boolean;
  missedHeartbeats: number;
  heartbeat: NodeJS.Timeout;
  onExit: () => void;
  watch: MemoryWatch | null;
}

let attachment: Attachment | undefined;
let dumps = 0;
let written: string[] = [];

/** Starts tracing for somebody who is attached. */
export function begin(request: BeginRequest): Answer<BeginAnswer> {
  return answer(() => {
    if (attachment !== undefined) {
      throw new AbtraceError('ABTRACE_ATTACH', 'another abtrace is attached to this process already');
    }
    if (request.directory !== null) prepareDumpDirectory(request.directory);
    const tracedBefore = isTracing();
    start(tracedBefore ? undefined : request.start);
    const onExit = () => {
      if (request.directory !== null) writeQuietly(nextFile('exit'), request.dump);
      // Otherwise Node would wait until we have hung up, and say so.
      if (request.closeInspector) inspector.close();
    };
    // One more listener than a program means to have makes Node print a warning.
    const room = process.getMaxListeners();
    if (room === 0 || process.listenerCount('exit') < room) process.on('exit', onExit);
    const made: Attachment = {
      directory: request.directory,
      tracedBefore,
      missedHeartbeats: 0,
      heartbeat: setInterval(() => {
        made.missedHeartbeats += 1;
        if (made.missedHeartbeats <= MOST_MISSED_HEARTBEATS) return;
        end();
        if (request.closeInspector) inspector.close();
      }, request.heartbeatMs).unref(),
      onExit,
      watch: null,
    };
    attachment = made;
    return { tracedBefore, script: mainScript() };
  });
}

/** Watches memory for as long as somebody is attached; apart from `begin`, so that the program pauses for one of them only. */
export function beginWatch(request: BeginRequest): Answer<null> {
  return answer(() => {
    if (attachment !== undefined && attachment.watch === null && request.directory !== null) {
      attachment.watch = watchMemory(request, request.directory);
    }
    return null;
  });
}

/** Somebody is attached still. */
export function beat(): Answer<News> {
  return answer(() => {
    if (attachment !== undefined) attachment.missedHeartbeats = 0;
    return takeNews();
  });
}

/** Writes a dump, letting the program work while the file is written. */
export async function dump({ reason, options }: DumpRequest): Promise<Answer<DumpAnswer>> {
  try {
    const file = nextFile(reason);
    const startedMs = performance.now();
    const written = writeDump(file, options);
    const pauseMs = performance.now() - startedMs;
    await written;
    return { value: { file, pauseMs } };
  } catch (error) {
    return answer(() => {
      throw error;
    });
  }
}

/** Writes a dump at once: for a program that does not come back to its event loop. */
export function dumpNow({ reason, options }: DumpRequest): Answer<DumpAnswer> {
  return answer(() => {
    const startedMs = performance.now();
    const file = writeDumpSync(nextFile(reason), options);
    return { file, pauseMs: performance.now() - startedMs };
  });
}

/** What there is to show of this moment; nothing is written. */
export function sample({ by }: { by: Grouping }): Answer<WatchSample> {
  return answer(() => sampleOf(takeDump(), by));
}

/** Stops tracing, unless the program did that before, and takes everything back but the inspector. */
export function end(): Answer<News> {
  return answer(() => {
    try {
      letGo();
      return takeNews();
    } finally {
      unwatchLoop();
    }
  });
}

function letGo(): void {
  if (attachment === undefined) return;
  const { tracedBefore, heartbeat, onExit, watch } = attachment;
  attachment = undefined;
  watch?.stop();
  clearInterval(heartbeat);
  process.off('exit', onExit);
  if (!tracedBefore) stop();
}

function watchMemory({ memory, dump: { gc = false } }: BeginRequest, directory: string): MemoryWatch {
  // What is said on stderr would stand among the program's own words.
  const settings = { directory, gc, quiet: true, keep: memory.keep };
  const triggered = new TriggeredDumps(settings, { isTracing, writeDumpSync }, (file) => written.push(file));
  const watch = new MemoryWatch(memory, addon(), ({ reason }) => triggered.write(reason));
  watch.start();
  return watch;
}

function takeNews(): News {
  const news = { written, standstillMs: longestStandstillMs() };
  written = [];
  return news;
}

function nextFile(reason: string): string {
  dumps += 1;
  return path.join(attachment?.directory ?? '', dumpFileName(process.pid, dumps, reason));
}

/** The dump of a program that ends while somebody is attached. */
function writeQuietly(file: string, options: DumpOptions): void {
  try {
    writeDumpSync(file, options);
  } catch {
    // The program ends in any case, and not because of us.
  }
}

function answer<T>(work: () => T): Answer<T> {
  try {
    return { value: work() };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    return { error: { code: String(code), message: String(message ?? error) } };
  }
}

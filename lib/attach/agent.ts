// What `abtrace attach` runs inside the program, called over the inspector: starts tracing, writes dumps, and puts
// everything back. Never throws into the program, and gives up by itself when nobody is attached any more.
import inspector from 'node:inspector';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { type DumpOptions, writeDump, writeDumpSync } from '../capture/dump';
import { mainScript, type StartOptions } from '../capture/options';
import { isTracing, joinThread, leaveThread, start, stop } from '../capture/tracing';
import { prepareDumpDirectory } from '../cli/dump-directory';
import { dumpFileName } from '../dump/file-name';
import { AbtraceError } from '../errors';

const MOST_MISSED_HEARTBEATS = 6;
const DELAY_RESOLUTION_MS = 1;

export interface BeginRequest {
  start: StartOptions;
  /** Absolute path of the directory that the dumps go to. */
  directory: string;
  /** The inspector was closed before, and is closed again when nobody is attached any more. */
  closeInspector: boolean;
  /** How often whoever is attached says that it is there. */
  heartbeatMs: number;
  /** For the dump that is written if the program ends while attached. */
  dump: DumpOptions;
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
  /** The longest time that the program's main thread could do nothing else. */
  pauseMs: number;
}

/** What every call over the inspector answers. */
export type Answer<T> = { value: T } | { error: { code: string; message: string } };

interface Attachment {
  directory: string;
  tracedBefore: boolean;
  missedHeartbeats: number;
  heartbeat: NodeJS.Timeout;
  onExit: () => void;
}

let attachment: Attachment | undefined;
let dumps = 0;

/** Starts tracing for somebody who is attached. */
export function begin(request: BeginRequest): Answer<BeginAnswer> {
  return answer(() => {
    if (attachment !== undefined) {
      throw new AbtraceError('ABTRACE_ATTACH', 'another abtrace is attached to this process already');
    }
    prepareDumpDirectory(request.directory);
    const tracedBefore = isTracing();
    start(tracedBefore ? undefined : request.start);
    const onExit = () => {
      writeQuietly(nextFile('exit'), request.dump);
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
    };
    attachment = made;
    return { tracedBefore, script: mainScript() };
  });
}

/** Somebody is attached still. */
export function beat(): Answer<null> {
  return answer(() => {
    if (attachment !== undefined) attachment.missedHeartbeats = 0;
    return null;
  });
}

/** Writes a dump, letting the program work while the file is written. */
export async function dump({ reason, options }: DumpRequest): Promise<Answer<DumpAnswer>> {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  const file = nextFile(reason);
  delay.enable();
  try {
    const startedMs = performance.now();
    const written = writeDump(file, options);
    const takenMs = performance.now() - startedMs;
    await written;
    return { value: { file, pauseMs: Math.max(takenMs, delay.max / 1e6) } };
  } catch (error) {
    return answer(() => {
      throw error;
    });
  } finally {
    delay.disable();
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

/** Stops tracing, unless the program did that before, and takes everything back but the inspector. */
export function end(): Answer<null> {
  return answer(() => {
    if (attachment === undefined) return null;
    const { tracedBefore, heartbeat, onExit } = attachment;
    attachment = undefined;
    clearInterval(heartbeat);
    process.off('exit', onExit);
    if (!tracedBefore) stop();
    return null;
  });
}

/** In a worker: takes it into the session under way. */
export function joinWorker(): Answer<null> {
  return answer(() => {
    if (!isMainThread) joinThread();
    return null;
  });
}

/** In a worker: takes back what joining did; the session itself ends with `end`. */
export function leaveWorker(): Answer<null> {
  return answer(() => {
    if (!isMainThread) leaveThread();
    return null;
  });
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

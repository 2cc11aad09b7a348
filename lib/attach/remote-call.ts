// Calls a function of lib/attach/agent.ts in a thread of another process, by an expression that the inspector evaluates
// there. The one place that knows how a thread of any program, CommonJS or ESM, is made to load a file of ours.
import path from 'node:path';
import { AttachError } from '../errors';
import type { Answer } from './agent';
import type { InspectorClient, InspectorThread } from './inspector-client';

/** Resolves in the compiled package, which the other process loads by the same path. */
const AGENT = path.join(__dirname, 'agent.js');

/** Loaded first, and at once. */
const LOOP_WATCH = path.join(__dirname, 'loop-watch.js');

/** Loaded one by one, so that the program may go on in between; the agent needs them all. */
const STAGES = [
  '../dump/format.js',
  '../dump/write.js',
  '../analysis/source-maps.js',
  '../native.js',
  'node:stream/web',
  '../capture/causality.js',
  '../capture/tracing.js',
  '../capture/build-dump.js',
  '../capture/dump.js',
  '../capture/memory-watch.js',
  './agent.js',
].map((file) => (file.startsWith('.') ? path.join(__dirname, file) : file));

/** Between two of them. */
const BREATH_MS = 10;

/** A value from another thread, and how long that thread was kept from its own work. */
export interface RemoteValue<T> {
  value: T;
  pauseMs: number;
}

/** Begins to measure how long the event loop stands still. */
export async function watchLoopOf(thread: InspectorThread, patienceMs: number): Promise<void> {
  await evaluate<null>(thread, `(load(${JSON.stringify(LOOP_WATCH)}).watchLoop(), null)`, patienceMs);
}

/**
 * Loads the agent into a thread.
 *
 * @returns the longest time in ms that one part of it took
 * @throws AttachError if it does not load; NoAnswerError
 */
export async function loadAgent(thread: InspectorThread, patienceMs: number): Promise<number> {
  let longestMs = 0;
  for (const file of STAGES) {
    // Else the next part may be asked for before the thread has come round to its own work.
    await new Promise((resolve) => setTimeout(resolve, BREATH_MS));
    const { pauseMs } = await evaluate<null>(thread, `(load(${JSON.stringify(file)}), null)`, patienceMs);
    longestMs = Math.max(longestMs, pauseMs);
  }
  return longestMs;
}

/** An error that the agent reports, with the code that it has there. */
export class RemoteError extends AttachError {
  constructor(
    readonly remoteCode: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Calls a function of the agent. Where it returns a promise, the answer comes when that settles, which it never does
 * in a program that does not get back to its event loop; all else is answered in the midst of a loop.
 *
 * @param name an export of lib/attach/agent.ts
 * @param request its argument
 * @throws RemoteError with the message of what it threw; NoAnswerError
 */
export async function callAgent<T>(
  thread: InspectorThread,
  name: string,
  request: unknown,
  patienceMs: number,
): Promise<RemoteValue<T>> {
  const call = `load(${JSON.stringify(AGENT)})[${JSON.stringify(name)}](${JSON.stringify(request) ?? ''})`;
  const { value, pauseMs } = await evaluate<Answer<T>>(thread, call, patienceMs, name === 'dump');
  if ('error' in value) throw new RemoteError(value.error.code, value.error.message);
  return { value: value.value, pauseMs };
}

/** Has a process close its inspector; the answer may be lost with the connection, and is not waited for then. */
export async function closeInspectorOf(client: InspectorClient, patienceMs: number): Promise<void> {
  // SIGUSR1 asks for the inspector by an interrupt and in the event loop: it opens again if that is reached only now.
  const expression =
    "(builtin('node:inspector').close(), setImmediate(() => builtin('node:inspector').close()).unref(), null)";
  const answered = evaluate<null>(client.main, expression, patienceMs).catch(() => undefined);
  await Promise.race([answered, client.closed]);
}

/**
 * Evaluates an expression that may call `load(path)`.
 *
 * `process.getBuiltinModule` is new in Node 20.16 and 22.3; before it the inspector's own `require` serves, which it
 * offers with the command line API, in ESM programs too.
 *
 * @param isPromise the expression gives a promise, whose value is wanted
 */
export async function evaluate<T>(
  thread: InspectorThread,
  expression: string,
  patienceMs: number,
  isPromise = false,
): Promise<RemoteValue<T>> {
  const source = `(() => {
    const builtin = process.getBuiltinModule ?? require;
    const load = builtin('node:module').createRequire(${JSON.stringify(AGENT)});
    const startedMs = performance.now();
    const value = ${expression};
    const pauseMs = performance.now() - startedMs;
    const pack = (settled) => JSON.stringify({ value: settled, pauseMs });
    return ${isPromise ? 'value.then(pack)' : 'pack(value)'};
  })()`;
  const { result, exceptionDetails } = (await thread.call(
    'Runtime.evaluate',
    {
      expression: source,
      includeCommandLineAPI: true,
      returnByValue: true,
      awaitPromise: isPromise,
      silent: true,
    },
    patienceMs,
  )) as { result?: { value?: unknown }; exceptionDetails?: { exception?: { description?: unknown } } };
  if (exceptionDetails !== undefined)
    throw new AttachError(describe(exceptionDetails.exception?.description));
  return JSON.parse(String(result?.value)) as RemoteValue<T>;
}

function describe(description: unknown): string {
  const [first = ''] = String(description).split('\n');
  return `abtrace does not load in the program: ${first.replace(/^\w*Error(?: \[\w+\])?: /, '')}`;
}

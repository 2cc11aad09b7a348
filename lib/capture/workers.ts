// Lets worker threads that start while tracing join the tracer before their own first line runs.
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import workerThreads from 'node:worker_threads';

type WorkerArguments = [filename: string | URL, options?: workerThreads.WorkerOptions];

/** The script that joins a worker, given to Node as `--require`. */
export const WORKER_PRELOAD = path.join(__dirname, 'worker-preload.js');

/** Where a worker finds what its `process.execArgv` would be without us. */
const EXEC_ARGV = 'abtrace.execArgv';

/** Shows the worker's program the arguments that it would see without us; called in the worker, before the program. */
export function restoreExecArgv(): void {
  const plain = workerThreads.getEnvironmentData(EXEC_ARGV);
  workerThreads.setEnvironmentData(EXEC_ARGV, undefined as never);
  if (Array.isArray(plain)) process.execArgv.splice(0, process.execArgv.length, ...(plain as string[]));
}

/** Stands on the plain constructor once another has been in its place: what a program took then serves again. */
const SHARED: unique symbol = Symbol.for('abtrace.worker.1') as never;

/** Copies of abtrace in one process share one constructor, and each preloads its own script. */
interface Shared {
  Plain: WorkerClass;
  Traced: WorkerClass;
  preloads: string[];
}

type WorkerClass = typeof workerThreads.Worker;

/**
 * Puts a constructor in place of `Worker` that preloads abtrace, for `require` and `import` alike. A program that
 * has taken `Worker` out of the module before, in CommonJS, keeps the plain one; what that makes is noticed by
 * native/newcomers.h.
 * @returns a function that puts the plain constructor back
 */
export function traceWorkers(): () => void {
  const current = workerThreads.Worker as WorkerClass & { [SHARED]?: Shared };
  const known = current[SHARED];
  const shared = known?.Traced === current || known?.Plain === current ? known : install(current);
  if (shared.Plain === current) publish(shared.Traced);
  shared.preloads.push(WORKER_PRELOAD);
  return () => {
    const at = shared.preloads.indexOf(WORKER_PRELOAD);
    if (at >= 0) shared.preloads.splice(at, 1);
    // Somebody may have put a constructor of their own on top of ours.
    if (shared.preloads.length === 0 && workerThreads.Worker === shared.Traced) publish(shared.Plain);
  };
}

function install(Plain: WorkerClass): Shared {
  const preloads: string[] = [];
  const Traced: WorkerClass = new Proxy(Plain, {
    construct(target, args, newTarget) {
      const maker = newTarget === Traced ? target : newTarget;
      return constructTraced(target, args as WorkerArguments, maker, preloads);
    },
  });
  const shared = { Plain, Traced, preloads };
  Object.defineProperty(Plain, SHARED, { value: shared, configurable: true });
  return shared;
}

function publish(Worker: typeof workerThreads.Worker): void {
  workerThreads.Worker = Worker;
  syncBuiltinESMExports();
}

function constructTraced(
  target: typeof workerThreads.Worker,
  args: WorkerArguments,
  // biome-ignore lint/complexity/noBannedTypes: the type that Reflect.construct has for it
  newTarget: Function,
  preloads: readonly string[],
): workerThreads.Worker {
  const [filename, options, ...rest] = args;
  const plain = () => Reflect.construct(target, args, newTarget) as workerThreads.Worker;
  if (preloads.length === 0) return plain();
  if (options !== undefined && (typeof options !== 'object' || options === null)) return plain();
  const own = options?.execArgv;
  if (own !== undefined && !Array.isArray(own)) return plain();
  const make = (execArgv: readonly string[]) => {
    // What the caller's object inherits counts as well.
    const given: object = Object.create(options ?? {}, {
      execArgv: {
        value: [...execArgv, ...preloads.flatMap((script) => ['--require', script])],
        enumerable: true,
      },
    });
    workerThreads.setEnvironmentData(EXEC_ARGV, own ?? process.execArgv);
    try {
      return Reflect.construct(target, [filename, given, ...rest], newTarget) as workerThreads.Worker;
    } finally {
      workerThreads.setEnvironmentData(EXEC_ARGV, undefined as never);
    }
  };
  try {
    return make(own ?? process.execArgv);
  } catch (error) {
    // Flags of the whole process (`--max-old-space-size`) are inherited but may not be said again.
    const refused = own === undefined ? refusedFlags(error) : [];
    if (refused.length === 0) return plain();
    try {
      return make(withoutFlags(process.execArgv, refused));
    } catch {
      return plain();
    }
  }
}

/** The flags that ERR_WORKER_INVALID_EXEC_ARGV names at the end of its message. */
function refusedFlags(error: unknown): string[] {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV' || typeof message !== 'string') return [];
  return message.slice(message.lastIndexOf(': ') + 2).split(', ');
}

function withoutFlags(execArgv: readonly string[], refused: readonly string[]): string[] {
  const names = refused.map((flag) => flag.split(' ')[0]);
  return execArgv.filter(
    (argument) => !names.some((name) => argument === name || argument.startsWith(`${name}=`)),
  );
}

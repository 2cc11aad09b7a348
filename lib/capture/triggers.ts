// Decides when a traced program writes its dumps: at its end however it ends, on a signal, on an interval, when memory
// gets short (lib/capture/memory-watch.ts), on an error that nobody catches.
// Must not show: no listener for its end that the program could count, nothing kept alive, nothing thrown into it.
//
// How the end is noticed, by what ends the program:
//   natural end, process.exit, uncaught error   process.emit is looked up to emit 'exit', while process._exiting is true
//   process.kill(process.pid, …)                process._kill, before the signal is sent
//   a signal that nobody listens to             the addon's handler (native/exit_signals.h), then the same signal again
//   a signal that the program listens to        nothing: the program decides, and its end is one of the above
import os from 'node:os';
import type { Condition } from './conditions';
import { type MemoryAddon, MemoryWatch } from './memory-watch';
import { Pacer } from './pacer';
import { TriggeredDumps } from './triggered-dumps';

export interface TriggerOptions {
  /** Absolute path of the directory that the dumps go to; it must exist. */
  directory: string;
  /** Collect garbage fully before each dump. */
  gc: boolean;
  /** Find out what keeps the memory alive, for each dump. */
  retainers: boolean;
  /** Dump every so many milliseconds, at most 2^31 - 1; null: never. */
  everyMs: number | null;
  /** Dump whenever this signal arrives; null: never. */
  signal: NodeJS.Signals | null;
  /** Dump when one of these comes to hold. */
  when: Condition[];
  /** Dump when the limit of the container or of V8's heap comes near. */
  limits: boolean;
  /** Dump on each error that nobody catches, before the program's own last resort is asked. */
  onError: boolean;
  /** Least time between two dumps for the same condition, or for errors, ms. */
  cooldownMs: number;
  /**
   * Most dumps to keep of those that nobody asked for one by one; the oldest go. Null: all that were written at the
   * interval, and DEFAULT_KEPT of the others.
   */
  keep: number | null;
  /** Say nothing on stderr about dumps that were written; failures are told all the same. */
  quiet: boolean;
}

/** What the triggers need of the tracer. */
export interface TriggerTarget extends MemoryAddon {
  isTracing(): boolean;
  writeDumpSync(file: string, options: { gc: boolean; retainers: boolean }): string;
  /**
   * From now on `onSignal` is told of these signals instead of their ending the process, unless the program listens to
   * them itself. Called again with more signals, or with those that the program stopped listening to.
   */
  watchExitSignals(signals: number[], onSignal: (signal: number) => void): void;
  /** Puts the former actions of all watched signals back. */
  unwatchExitSignals(): void;
}

/** The parts of `process` that have no public type: `_kill` is what `process.kill` calls. */
interface ProcessInternals {
  _exiting?: boolean;
  _kill(pid: number, signal: number): number;
}

/** Signals from outside that end a program by default and leave it the time for a dump. */
const EXIT_SIGNALS: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Signals that do not end a Node process by default. */
const HARMLESS_SIGNALS: readonly string[] = [
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGWINCH',
  'SIGINFO',
  'SIGPIPE',
  'SIGXFSZ',
  'SIGUSR1',
];

/** Installs the triggers for the rest of the process's life; call it once, on the main thread, before the program runs. */
export function installTriggers(options: TriggerOptions, target: TriggerTarget): void {
  new Triggers(options, target).install();
}

class Triggers {
  private readonly dumps: TriggeredDumps;
  private ended = false;
  private pendingSignal: number | null = null;

  constructor(
    private readonly options: TriggerOptions,
    private readonly target: TriggerTarget,
  ) {
    this.dumps = new TriggeredDumps(options, target);
  }

  install(): void {
    this.watchEmit();
    this.watchKill();
    this.watchExitSignals(EXIT_SIGNALS);
    // Node's own listener, which comes first, puts the default action back when the program stops listening to a signal.
    process.on('removeListener', (event) => this.watchExitSignals([String(event)]));
    new MemoryWatch(this.options, this.target, ({ reason, text }) => this.write(reason, text)).start();
    if (this.options.onError) this.watchErrors();
    const { everyMs, signal } = this.options;
    if (everyMs !== null) this.dumpEvery(everyMs);
    if (signal !== null) process.on(signal, () => this.write(signal.toLowerCase()));
  }

  /** Further apart where dumps take so long that the program would do little else. */
  private dumpEvery(everyMs: number): void {
    const pacer = new Pacer();
    setInterval(() => {
      if (!pacer.isTime()) return;
      const startedMs = performance.now();
      this.write('interval');
      pacer.note(performance.now() - startedMs);
    }, everyMs).unref();
  }

  private write(reason: string, text?: string): void {
    this.dumps.write(reason, text);
    const signal = this.pendingSignal;
    this.pendingSignal = null;
    if (signal !== null) this.onExitSignal(signal);
  }

  /** The dump at the end is written once, whatever else happens while the process goes down. */
  private writeLast(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.write(reason);
  }

  /**
   * A listener would be counted by the program, and might be the eleventh, which prints a warning. A function in the
   * place of `emit` would show in the stacks of all errors thrown by listeners. Looking `emit` up shows nowhere.
   */
  private watchEmit(): void {
    const internals = process as unknown as ProcessInternals;
    let emit: unknown = process.emit;
    Object.defineProperty(process, 'emit', {
      configurable: true,
      get: () => {
        if (internals._exiting === true) this.writeLast('exit');
        return emit;
      },
      set: (value: unknown) => {
        emit = value;
      },
    });
  }

  private watchErrors(): void {
    let lastMs = Number.NEGATIVE_INFINITY;
    process.on('uncaughtExceptionMonitor', () => {
      const nowMs = performance.now();
      if (nowMs - lastMs < this.options.cooldownMs) return;
      lastMs = nowMs;
      this.write('error', 'an error was not caught');
    });
  }

  private watchKill(): void {
    const internals = process as unknown as ProcessInternals;
    const kill = internals._kill;
    internals._kill = (pid, signal) => {
      if (pid === process.pid && this.wouldEnd(signal)) {
        this.writeLast(nameOf(signal));
        this.target.unwatchExitSignals();
      }
      return Reflect.apply(kill, process, [pid, signal]);
    };
  }

  private wouldEnd(signal: number): boolean {
    const name = nameOf(signal);
    if (signal === 0 || HARMLESS_SIGNALS.includes(name.toUpperCase())) return false;
    return process.listenerCount(name.toUpperCase()) === 0;
  }

  private watchExitSignals(names: readonly string[]): void {
    const signals = names
      .filter((name) => EXIT_SIGNALS.includes(name) && name !== this.options.signal)
      .filter((name) => process.listenerCount(name) === 0)
      .map((name) => os.constants.signals[name as NodeJS.Signals]);
    if (signals.length > 0) this.target.watchExitSignals(signals, (signal) => this.onExitSignal(signal));
  }

  /** May interrupt any JavaScript at all, this class's own included. */
  private onExitSignal(signal: number): void {
    if (this.dumps.writing) {
      this.pendingSignal = signal;
      return;
    }
    this.writeLast(nameOf(signal));
    this.target.unwatchExitSignals();
    process.kill(process.pid, signal);
  }
}

function nameOf(signal: number): string {
  const found = Object.entries(os.constants.signals).find(([, number]) => number === signal);
  return (found?.[0] ?? `signal${signal}`).toLowerCase();
}

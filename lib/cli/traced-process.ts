// Starts a traced program and stands in for it: what happens to the one process happens to the other.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AbtraceError } from '../errors';
import { type Given, type SettingName, toEnvironment } from './trace-settings';

export interface TracedProgram {
  nodeOptions: string[];
  /** The program's path, then its arguments. */
  program: string[];
  settings: Map<SettingName, Given>;
  stdio: StdioOptions;
}

const REGISTER = path.join(__dirname, '..', 'register.js');

/** Signals that people and supervisors send to a program. SIGUSR1 would start the inspector in the wrong process. */
const FORWARDED_SIGNALS: NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
];

/** A terminal sends these to all processes of the foreground job. */
const TERMINAL_SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** Fields of /proc/self/stat, counted from the one after the command's name (`state`). */
const STAT_PROCESS_GROUP = 2;
const STAT_TERMINAL_GROUP = 5;

/** Starts node with abtrace/register preloaded; children that the program forks, and its workers, get the same. */
export function spawnTraced(traced: TracedProgram): ChildProcess {
  const args = ['-r', REGISTER, ...process.execArgv, ...traced.nodeOptions, ...traced.program];
  return spawn(process.execPath, args, {
    stdio: traced.stdio,
    env: { ...process.env, ...toEnvironment(traced.settings) },
  });
}

/**
 * Waits for the child to end, passing signals on to it.
 *
 * @returns its exit code; if a signal killed it, this process dies by the same signal
 */
export async function standInFor(child: ChildProcess): Promise<number> {
  const listeners = FORWARDED_SIGNALS.filter((signal) => signal in os.constants.signals).map((signal) => {
    const forward = () => {
      if (!(TERMINAL_SIGNALS.includes(signal) && isForegroundJob())) child.kill(signal);
    };
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  const { code, signal } = await ending(child);
  for (const stopForwarding of listeners) stopForwarding();
  return signal === null ? (code ?? 1) : dieBy(signal);
}

function ending(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => {
      reject(
        new AbtraceError('ABTRACE_SPAWN', `cannot start ${process.execPath}: ${error.message}`, {
          cause: error,
        }),
      );
    });
  });
}

async function dieBy(signal: NodeJS.Signals): Promise<number> {
  process.kill(process.pid, signal);
  // Some signals do not end a process by default; a shell would say the same of them.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return 128 + os.constants.signals[signal];
}

/** Whether a Ctrl-C at the terminal reaches this process, and so its child as well. */
function isForegroundJob(): boolean {
  try {
    const stat = fs.readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[STAT_PROCESS_GROUP] === fields[STAT_TERMINAL_GROUP];
  } catch {
    return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  }
}

// What the tests of attach, watch and triggers share: programs that run until they are told to stop.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll } from 'vitest';
import { listeningSockets } from '../../lib/attach/process-facts';
import { nodeFlags, packageFolder, temporaryFolder } from './support';

/** A program that runs beside the test. */
export interface RunningProgram {
  child: ChildProcess;
  pid: number;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Waits until stdout matches; rejects if the program ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Settles with exit code or signal when the program has ended. */
  ended: Promise<number | NodeJS.Signals>;
}

const running = new Set<ChildProcess>();

/**
 * Starts a program given as text, untraced. Its inspector, when somebody opens it, takes any free port, so that tests may
 * run at the same time.
 *
 * @param extension `.cjs` or `.mjs`
 * @param nodeOptions options of node before the program
 */
export function startProgram(
  source: string,
  extension: '.cjs' | '.mjs' = '.cjs',
  nodeOptions: string[] = ['--inspect-port=0'],
): RunningProgram {
  const file = path.join(temporaryFolder(), `program${extension}`);
  fs.writeFileSync(file, source);
  return startFile([...nodeOptions, file]);
}

/** Starts node with these arguments. */
export function startFile(
  args: string[],
  { cwd = packageFolder, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): RunningProgram {
  const child = spawn(process.execPath, [...nodeFlags, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: undefined, NODE_ENV: undefined, VITEST: undefined, ...env },
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? 0);
    });
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const waitFor = async (pattern: RegExp) => {
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    for (;;) {
      const match = pattern.exec(stdout);
      if (match !== null) return match;
      if (isOver) throw new Error(`the program ended without printing ${pattern}\n${stdout}\n${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, pid: child.pid ?? 0, stdout: () => stdout, stderr: () => stderr, waitFor, ended };
}

/** The ports that a program listens on, as the system has them. */
export function portsOf({ pid }: Pick<RunningProgram, 'pid'>): number[] {
  return listeningSockets(pid)
    .map(({ port }) => port)
    .sort((a, b) => a - b);
}

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

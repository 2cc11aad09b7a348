// What integration tests share: running a program or the command line in a child process, and folders that go away.
// Children run under the Node that runs the tests, or the command ABTRACE_TEST_NODE, with the V8 flags of
// ABTRACE_TEST_NODE_FLAGS (set by the matrix).
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

/** The checkout's folder: `require(packageFolder)` is the built package. */
export const packageFolder = path.join(__dirname, '..', '..');
/** The built command line. */
export const cliPath = path.join(packageFolder, 'dist', 'cli', 'main.js');
/** V8 flags that every child gets, for instance `--stress-scavenge=50`. */
export const nodeFlags = (process.env.ABTRACE_TEST_NODE_FLAGS ?? '').split(' ').filter(Boolean);
/** What starts a Node: more than one word where another machine is emulated. */
const nodeCommand = process.env.ABTRACE_TEST_NODE?.split(' ') ?? [process.execPath];
/** True when children run under flags that make them many times slower: tests may then do fewer rounds. */
export const isStressed = nodeFlags.length > 0;

export interface ChildOptions {
  cwd?: string;
  /** Added to the environment of the tests. */
  env?: Record<string, string | undefined>;
  /** Written to the child's standard input, which is then closed. */
  input?: string;
  /** The child is killed with SIGKILL after this time; default 120,000. */
  timeoutMs?: number;
  /** Called with what the child has printed so far, each time it prints. */
  onStdout?: (text: string, child: ChildProcess) => void;
}

export interface ChildResult {
  /** Exit code, or null if a signal ended the child. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs `node` with the flags of the matrix and waits for its end, however it ends.
 * @param args what stands behind `node`
 */
export function runNode(args: string[], options: ChildOptions = {}): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const [command = '', ...first] = nodeCommand;
    const child = spawn(command, [...first, ...nodeFlags, ...args], {
      cwd: options.cwd ?? packageFolder,
      env: childEnvironment(options.env),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const result: ChildResult = { code: null, signal: null, stdout: '', stderr: '' };
    const timer = setTimeout(() => {
      result.stderr += `\n[killed by the test after ${options.timeoutMs ?? 120_000} ms]`;
      child.kill('SIGKILL');
    }, options.timeoutMs ?? 120_000);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      result.stdout += text;
      options.onStdout?.(result.stdout, child);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      result.stderr += text;
    });
    // A child that ends without reading its input closes the pipe under the writer.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ ...result, code, signal });
    });
  });
}

/** Runs `abtrace` with these arguments. */
export function runCli(args: string[], options?: ChildOptions): Promise<ChildResult> {
  return runNode([cliPath, ...args], options);
}

/**
 * Runs a program given as text. It finds the package as `require('abtrace')`, and prints JSON as its last line.
 * @param source CommonJS
 * @returns what the last line of its output says
 * @throws Error with all that it printed if it does not exit with code 0
 */
export async function runSource(source: string, options?: ChildOptions): Promise<unknown> {
  const file = path.join(packageStub(), `program-${++programs}.cjs`);
  fs.writeFileSync(file, source);
  const result = await runNode([file], options);
  if (result.code !== 0) {
    throw new Error(`exited with ${result.code ?? result.signal}\n${result.stdout}\n${result.stderr}`);
  }
  return JSON.parse(lastLine(result.stdout));
}

/** The last line that is not empty. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/** Makes a folder that is removed when the tests of the file are over. Its path has no symbolic links. */
export function temporaryFolder(): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-test-')));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
let programs = 0;
let stub: string | undefined;

/** A folder in which `require('abtrace')` and `import 'abtrace'` find the checkout. */
export function packageStub(): string {
  if (stub === undefined) {
    stub = temporaryFolder();
    fs.mkdirSync(path.join(stub, 'node_modules'));
    fs.symlinkSync(packageFolder, path.join(stub, 'node_modules', 'abtrace'), 'junction');
  }
  return stub;
}

/** The tests' environment without what the test runner put there for itself. */
function childEnvironment(added: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(VITEST|NODE_OPTIONS$|NODE_ENV$|TEST$|ABTRACE_(?!ADDON$)|FORCE_COLOR$|NO_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...added };
}

afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

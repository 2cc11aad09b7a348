// Runs the programs below test/integration/programs: children of the tests that stress the tracer. How much they do
// is scaled here, so that CI can ask for more and a child under slow V8 flags does less.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type ChildOptions, isStressed, lastLine, runNode } from './support';

export interface ProgramOptions extends ChildOptions {
  /** Arguments of the program; numbers and flags are told as JSON. */
  args?: (string | number | boolean)[];
  /** Flags of Node for this program alone, besides those of the matrix. */
  flags?: string[];
}

/** Times as much as usual is done: ABTRACE_TEST_SCALE, or less under the V8 flags of the matrix. */
const scale = Number(process.env.ABTRACE_TEST_SCALE ?? (isStressed ? 0.05 : 1));

/** `count` of rounds or operations, scaled; at least `least`. */
export function scaled(count: number, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}

/** The major version of the Node that runs the children. */
export const nodeMajor = Number.parseInt(process.versions.node, 10);

/** Absolute path of a program. */
export function programPath(name: string): string {
  return path.join(__dirname, 'programs', name);
}

/**
 * Runs a program that prints JSON as its last line.
 * @param name its file below test/integration/programs
 * @returns what that line says
 * @throws Error with what it printed last if it does not exit with code 0
 */
export async function runProgram<Result>(name: string, options: ProgramOptions = {}): Promise<Result> {
  const { args = [], flags = [], ...child } = options;
  const result = await runNode([...flags, programPath(name), ...args.map(String)], child);
  const says = `${result.stdout.slice(-4000)}\n${result.stderr.slice(-4000)}`;
  if (result.code !== 0) throw new Error(`${name} ended with ${result.code ?? result.signal}\n${says}`);
  try {
    return JSON.parse(lastLine(result.stdout)) as Result;
  } catch (error) {
    throw new Error(`${name} printed no JSON at its end\n${says}`, { cause: error });
  }
}

const addonFolders = new Map<string, Promise<string>>();

/** The folder of one of the tests' own addons: ABTRACE_TEST_ADDONS, else built at the first call. */
function addonFolder(name: string): Promise<string> {
  const given = process.env.ABTRACE_TEST_ADDONS;
  if (given !== undefined) return Promise.resolve(given);
  let folder = addonFolders.get(name);
  if (folder === undefined) {
    const build = [path.join(__dirname, 'build-addon.mjs'), name];
    folder = promisify(execFile)(process.execPath, build).then(({ stdout }) => lastLine(stdout));
    addonFolders.set(name, folder);
  }
  return folder;
}

/** The addon that counts below the tracer; see test/integration/oracle. */
export async function oraclePath(): Promise<string> {
  return path.join(await addonFolder('oracle'), 'oracle.node');
}

/**
 * The addon that brings memory along; see test/integration/bringer.
 * @param guarded the build whose entries of the linker are all bound at once and then made read-only
 */
export async function bringerPath(guarded = false): Promise<string> {
  return path.join(await addonFolder('bringer'), guarded ? 'bringer_guarded.node' : 'bringer.node');
}

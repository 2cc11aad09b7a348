// Checks what a caller gives to `start` and fills in the defaults. Knows nothing of the addon but the shape that
// its options have.
import fs from 'node:fs';
import path from 'node:path';
import { absoluteGlob } from '../analysis/glob';
import { projectRoots } from '../analysis/project-roots';
import { kOrigin, type NativeOptions } from '../native';

/** What is traced, and how closely. */
export interface StartOptions {
  /** Allocations smaller than this, in bytes, are counted but not traced. Default 256; 0 traces every one. */
  thresholdBytes?: number;
  /**
   * Below the threshold, take a sample each so many bytes on average, and estimate from them what lives where; 0 takes
   * none. Default 16,384.
   */
  sampleBytes?: number;
  /** Most frames kept of a stack, 1 to 200. Default 32. */
  stackDepth?: number;
  /** Follow asynchronous work back to the user code that started it. Default true. */
  causes?: boolean;
  /** Trace worker threads that are started from now on as well. Default true. */
  workers?: boolean;
  /** Note where WebAssembly.Memory, resizable and growable buffers are made and grow. Default true. */
  growable?: boolean;
  /** Globs of files that are the user's, absolute or relative to the working directory; they win over `dependency`. */
  user?: string[];
  /** Globs of files that count as dependencies. */
  dependency?: string[];
}

/** The options in force, none missing; globs as they were given. */
export type ResolvedOptions = Required<StartOptions>;

export const DEFAULT_OPTIONS: Readonly<ResolvedOptions> = Object.freeze({
  thresholdBytes: 256,
  sampleBytes: 16_384,
  stackDepth: 32,
  causes: true,
  workers: true,
  growable: true,
  user: [],
  dependency: [],
});

const MOST_FRAMES = 200;

/**
 * Checks options and adds the defaults.
 * @throws TypeError for an unknown option or a value of the wrong type, RangeError for a number out of range; the
 *   message names option, rule and value
 */
export function resolveOptions(given: unknown): ResolvedOptions {
  if (given === undefined) return { ...DEFAULT_OPTIONS };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`options must be an object, got ${show(given)}`);
  }
  const known = Object.keys(DEFAULT_OPTIONS);
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new TypeError(`unknown option ${JSON.stringify(name)}; the options are ${known.join(', ')}`);
    }
  }
  const options = given as Record<string, unknown>;
  return {
    thresholdBytes: wholeNumber(options, 'thresholdBytes', 0, Number.MAX_SAFE_INTEGER),
    sampleBytes: wholeNumber(options, 'sampleBytes', 0, Number.MAX_SAFE_INTEGER),
    stackDepth: wholeNumber(options, 'stackDepth', 1, MOST_FRAMES),
    causes: flag(options, 'causes'),
    workers: flag(options, 'workers'),
    growable: flag(options, 'growable'),
    user: globs(options, 'user'),
    dependency: globs(options, 'dependency'),
  };
}

/** The same options, as far as `start` is concerned. */
export function sameOptions(a: ResolvedOptions, b: ResolvedOptions): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The options in the addon's terms. `root` is the folder that abtrace's compiled files lie in. */
export function toNativeOptions(options: ResolvedOptions, root: string): NativeOptions {
  const cwd = process.cwd();
  const own = (folder: string) => `${slashed(path.join(root, folder))}/`;
  return {
    thresholdBytes: options.thresholdBytes,
    sampleBytes: options.sampleBytes,
    stackDepth: options.stackDepth,
    causes: options.causes,
    verify: process.env.ABTRACE_INTERNAL_VERIFY === '1',
    projectRoots: projectRoots(mainScript(), cwd).map((root) => `${slashed(root)}/`),
    userGlobs: options.user.map((glob) => absoluteGlob(glob, cwd)),
    dependencyGlobs: options.dependency.map((glob) => absoluteGlob(glob, cwd)),
    ownPrefixes: [
      // What one copy of abtrace puts in place of Node's own stands on the stacks that all copies see.
      ['*/dist/capture/replace-method.js', kOrigin.transparent],
      ['*/dist/capture/replace-constructor.js', kOrigin.transparent],
      // What `abtrace demo` plays is a program like any other.
      [own('cli/demo'), kOrigin.user],
      [own('capture'), kOrigin.transparent],
      [own('.'), kOrigin.self],
    ],
  };
}

/** Absolute path of the program, links resolved; null with --eval, standard input or the REPL. */
export function mainScript(): string | null {
  const script = process.argv[1];
  if (
    script === undefined ||
    process.execArgv.some((argument) => /^(-e|-p|-pe|--eval|--print)\b/.test(argument))
  )
    return null;
  try {
    return fs.realpathSync(script);
  } catch {
    // `node app` for app.js, or a package's folder.
  }
  try {
    return require.resolve(path.resolve(script));
  } catch {
    return path.resolve(script);
  }
}

function slashed(file: string): string {
  return path.sep === '\\' ? file.replaceAll('\\', '/') : file;
}

function wholeNumber(
  options: Record<string, unknown>,
  name: 'thresholdBytes' | 'sampleBytes' | 'stackDepth',
  least: number,
  most: number,
): number {
  const value = options[name];
  if (value === undefined) return DEFAULT_OPTIONS[name];
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${show(value)}`);
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new RangeError(`${name} must be a whole number, ${range}, got ${value}`);
  }
  return value;
}

function flag(options: Record<string, unknown>, name: 'causes' | 'workers' | 'growable'): boolean {
  const value = options[name];
  if (value === undefined) return DEFAULT_OPTIONS[name];
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, got ${show(value)}`);
  return value;
}

function globs(options: Record<string, unknown>, name: 'user' | 'dependency'): string[] {
  const value = options[name];
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((glob) => typeof glob === 'string' && glob !== '')) {
    throw new TypeError(`${name} must be an array of globs (non-empty strings), got ${show(value)}`);
  }
  return [...(value as string[])];
}

/** A value as messages name it; runs no code of the value's own. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

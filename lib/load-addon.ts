// Finds and loads the native addon: a prebuild that fits this Node, else the local build.
// Knows nothing of what the addon exports; lib/native.ts gives it its type.
import fs from 'node:fs';
import path from 'node:path';
import { NativeLoadError } from './errors';

interface PrebuildTags {
  file: string;
}

/** The matching rules of node-gyp-build 4.8, exposed beside its loader, which itself would prefer the local build. */
interface PrebuildMatcher {
  parseTags(file: string): PrebuildTags | undefined;
  matchTags(runtime: string, abi: string): (tags: PrebuildTags) => boolean;
  compareTags(runtime: string): (a: PrebuildTags, b: PrebuildTags) => number;
}

const matcher = require('node-gyp-build/node-gyp-build.js') as PrebuildMatcher;

type ResolveBinding = (options: { bindings: string; module_root: string; path: true }) => string;

interface Attempt {
  path: string;
  error: unknown;
}

/**
 * Loads the addon and returns its exports.
 *
 * Tried in this order: the prebuilds made for this platform and ABI, best match first; then what node-gyp or cmake-js
 * built in the package. If `ABTRACE_ADDON` names a file, that file alone.
 *
 * @param root the package's folder
 * @throws NativeLoadError naming each path that was tried, its error, and how to fix it
 */
export function loadAddon(root: string = path.join(__dirname, '..')): unknown {
  const named = process.env.ABTRACE_ADDON;
  const attempts: Attempt[] = [];
  for (const candidate of named ? [path.resolve(named)] : candidates(root)) {
    try {
      return require(candidate);
    } catch (error) {
      attempts.push({ path: candidate, error });
    }
  }
  throw loadError(attempts);
}

/** One after the other: what finds the local build is loaded only where no prebuild serves. */
function* candidates(root: string): Iterable<string> {
  yield* fittingPrebuilds(root);
  yield localBuild(root);
}

function fittingPrebuilds(root: string): string[] {
  const folder = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const runtime = 'electron' in process.versions ? 'electron' : 'node';
  return files
    .map((file) => matcher.parseTags(file))
    .filter((tags) => tags !== undefined)
    .filter(matcher.matchTags(runtime, process.versions.modules))
    .sort(matcher.compareTags(runtime))
    .map((tags) => path.join(folder, tags.file));
}

function localBuild(root: string): string {
  const resolveBinding = require('bindings') as ResolveBinding;
  try {
    return resolveBinding({ bindings: 'abtrace', module_root: root, path: true });
  } catch {
    // Where node-gyp would have put it: requiring it says that it is missing.
    return path.join(root, 'build', 'Release', 'abtrace.node');
  }
}

function loadError(attempts: Attempt[]): NativeLoadError {
  const runtime = `Node ${process.version}, ABI ${process.versions.modules}, ${process.platform}-${process.arch}`;
  const lines = [
    `abtrace's native addon did not load (${runtime}). Tried:`,
    ...attempts.map((attempt) => `  ${attempt.path}: ${firstLine(attempt.error)}`),
    'To fix: build it for this Node with `npm rebuild abtrace` (needs Python 3, make and a C++20 compiler),',
    'or run it with the Node version that it was installed with.',
  ];
  return new NativeLoadError(lines.join('\n'), { cause: attempts.at(-1)?.error });
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}

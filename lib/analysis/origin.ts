// Decides whose code a file is: the user's, a dependency's, Node's or native. The tracer asks the same question of
// native/core/origin_rules.h while it runs; here it is asked again of dumps, where the rules may be other ones.
import fs from 'node:fs';
import path from 'node:path';
import type { Origin } from '../dump/format';
import { absoluteGlob, globMatches } from './glob';

/** What the classification of files depends on. */
export interface OriginRules {
  /** Working directory of the program; relative globs start here. */
  cwd: string;
  /** Absolute folders whose own files are user code even below a `node_modules`; see {@link projectRoots}. */
  roots?: readonly string[];
  /** Globs of files that are user code; they win over everything else. */
  user?: readonly string[];
  /** Globs of files that are dependencies. */
  dependency?: readonly string[];
}

/** Whose code a file is. */
export interface Classified {
  origin: Origin;
  /** Name of the npm package that the file belongs to; null if there is none or it cannot be told. */
  package: string | null;
}

/** Classifies a file, given as the `file` of a frame. */
export type Classifier = (file: string) => Classified;

/** Bundlers name sources that were never a file of anyone's: their run-time and the externals. */
const BUNDLER_SOURCE = /^webpack:\/\/[^/]*\/(webpack\/|external |ignored\||\(webpack\))/;

/**
 * Makes a classifier that remembers its answers.
 *
 * A file is a dependency if a `node_modules` folder lies in what remains of its path after the longest project root;
 * else it is the user's. Globs win over that, those of the user first.
 * @param rules what counts as whose
 * @param nameOfPackage finds the package of a file outside `node_modules`; looks at the disk by default
 */
export function createClassifier(
  rules: OriginRules,
  nameOfPackage: (file: string) => string | null = createPackageFinder(),
): Classifier {
  const absolute = (globs: readonly string[] = []) => globs.map((glob) => absoluteGlob(glob, rules.cwd));
  const user = absolute(rules.user);
  const dependency = absolute(rules.dependency);
  const roots = (rules.roots ?? []).map((root) => `${slashed(root).replace(/\/+$/, '')}/`);
  const matches = (globs: string[], file: string) => globs.some((glob) => globMatches(glob, file));

  const classify: Classifier = (file) => {
    if (file.startsWith('node:')) return { origin: 'node', package: null };
    if (file.startsWith('wasm:')) return { origin: 'native', package: null };
    if (BUNDLER_SOURCE.test(file)) return { origin: 'dependency', package: 'webpack' };
    const where = slashed(locate(file, rules.cwd));
    const root = roots
      .filter((one) => where.startsWith(one))
      .reduce((a, b) => (b.length > a.length ? b : a), '');
    const installed = packageBelow(where.slice(root.length));
    const byDefault = installed === null ? 'user' : 'dependency';
    const origin = matches(user, where) ? 'user' : matches(dependency, where) ? 'dependency' : byDefault;
    return { origin, package: installed ?? nameOfPackage(file) };
  };
  return remembering(classify);
}

/**
 * Makes a function that finds the name in the nearest package.json above a file, for workspaces and the program
 * itself. A package.json without a name, as `dist/package.json` with only a `type`, is passed over.
 * @returns the name; null if there is none or the file is not on this machine
 */
export function createPackageFinder(): (file: string) => string | null {
  const ofFolder = remembering((folder: string): string | null => {
    const name = nameIn(path.join(folder, 'package.json'));
    const parent = path.dirname(folder);
    return name ?? (parent === folder ? null : ofFolder(parent));
  });
  return (file) => (path.isAbsolute(file) ? ofFolder(path.dirname(file)) : null);
}

function nameIn(packageJson: string): string | null {
  try {
    const { name } = JSON.parse(fs.readFileSync(packageJson, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : null;
  } catch {
    return null;
  }
}

/** The package by the last `node_modules` of a path, which serves npm, pnpm, Yarn and nested installations alike. */
function packageBelow(where: string): string | null {
  const found = /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(where);
  return found?.[1] ?? null;
}

/** Where a source named by a URL, such as `webpack://app/./src/a.ts`, would lie. */
function locate(file: string, cwd: string): string {
  const url = /^[a-z][\w+.-]+:\/\/[^/]*\/(?:\.\/)?([^?#]*)/i.exec(file);
  return url ? `${cwd}/${url[1]}` : file;
}

function slashed(file: string): string {
  return file.replaceAll('\\', '/');
}

function remembering<T>(answer: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = answer(key);
    known.set(key, found);
    return found;
  };
}

// Finds out which file a source map means by the name of a source: relative, absolute, Windows, file: and bundler URLs.
import type { PlatformPath } from 'node:path';

/** What source names are resolved against. */
export interface SourceContext {
  /** Path rules of the traced program's platform. */
  paths: PlatformPath;
  /** Absolute folder of the map, or of the generated file if the map is inline. */
  folder: string;
  /** Folders that a bundler's URLs may be relative to, best first. */
  projects: readonly string[];
  exists: (file: string) => boolean;
}

const URL_SCHEME = /^[a-z][a-z\d+.-]+:\/\//i;
const WINDOWS_ABSOLUTE = /^(?:[a-z]:[\\/]|\\\\)/i;

/**
 * Resolves a source of a map.
 * @param source as in the map's `sources`
 * @param root the map's `sourceRoot`, empty if it has none
 * @returns an absolute path, or a URL if no file on this machine can be meant
 */
export function resolveSource(source: string, root: string, context: SourceContext): string {
  const name = isAbsolute(source) || root === '' ? source : `${root.replace(/\/$/, '')}/${source}`;
  if (/^file:\/\//i.test(name)) return fileOfUrl(name, context.paths);
  if (URL_SCHEME.test(name)) return fileOfBundlerUrl(name, context);
  // Maps made on Windows hold backslashes, wherever they are read.
  const slashed = name.replaceAll('\\', '/');
  const file = context.paths.resolve(context.folder, slashed);
  if (context.exists(file)) return file;
  const others = [context.paths.resolve(context.folder, decodePercent(slashed))];
  // TypeScript writes one relative sourceRoot into the maps of all folders, deep ones included.
  if (root !== '' && !isAbsolute(name)) others.push(...besideFoldersAbove(slashed, context));
  return others.find(context.exists) ?? file;
}

function besideFoldersAbove(name: string, { paths, folder, projects }: SourceContext): string[] {
  const found: string[] = [];
  for (let at = folder; !projects.includes(at) && at !== paths.dirname(at); ) {
    at = paths.dirname(at);
    found.push(paths.resolve(at, name));
  }
  return found;
}

/** The path that a `file:` URL means under the path rules of another platform, maybe. */
export function fileOfUrl(url: string, paths: PlatformPath): string {
  const [, host = '', rest = ''] = /^file:\/\/([^/]*)(.*)$/i.exec(url) ?? [];
  const file = decodePercent(rest.replace(/[?#].*$/, ''));
  if (/^\/[a-z]:/i.test(file)) return paths.normalize(file.slice(1));
  return paths.normalize(host === '' || host === 'localhost' ? file : `//${host}${file}`);
}

function isAbsolute(source: string): boolean {
  return source.startsWith('/') || URL_SCHEME.test(source) || WINDOWS_ABSOLUTE.test(source);
}

/** `webpack://app/./src/a.ts?1f3c` is `src/a.ts` below the folder that webpack ran in. */
function fileOfBundlerUrl(url: string, { paths, projects, exists }: SourceContext): string {
  const clean = url.replace(/[?#].*$/, '');
  const rest = decodePercent(clean.replace(/^[^:]+:\/\/[^/]*\//, '').replace(/^\[project\]\//, ''));
  const candidates = [
    ...projects.map((project) => paths.resolve(project, rest)),
    ...(WINDOWS_ABSOLUTE.test(rest) ? [paths.normalize(rest)] : [`/${rest}`]),
  ];
  return candidates.find(exists) ?? clean;
}

/** Decodes percent escapes; a text with broken ones is returned as it is. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

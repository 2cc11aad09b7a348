// The repository's own promises: what its documents and package.json name exists, and nothing grows past reading.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(__dirname, '..', '..');
const longestFileLines = 400;
const longestDocumentLines: Record<string, number> = { 'ARCHITECTURE.md': 150, 'CONTRIBUTING.md': 80 };

const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
const exists = (file: string): boolean => fs.existsSync(path.join(root, file));
const lineCount = (text: string): number => text.trimEnd().split('\n').length;

/** Tracked files and new ones that git would not ignore. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && exists(file));

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...files.filter((file) => /^docs\/.*\.md$/.test(file)),
];

/** The top-level names that a path must start with to be one of this repository's. */
const topLevel = new Set([...files.map((file) => file.split('/', 1)[0] ?? ''), 'dist']);

describe('documents', () => {
  it.each(documents)('%s names only paths that exist', (document) => {
    const missing = namedPaths(read(document)).filter((named) => !isThere(named));
    expect(missing).toEqual([]);
  });

  it.each(documents)('%s links only to files that exist', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    const folder = path.dirname(document);
    expect(links.filter((link) => !/^[a-z]+:/.test(link) && !exists(path.join(folder, link)))).toEqual([]);
  });

  it.each(Object.entries(longestDocumentLines))('%s has at most %i lines', (document, most) => {
    expect(lineCount(read(document))).toBeLessThanOrEqual(most);
  });
});

describe('package.json', () => {
  const manifest: Record<string, unknown> = JSON.parse(read('package.json'));

  it('names only files that exist', () => {
    const { main, types, bin, exports, files: published } = manifest;
    // Prebuilds are made for a release only.
    const named = strings([main, types, bin, exports, published]).filter(
      (file) => !file.startsWith('prebuilds/'),
    );
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((file) => !exists(file))).toEqual([]);
  });

  it('has scripts that run only files that exist', () => {
    const run = strings(manifest.scripts).flatMap((script) => script.match(/\bnode (\S+)/g) ?? []);
    expect(run.map((command) => command.slice('node '.length)).filter((file) => !exists(file))).toEqual([]);
  });

  it('depends on nothing twice, and has no package that only development needs among the others', () => {
    const dependencies = Object.keys(manifest.dependencies ?? {});
    const development = Object.keys(manifest.devDependencies ?? {});
    expect(dependencies.filter((name) => development.includes(name))).toEqual([]);
    // Needed when the addon is compiled at installation, which no import shows.
    const forBuilding = ['node-addon-api'];
    const sources = files.filter((file) => /^lib\/.*\.ts$/.test(file)).map(read);
    const used = (name: string) => sources.some((source) => source.includes(`'${name}`));
    expect(dependencies.filter((name) => !forBuilding.includes(name) && !used(name))).toEqual([]);
  });

  it('is locked without the addresses of a registry', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});

describe('source files', () => {
  const sources = files.filter(
    (file) => /\.(ts|mjs|cjs|js|cc|h)$/.test(file) && !file.startsWith('test/zoo/'),
  );

  it(`have at most ${longestFileLines} lines, or say why at their top`, () => {
    const long = sources.filter((file) => lineCount(read(file)) > longestFileLines);
    const excused = (file: string) => /\b(long|lines|one piece|whole)\b/i.test(header(read(file)));
    expect(long.filter((file) => !excused(file))).toEqual([]);
  });

  it('open with a comment that says what they are for', () => {
    const product = sources.filter((file) => /^(lib|native|tools|test\/native)\//.test(file));
    expect(product.length).toBeGreaterThan(20);
    expect(product.filter((file) => header(read(file)) === '')).toEqual([]);
  });

  it('keep no unfinished or switched-off work', () => {
    const marks = /\b(TO(?:)DO|FIX(?:)ME|XX(?:)X)\b|@ts-(ig)nore|\b(it|describe|test)\.(only|skip)\(/;
    expect(sources.filter((file) => marks.test(read(file)))).toEqual([]);
  });

  it('have unit tests that mirror lib', () => {
    const tests = files.filter((file) => /^test\/unit\/.*\.test\.ts$/.test(file));
    const mirrored = (test: string) => test.replace(/^test\/unit\//, 'lib/').replace(/\.test\.ts$/, '.ts');
    // The second is the other half of the tests of lib/analysis/source-maps.ts.
    const free = ['test/unit/repository.test.ts', 'test/unit/analysis/source-maps-builders.test.ts'];
    expect(tests.filter((test) => !free.includes(test) && !exists(mirrored(test)))).toEqual([]);
  });
});

/** Inline code and code blocks that look like paths of this repository; `{h,cc}` is spelt out. */
function namedPaths(markdown: string): string[] {
  const code = [...markdown.matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g)];
  return code
    .flatMap((match) => (match[1] ?? match[2] ?? '').match(/[\w@.*{},-]+(?:\/[\w@.*{},-]+)+\/?/g) ?? [])
    .filter((named) => topLevel.has(named.split('/', 1)[0] ?? ''))
    .flatMap(spellOut);
}

function spellOut(named: string): string[] {
  const braces = /^(.*)\{([^}]*)\}(.*)$/.exec(named.replace(/[.,]+$/, ''));
  if (!braces) return [named.replace(/[.,]+$/, '')];
  const [, before = '', options = '', after = ''] = braces;
  return options.split(',').map((option) => `${before}${option}${after}`);
}

function isThere(named: string): boolean {
  if (!named.includes('*')) return exists(named);
  const pattern = named.replace(/[.+]/g, '\\$&').replace(/\*\*?/g, '.*');
  return files.some((file) => new RegExp(`^${pattern}`).test(file));
}

/** The comment lines that a file begins with. */
function header(source: string): string {
  const lines = source.replace(/^#!.*\n/, '').split('\n');
  const end = lines.findIndex((line) => !/^(\/\/|\/\*| \*)/.test(line));
  return lines.slice(0, end).join('\n');
}

/** All strings in a JSON value. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

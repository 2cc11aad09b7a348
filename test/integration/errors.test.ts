// What abtrace refuses, it refuses with one clear error: wrong arguments, runtimes that it does not know, an addon that
// is missing, broken or made for another Node.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { oraclePath, runProgram } from './programs';
import { packageFolder, runSource, temporaryFolder } from './support';

interface Refusal {
  name: string;
  code: string;
  message: string;
  known: boolean;
}

const OPTIONS = 'thresholdBytes, sampleBytes, stackDepth, causes, workers, growable, user, dependency';

it('refuses wrong arguments, naming option, rule and value', async () => {
  const said = await runProgram<Record<string, string>>('refusals.cjs');
  expect(said).toEqual({
    'no object': 'TypeError: options must be an object, got 5',
    'an array': 'TypeError: options must be an object, got an array',
    'an unknown option': `TypeError: unknown option "threshold"; the options are ${OPTIONS}`,
    'a negative threshold': 'RangeError: thresholdBytes must be a whole number, 0 or more, got -1',
    'a fractional threshold': 'RangeError: thresholdBytes must be a whole number, 0 or more, got 1.5',
    'no number': 'TypeError: thresholdBytes must be a number, got "64KB"',
    'not a number': 'RangeError: thresholdBytes must be a whole number, 0 or more, got NaN',
    'no end': 'RangeError: thresholdBytes must be a whole number, 0 or more, got Infinity',
    'a big integer': 'TypeError: thresholdBytes must be a number, got 5n',
    'depth 0': 'RangeError: stackDepth must be a whole number, 1 to 200, got 0',
    'depth 201': 'RangeError: stackDepth must be a whole number, 1 to 200, got 201',
    'a hostile depth': 'TypeError: stackDepth must be a number, got an object',
    'causes 1': 'TypeError: causes must be true or false, got 1',
    'workers yes': 'TypeError: workers must be true or false, got "yes"',
    'a glob alone': 'TypeError: user must be an array of globs (non-empty strings), got "src/**"',
    'an empty glob': 'TypeError: dependency must be an array of globs (non-empty strings), got an array',
    tracing: false,
    'other options': expect.stringMatching(
      /^StateError: abtrace traces this process already, .*call stop\(\) first$/,
    ),
    'dump no object': 'TypeError: options must be an object, got "x"',
    'dump an unknown option': 'TypeError: unknown option "collect"; the options are gc, retainers',
    'dump gc true as text': 'TypeError: gc must be true or false, got "true"',
    'dump a hostile gc': 'TypeError: gc must be true or false, got an object',
    'no path': 'TypeError: path must be a non-empty string, got undefined',
    'a hostile path': 'TypeError: path must be a non-empty string, got an object',
    'no folder': 'DumpFileError: Cannot write dump /no/such/folder/a.json: no such folder: /no/such/folder',
    'a folder': expect.stringMatching(/^DumpFileError: Cannot write dump \/: /),
    'no label': 'TypeError: label must be a string or an object of strings, got 7',
    'a hostile label': 'TypeError: label "tool" must be a string, got an object',
    'too many labels': 'RangeError: a label may have at most 32 keys, got 33',
    'nothing to label': 'TypeError: label needs a function to run, got undefined',
    'no file': 'DumpFileError: Cannot read dump /no/such/file.json: no such file (ENOENT)',
    'still tracing': true,
    idle: 'StateError: abtrace is not tracing; call start() before dump()',
  });
});

describe('an allocator of an unknown class', () => {
  it.each(['main', 'worker'])('is refused in the %s thread, and does its work as before', async (thread) => {
    const env = { ABTRACE_TEST_ORACLE: await oraclePath() };
    const result = await runProgram<{ said: Refusal[]; tracing: boolean; works: boolean }>(
      'unsupported.cjs',
      {
        args: [thread],
        env,
      },
    );
    expect(result).toMatchObject({ tracing: false, works: true });
    // The second attempt fails as the first one did.
    expect(result.said).toHaveLength(2);
    for (const refusal of result.said) {
      expect(refusal).toMatchObject({
        name: 'UnsupportedRuntimeError',
        code: 'ABTRACE_UNSUPPORTED',
        known: true,
      });
      expect(refusal.message).toMatch(
        /^abtrace cannot trace this runtime: .*unknown class.*Node.js 20, 22, 24 and 26/,
      );
      expect(refusal.message).toContain(process.version);
    }
  });
});

describe('an addon', () => {
  const source = `
    const abtrace = require('abtrace');
    const attempt = () => {
      try { abtrace.start(); return null; } catch (error) {
        const { name, code, message } = error;
        return { name, code, message, known: error instanceof abtrace.NativeLoadError };
      }
    };
    const said = attempt();
    // Reading needs no addon.
    const again = attempt()?.message === said?.message && !abtrace.isTracing() && typeof abtrace.readDump;
    console.log(JSON.stringify({ said, again }));`;

  /** Tries to start with this file as the addon; undefined: with none at all. */
  async function startWith(addon: string | undefined): Promise<string> {
    const options = addon === undefined ? withoutAddon() : { env: { ABTRACE_ADDON: addon } };
    const result = (await runSource(source, options)) as { said: Refusal; again: string };
    expect(result).toMatchObject({
      said: { name: 'NativeLoadError', code: 'ABTRACE_NATIVE_LOAD', known: true },
      again: 'function',
    });
    return result.said.message;
  }

  /** A folder from which `require('abtrace')` finds a copy of the package that has no addon. */
  function withoutAddon(): { env: Record<string, string | undefined> } {
    const folder = temporaryFolder();
    const copy = path.join(folder, 'node_modules', 'abtrace');
    for (const part of ['package.json', 'dist'])
      fs.cpSync(path.join(packageFolder, part), path.join(copy, part), { recursive: true });
    fs.symlinkSync(path.join(packageFolder, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
    fs.writeFileSync(path.join(folder, 'redirect.cjs'), redirectTo(copy));
    return {
      env: { ABTRACE_ADDON: undefined, NODE_OPTIONS: `--require ${path.join(folder, 'redirect.cjs')}` },
    };
  }

  function redirectTo(copy: string): string {
    return `const { Module } = require('node:module');
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (request, ...rest) =>
        resolve.call(Module, request === 'abtrace' ? ${JSON.stringify(copy)} : request, ...rest);`;
  }

  it('that is missing is named with each path that was tried, and what to do', async () => {
    const lines = (await startWith(undefined)).split('\n');
    expect(lines[0]).toMatch(/^abtrace's native addon did not load \(Node v.*, ABI \d+, .*\)\. Tried:$/);
    expect(lines[1]).toMatch(/^ {2}\/.*build\/Release\/abtrace\.node: Cannot find module/);
    expect(lines.slice(2).join(' ')).toContain('npm rebuild abtrace');
  });

  it('that is no library is named with the error of the system', async () => {
    const file = path.join(temporaryFolder(), 'abtrace.node');
    fs.writeFileSync(file, 'no library');
    expect(await startWith(file)).toContain(`  ${file}: ${file}: `);
  });

  const folder = path.join(packageFolder, 'prebuilds', `${process.platform}-${process.arch}`);
  const others = (fs.existsSync(folder) ? fs.readdirSync(folder) : []).filter(
    (file) => /\.abi\d+\./.test(file) && !file.includes(`.abi${process.versions.modules}.`),
  );

  // There are some where the whole matrix is built.
  it.runIf(others.length > 0).each(others)('%s, built for another Node, is refused', async (file) => {
    // The loader may find a symbol missing, or the addon another V8 than it was built for.
    expect(await startWith(path.join(folder, file))).toMatch(
      /undefined symbol|built for another Node: for V8 \d+\.\d+/,
    );
  });
});

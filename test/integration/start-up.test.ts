// What `require` and `start` load of abtrace and of Node: all that is not listed here costs a program that never uses
// it nothing. A budget that is counted, so that a busy machine does not matter.
import { describe, expect, it } from 'vitest';
import * as index from '../../lib/index';
import { packageFolder, runNode, runSource, temporaryFolder } from './support';

/** Files of `dist` outside of `capture` that a process which is traced, and takes no dump, may have loaded. */
const ALLOWED = [
  'analysis/glob.js',
  'analysis/project-roots.js',
  'entry.js',
  'errors.js',
  'load-addon.js',
  'native.js',
];

/** What of `capture` only dumps, triggers and labels need. */
const LATE = /^capture\/(assert|build|conditions|container|coverage|dump|labels|memory|retain|trigger)/;

/** A file costs 0.2 to 0.3 ms, whatever is in it. */
const MOST_FILES = 29;

/** Modules of Node that are dear, and that a program may not have loaded. */
const DEAR = ['assert', 'child_process', 'crypto', 'http', 'zlib', 'internal/deps/undici/undici'];

describe('require and start', () => {
  it('load what starts a tracer, and nothing more', async () => {
    const loaded = (await runSource(`
      const before = new Set(process.moduleLoadList);
      require('abtrace').start();
      const ofNode = process.moduleLoadList.filter((name) => !before.has(name));
      console.log(JSON.stringify({ files: Object.keys(require.cache), ofNode }));
    `)) as { files: string[]; ofNode: string[] };
    const root = `${packageFolder}/dist/`;
    const files = loaded.files.filter((file) => file.startsWith(root)).map((file) => file.slice(root.length));
    expect(files.filter((file) => !file.startsWith('capture/')).sort()).toEqual(ALLOWED);
    expect(files.filter((file) => LATE.test(file))).toEqual([]);
    expect(files.length).toBeLessThanOrEqual(MOST_FILES);
    const ofNode = loaded.ofNode.map((name) => name.replace(/^NativeModule /, ''));
    expect(ofNode.filter((name) => DEAR.includes(name))).toEqual([]);
  });

  it('load nothing of what follows causes, where none are followed', async () => {
    const files = (await runSource(`
      require('abtrace').start({ causes: false, growable: false });
      console.log(JSON.stringify(Object.keys(require.cache)));
    `)) as string[];
    expect(files.filter((file) => /dist\/(dump|analysis\/(?!project|glob)|export|cli)/.test(file))).toEqual(
      [],
    );
  });
});

describe('what the package exports', () => {
  it('is what its types say, under the same names', async () => {
    const names = (await runSource(`
      const abtrace = require('abtrace');
      const named = Object.keys(abtrace).map((name) => [name, typeof abtrace[name], abtrace[name].name]);
      console.log(JSON.stringify(named));
    `)) as [string, string, string][];
    const expected = Object.entries(index).map(([name, value]) => [name, typeof value, name]);
    expect(names.sort()).toEqual(expected.sort());
  });

  it('can be imported by name, all of it', async () => {
    const program = `import { ${Object.keys(index).join(', ')} } from ${JSON.stringify(`${packageFolder}/dist/entry.js`)};
      try { await assertNoGrowth(() => { globalThis.kept ??= []; kept.push(new ArrayBuffer(1e6)); }, { runs: 2 }); }
      catch (error) { console.log(error instanceof GrowthError, error.name, error.code); }`;
    const result = await runNode(['--input-type=module', '--eval', program], { cwd: temporaryFolder() });
    expect(result.stderr).toBe('');
    expect(result.stdout).toBe('true AssertionError ERR_ASSERTION\n');
  });
});

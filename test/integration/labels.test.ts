// Labels: all that a program does under one is charged to it, and nothing else is.
import { describe, expect, it } from 'vitest';
import { runProgram } from './programs';
import { runSource } from './support';

interface Result {
  expected: Record<string, number>;
  /** Live bytes, as `topSites` groups them. */
  labels: Record<string, number>;
  problems: string[];
  sites: (Record<string, string> | null)[];
}

describe('label', () => {
  it('charges work of all kinds to its label, and leaves stores of the program alone', async () => {
    const { expected, labels, problems, sites } = await runProgram<Result>('labels.cjs');
    expect(problems).toEqual([]);
    // Fetch and streams keep some bytes of their own beside the chunks; what Node holds back has no label of these.
    const extraBytes = 200_000;
    const wrong = Object.entries(expected).filter(([name, bytes]) => {
      const charged = labels[name] ?? 0;
      return charged < bytes || charged > bytes + extraBytes;
    });
    expect(wrong.map(([name, bytes]) => `${name}: ${labels[name]} of ${bytes}`)).toEqual([]);
    expect(sites).toContainEqual({ label: 'sync' });
    expect(sites).toContainEqual({ step: 'parse', tool: 'fetch', user: '43' });
  });

  it('says what is wrong with a label, and runs nothing', async () => {
    const source = `
      const abtrace = require('abtrace');
      const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => ['key' + i, 'x']));
      const wrong = [[42, () => {}], [null, () => {}], [['a'], () => {}], [{ a: 1 }, () => {}], [many, () => {}], ['a', 5], ['a']];
      const say = () => wrong.map((args) => {
        try { abtrace.label(...args); return 'nothing'; } catch (error) { return error.name + ': ' + error.message; }
      });
      const idle = say();
      abtrace.start();
      console.log(JSON.stringify({ idle, tracing: say() }));
    `;
    const { idle, tracing } = (await runSource(source)) as { idle: string[]; tracing: string[] };
    expect(tracing).toEqual([
      'TypeError: label must be a string or an object of strings, got 42',
      'TypeError: label must be a string or an object of strings, got null',
      'TypeError: label must be a string or an object of strings, got an array',
      'TypeError: label "a" must be a string, got 1',
      'RangeError: a label may have at most 32 keys, got 33',
      'TypeError: label needs a function to run, got 5',
      'TypeError: label needs a function to run, got undefined',
    ]);
    expect(idle).toEqual(tracing);
  });

  it('labels nothing, and runs the function, when causes are off', async () => {
    const source = `
      const abtrace = require('abtrace');
      abtrace.start({ causes: false });
      const kept = abtrace.label('name', () => Buffer.alloc(1e6));
      const [row] = abtrace.topSites(abtrace.dump(), { by: 'owner' });
      console.log(JSON.stringify({ kept: kept.length, live: row.liveBytes }));
    `;
    expect(await runSource(source)).toEqual({ kept: 1e6, live: 1e6 });
  });

  it('is what the filters of the command line go by', async () => {
    const source = `
      const abtrace = require('abtrace');
      const { execFileSync } = require('node:child_process');
      const path = require('node:path');
      abtrace.start();
      const kept = [];
      abtrace.label('a', () => kept.push(Buffer.alloc(1e6)));
      abtrace.label({ tool: 'b' }, () => kept.push(Buffer.alloc(2e6)));
      const file = abtrace.writeDumpSync(path.join(process.cwd(), 'labels-' + process.pid + '.json'));
      const cli = path.join(path.dirname(require.resolve('abtrace')), 'cli', 'main.js');
      const top = (...args) => JSON.parse(execFileSync(process.execPath, [cli, 'top', file, '--json', ...args]))
        .rows.reduce((sum, row) => sum + row.liveBytes, 0);
      console.log(JSON.stringify([top('--label', 'a'), top('--label', 'tool'), top('--label', 'tool=b'), top('--label', 'c')]));
      require('node:fs').rmSync(file);
    `;
    expect(await runSource(source)).toEqual([1e6, 2e6, 2e6, 0]);
  });
});

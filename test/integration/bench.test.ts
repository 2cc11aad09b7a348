// What `npm run bench` says to wrong arguments, and that one small run leaves its figures behind.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageFolder, runNode, temporaryFolder } from './support';

const bench = (...args: string[]) => runNode([path.join(packageFolder, 'bench', 'main.mjs'), ...args]);

describe('the benchmark', () => {
  it.each([
    [['--rounds', '0'], '--rounds: must be a whole number, 1 or more, got 0'],
    [['--rounds', 'many'], '--rounds: must be a whole number, 1 or more, got many'],
    [['--only', 'nothing'], '--only: no workload has "nothing" in its name; there are'],
    [['--node', '19'], '--node: must be among 20,22,24,26, got 19'],
    [['--json', '/no/such/folder/a.json'], '--json: there is no folder /no/such/folder'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j with one error', async (args, message) => {
    const { code, stdout, stderr } = await bench(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`✗ ${message}`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('prints a row for each variant and writes all that it measured', async () => {
    const json = path.join(temporaryFolder(), 'figures.json');
    const { code, stdout, stderr } = await bench(
      '--quick',
      '--no-rivals',
      '--only',
      'start-up',
      '--json',
      json,
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const name of ['plain again', 'counting only', 'sampling only', 'stacks and causes', 'threshold 0'])
      expect(stdout).toContain(name);
    const { nodes } = JSON.parse(fs.readFileSync(json, 'utf8')) as {
      nodes: { results: { samplesNs: number[] }[] }[];
    };
    expect(nodes[0]?.results.every(({ samplesNs }) => samplesNs.length === 1)).toBe(true);
  });
});

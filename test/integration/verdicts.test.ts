// Verdicts on programs that run: what leaks, what only looks like it, and that both come out of the command line.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Verdicts } from '../../lib/analysis/verdicts';
import { isStressed, packageFolder, runCli, runSource, temporaryFolder } from './support';

/** Takes five dumps of a program that leaks, keeps a bounded cache, loads something once and makes garbage. */
const program = (folder: string) => `
  const abtrace = require('abtrace');
  const leaked = [], cached = [], loaded = [];
  function leak() { leaked.push(new ArrayBuffer(20_000)); }
  function cache() { cached.push(new ArrayBuffer(50_000)); if (cached.length > 40) cached.shift(); }
  function load() { loaded.push(new ArrayBuffer(30_000)); }
  function churn() { return new ArrayBuffer(10_000); }
  async function main() {
    abtrace.start();
    for (let i = 0; i < 100; i += 1) load();
    const dumps = [];
    for (let round = 0; round < 5; round += 1) {
      for (let i = 0; i < 100; i += 1) { leak(); cache(); churn(); }
      await new Promise((resolve) => setTimeout(resolve, 20));
      dumps.push(abtrace.dump({ gc: true }));
      require('node:fs').writeFileSync(${JSON.stringify(folder)} + '/' + round + '.json', JSON.stringify(dumps[round]));
    }
    console.log(JSON.stringify(abtrace.judge(dumps)));
  }
  main();
`;

describe('the verdict', () => {
  it('tells a leak from a bounded cache, from what was loaded once and from garbage', async () => {
    const folder = temporaryFolder();
    const { process, groups, dumps } = (await runSource(program(folder))) as Verdicts;
    const verdicts = Object.fromEntries(groups.map(({ row, verdict }) => [row.owner?.function, verdict]));
    expect(verdicts).toMatchObject({ leak: 'leak', cache: 'bounded-cache', load: 'not-enough-evidence' });
    expect(process).toMatchObject({ verdict: 'leak', confidence: 'high' });
    expect(process.mbPerHour).toBeGreaterThan(0);
    expect(dumps).toBe(5);

    const files = fs.readdirSync(folder).map((file) => path.join(folder, file));
    const top = await runCli(['top', ...files]);
    expect(top.stdout).toMatch(/verdict, from 5 dumps: leak \(confidence high, \+[\d,.]+ MB\/h\)/);
    expect(top.stdout).toMatch(/bounded cache \(confidence high\): cache /);
    const diff = await runCli(['diff', files[0] as string, files[4] as string]);
    expect(diff.stdout).toMatch(/verdict, from 2 dumps: leak \(confidence medium/);
  });

  it.each([
    ['bounded-cache-at-limit', ['bounded-cache']],
    // Where V8 has collected before anybody looks, it is a burst that is over.
    ['garbage-under-lazy-collection', ['collector-lag', 'burst']],
    ['untouched-zero-pages', ['untouched-pages']],
    ['weak-cache', ['collector-lag', 'burst']],
  ])('of %s is one of %s', async (name, verdicts) => {
    const folder = temporaryFolder();
    const control = path.join(packageFolder, 'test', 'zoo', 'controls', `${name}.js`);
    await runCli(['run', '--quiet', '--gc', '--out', folder, control]);
    const { stdout } = await runCli(['top', '--json', folder]);
    const { verdict } = JSON.parse(stdout).verdicts.process as { verdict: string };
    // Under stress V8 collects when no program would make it; what is no leak must not become one.
    if (isStressed) expect(verdict).not.toBe('leak');
    else expect(verdicts).toContain(verdict);
  });
});

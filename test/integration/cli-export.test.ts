// `abtrace export` on the dump of a real program: files and pipes, source maps, what it refuses, what it leaves behind.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dump } from '../../lib/dump/format';
import type { SpeedscopeFile } from '../../lib/export/speedscope';
import { cliPath, packageFolder, runCli, runNode, temporaryFolder } from './support';

const folder = temporaryFolder();
const file = path.join(folder, 'dump.json');
const app = path.join(folder, 'app.js');
let dump: Dump;

beforeAll(async () => {
  fs.writeFileSync(
    app,
    `const abtrace = require(${JSON.stringify(packageFolder)});
const { promisify } = require('node:util');
const zlib = require('node:zlib');
const gunzip = promisify(zlib.gunzip);
abtrace.start();
const kept = (globalThis.kept = []);
async function unzip(zipped) {
  kept.push(await gunzip(zipped));
}
function fill(count) {
  for (let i = 0; i < count; i++) kept.push(Buffer.alloc(1_000_000));
}
fill(3);
unzip(zlib.gzipSync(Buffer.alloc(500_000))).then(() => {
  abtrace.label({ tool: 'a; b' }, () => fill(2));
  abtrace.writeDumpSync(${JSON.stringify(file)}, { gc: true });
});
`,
  );
  expect(await runNode([app], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  dump = JSON.parse(fs.readFileSync(file, 'utf8')) as Dump;
});

const liveBytes = () => dump.sites.reduce((sum, site) => sum + site.liveBytes, 0);
const exported = (name: string) => path.join(folder, name);

describe('abtrace export', () => {
  it('writes a profile for pprof whose totals are those of the dump', async () => {
    const output = exported('dump.pb.gz');
    const result = await runCli(['export', file, '--format', 'pprof', '--join', 'cause', '-o', output]);
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toMatch(/^abtrace: wrote .*dump\.pb\.gz \([\d.]+ .?B\)\n$/);
    const { sample } = Profile.decode(gunzipSync(fs.readFileSync(output)));
    expect(sample.reduce((sum, { value }) => sum + Number(value[1]), 0)).toBe(liveBytes());
    expect(fs.statSync(output).mode & 0o777).toBe(0o600);
  });

  it('prints to standard output without -o, and with -o -', async () => {
    for (const more of [[], ['-o', '-']]) {
      const { code, stdout, stderr } = await runCli(['export', file, '-f', 'collapsed', ...more]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const values = stdout
        .trimEnd()
        .split('\n')
        .map((line) => Number(line.split(' ').at(-1)));
      expect(values.reduce((sum, value) => sum + value, 0)).toBe(liveBytes());
    }
  });

  it('exports what is under a label only, and shows the metric asked for', async () => {
    const args = ['export', file, '-f', 'speedscope', '--label', 'tool', '--metric', 'count'];
    const { stdout } = await runCli(args);
    const { profiles, activeProfileIndex } = JSON.parse(stdout) as SpeedscopeFile;
    expect(profiles[activeProfileIndex]).toMatchObject({ unit: 'none', endValue: 2 });
    expect(profiles[0]).toMatchObject({ unit: 'bytes', endValue: 2_000_000 });
  });

  it('joins the cause, without which what Node allocates shows no code of the user', async () => {
    const args = ['export', file, '-f', 'collapsed', '--metric', 'total'];
    const linesOf = (text: string) => text.split('\n').filter((line) => line.includes('processCallback@'));
    const plain = linesOf((await runCli(args)).stdout);
    const joined = linesOf((await runCli([...args, '--join', 'cause'])).stdout);
    expect(plain).not.toEqual([]);
    expect(plain.filter((line) => line.includes('unzip@'))).toEqual([]);
    expect(joined.join('\n')).toMatch(/unzip@.*;\(async\);.*processCallback@/);
  });

  it('takes the newest dump of a directory', async () => {
    const result = await runCli(['export', folder, '-f', 'csv']);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^kind,liveBytes/);
  });

  it.each([
    ['no format', [], /^abtrace: required option '-f, --format <format>' not specified\n$/],
    [
      'an unknown format',
      ['-f', 'svg'],
      /^abtrace: option '-f, --format <format>' argument 'svg' is invalid\. Allowed choices are pprof, speedscope, heapprofile, collapsed, csv\.\n$/,
    ],
    [
      'an unknown join',
      ['-f', 'csv', '--join', 'x'],
      /^abtrace: option '--join <what>' argument 'x' is invalid\. /,
    ],
    [
      'an unknown metric',
      ['-f', 'csv', '--metric', 'x'],
      /^abtrace: option '--metric <metric>' argument 'x' is invalid\. /,
    ],
    [
      'a metric that the format lacks',
      ['-f', 'heapprofile', '--metric', 'count'],
      /^abtrace: --metric must be live, total, peak for --format heapprofile, got "count"\n$/,
    ],
    [
      'no name of a file',
      ['-f', 'csv', '-o', ''],
      /^abtrace: --output must be the name of a file, or -, got ""\n$/,
    ],
    [
      'the dump itself',
      ['-f', 'csv', '-o', file],
      /^abtrace: --output names the dump itself, .*dump\.json; name another file\n$/,
    ],
  ])('refuses %s with exit code 2', async (_title, args, message) => {
    const result = await runCli(['export', file, ...args]);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(fs.readFileSync(file, 'utf8')).toContain('abtrace-dump');
  });

  it.each([
    ['a folder that is not there', path.join('none', 'a.csv'), /no such folder/],
    ['a directory', '.', /this is a directory/],
  ])('fails with exit code 1, leaving nothing behind, on %s', async (_title, output, message) => {
    const before = fs.readdirSync(folder);
    const result = await runCli(['export', file, '-f', 'csv', '-o', output], { cwd: folder });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^abtrace: Cannot write export [^\n]*\n$/);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(fs.readdirSync(folder)).toEqual(before);
  });

  it('does not write binary data to a terminal', () => {
    const command = [process.execPath, cliPath, 'export', file, '-f', 'pprof']
      .map((word) => `'${word}'`)
      .join(' ');
    const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(
      'abtrace: pprof is binary, and standard output is a terminal; name a file: -o dump.pb.gz',
    );
    expect(status).toBe(2);
  });
});

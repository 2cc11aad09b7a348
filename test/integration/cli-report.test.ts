// `abtrace report` on dumps of a real program: where the page goes, what it may replace, what it holds, how it fails.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportTables } from '../../lib/report/html/report-data';
import { runDumpingProgram } from './dumping-program';
import { packageFolder, runCli, temporaryFolder } from './support';

const folder = temporaryFolder();
const before = path.join(folder, 'before.json');
const after = path.join(folder, 'after.json.gz');
const app = path.join(folder, 'app.js');

beforeAll(async () => {
  await runDumpingProgram(
    folder,
    `fill(3);
abtrace.writeDumpSync(${JSON.stringify(before)}, { gc: true });
fill(12);
abtrace.writeDumpSync(${JSON.stringify(after)}, { gc: true });
`,
  );
});

const inFolder = (name: string): string => path.join(folder, name);

/** The tables and the summary in a page. */
function unpack(file: string): { tables: ReportTables; summary: { answer: { text: string }[] } } {
  const page = fs.readFileSync(file, 'utf8');
  const part = (id: string) => new RegExp(`id="${id}">([^<]*)<`).exec(page)?.[1] ?? '';
  return {
    tables: JSON.parse(zlib.gunzipSync(Buffer.from(part('tables'), 'base64')).toString()),
    summary: JSON.parse(part('summary')),
  };
}

const answerOf = (file: string): string =>
  unpack(file)
    .summary.answer.map(({ text }) => text)
    .join('');

describe('abtrace report', () => {
  it('writes a page beside the dump, says where, and keeps it to its owner', async () => {
    const { code, stdout, stderr } = await runCli(['report', after]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/after\.html \(1\d\d KB\)\n$/);
    expect(answerOf(inFolder('after.html'))).toMatch(/was allocated by fill at app\.js:5/);
    expect(fs.statSync(inFolder('after.html')).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('puts dumps in the order of time, whatever order they are given in', async () => {
    const output = inFolder('both.html');
    expect(await runCli(['report', after, before, '-o', output])).toMatchObject({ code: 0, stderr: '' });
    const { tables } = unpack(output);
    const [first, last] = tables.figures.map(({ liveBytes }) =>
      liveBytes.filter((bytes) => bytes >= 3_000_000),
    );
    expect([first, last]).toEqual([[3_000_000], [3_000_000, 12_000_000]]);
    expect(tables.seconds[1]).toBeGreaterThan(0);
  });

  it('takes all dumps of a directory', async () => {
    const output = inFolder('all.html');
    expect(await runCli(['report', folder, '-o', output])).toMatchObject({ code: 0, stderr: '' });
    expect(unpack(output).tables.figures).toHaveLength(2);
  });

  it('embeds the lines of code of owners, unless told not to', async () => {
    const output = inFolder('sources.html');
    await runCli(['report', before, '-o', output]);
    expect(unpack(output).tables.excerpts[0]?.lines.join('\n')).toContain(
      'kept.push(Buffer.alloc(1_000_000))',
    );
    await runCli(['report', before, '-o', output, '--no-sources']);
    expect(unpack(output).tables.excerpts).toEqual([]);
    expect(fs.readFileSync(output, 'utf8')).not.toContain('kept.push');
  });

  it('replaces a report, but no other file unless forced to', async () => {
    const output = inFolder('page.html');
    fs.writeFileSync(output, 'precious');
    const refused = await runCli(['report', before, '-o', output]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toBe(
      `abtrace: Cannot write report ${output}: the file is there and is no report of abtrace; --force replaces it\n`,
    );
    expect(fs.readFileSync(output, 'utf8')).toBe('precious');
    expect(await runCli(['report', before, '-o', output, '--force'])).toMatchObject({ code: 0 });
    expect(await runCli(['report', after, '-o', output])).toMatchObject({ code: 0 });
    expect(answerOf(output)).toMatch(/fill/);
  });

  it('goes to standard output if told to', async () => {
    const { code, stdout, stderr } = await runCli(['report', before, '-o', '-']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/i);
    expect(fs.existsSync('-')).toBe(false);
  });

  it('starts the opener of the system with the page', async () => {
    const bin = inFolder('bin');
    const opened = inFolder('opened');
    const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, opener), `#!/bin/sh\nprintf %s "$1" > '${opened}'\n`, { mode: 0o755 });
    const output = inFolder('a page; $(touch x).html');
    const env = { PATH: `${bin}:${process.env.PATH}` };
    expect(await runCli(['report', before, '-o', output, '--open'], { env })).toMatchObject({
      code: 0,
      stderr: '',
    });
    await expect.poll(() => fs.existsSync(opened) && fs.readFileSync(opened, 'utf8')).toBe(output);
  });

  it('is done, and says what to open, where nothing opens pages', async () => {
    const output = inFolder('unopened.html');
    const result = await runCli(['report', before, '-o', output, '--open'], { env: { PATH: '/nowhere' } });
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/^abtrace: cannot start \S+; open .*unopened\.html in a browser\n$/);
  });
});

describe('abtrace report refuses in one line', () => {
  const missing = inFolder('missing.json');
  it.each([
    ['no dump', ['report'], 2, /missing required argument/],
    ['a dump that is not there', ['report', missing], 1, /missing\.json: no such file/],
    ['a file that is no dump', ['report', app], 1, /app\.js: not JSON/],
    ['a folder without dumps', ['report', path.join(packageFolder, 'lib')], 1, /no dump in the directory/],
    [
      'a page in a folder that is not there',
      ['report', before, '-o', inFolder('no/page.html')],
      1,
      /no such folder/,
    ],
    ['a page that is a folder', ['report', before, '-o', folder], 1, /it is a directory/],
    ['a page without a name', ['report', before, '-o', ''], 2, /--output/],
    ['a page in place of the dump', ['report', before, '-o', before], 2, /is one of the dumps/],
    ['to open what is no file', ['report', before, '-o', '-', '--open'], 2, /--open needs a file/],
    ['an option that it does not have', ['report', before, '--colour'], 2, /unknown option/],
  ] as const)('%s', async (_, args, code, message) => {
    const result = await runCli([...args]);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^abtrace: [^\n]*\n$/);
    expect(result.stderr).toMatch(message);
  });
});

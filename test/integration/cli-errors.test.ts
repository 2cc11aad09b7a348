// Wrong usage is refused with one clear line on stderr and the right exit code, before any program starts.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageFolder, runCli, runNode, temporaryFolder } from './support';

const registerPath = path.join(packageFolder, 'dist', 'register.js');
const folder = temporaryFolder();
const app = path.join(folder, 'app.js');
fs.writeFileSync(app, `console.log('started');`);
const file = (name: string, content: string): string => {
  fs.writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
};
const dump = { format: 'abtrace-dump', version: 1 };

/** Under a plain file there can be no directory, whoever asks. */
const impossible = path.join(app, 'dumps');

const usage: [title: string, args: string[], message: RegExp][] = [
  [
    'no program',
    ['run'],
    /^abtrace: no program given; usage: abtrace run \[options\] app\.js \[arguments…\]\n$/,
  ],
  ['a missing program', ['run', 'missing.js'], /^abtrace: no such program: missing\.js\n$/],
  [
    'a misspelt option',
    ['run', '--treshold', '64KB', app],
    /^abtrace: unknown option '--treshold' \(Did you mean --threshold\?\)\n$/,
  ],
  ['an option without its value', ['run', '--out'], /^abtrace: option '--out <dir>' argument missing\n$/],
  [
    'a negative size',
    ['run', '--threshold', '-1', app],
    /^abtrace: --threshold must be a size .*, got "-1"\n$/,
  ],
  [
    'half a byte',
    ['run', '--threshold', '0.5', app],
    /^abtrace: --threshold must be a whole number of bytes, got "0\.5"\n$/,
  ],
  [
    'a size that is none',
    ['run', '--threshold=big', app],
    /^abtrace: --threshold must be a size .*, got "big"\n$/,
  ],
  [
    'no frames',
    ['run', '--depth', '0', app],
    /^abtrace: --depth must be a whole number from 1 to 200, got "0"\n$/,
  ],
  [
    'too many frames',
    ['run', '--depth', '201', app],
    /^abtrace: --depth must be a whole number from 1 to 200, got "201"\n$/,
  ],
  [
    'an interval without a unit',
    ['run', '--every', '5', app],
    /^abtrace: --every must be a duration .*, got "5"\n$/,
  ],
  [
    'an interval of nothing',
    ['run', '--every', '0s', app],
    /^abtrace: --every must be between 100ms and 24d, got "0s"\n$/,
  ],
  [
    'a signal that is none',
    ['run', '--signal', 'SIGFOO', app],
    /^abtrace: --signal must be a signal .*, got "SIGFOO"\n$/,
  ],
  [
    'a signal that cannot be caught',
    ['run', '--signal', 'KILL', app],
    /^abtrace: --signal must be a signal .*, got "KILL"\n$/,
  ],
  ['an unknown command', ['tpo', 'x.json'], /^abtrace: unknown command 'tpo' \(Did you mean top\?\)\n$/],
  [
    'help on a command that is none',
    ['help', 'tpo'],
    /^abtrace: no help for 'tpo', which is no command; did you mean top\?\n$/,
  ],
  ['a dump without a name', ['top', ''], /^abtrace: the name of a dump must not be empty\n$/],
  ['a command that is none', ['weigh', 'x.json'], /^abtrace: unknown command 'weigh'\n$/],
  ['no dump', ['top'], /^abtrace: missing required argument 'dump'\n$/],
  ['one dump to diff', ['diff', 'a.json'], /^abtrace: missing required argument 'after'\n$/],
  [
    'an unknown grouping',
    ['top', 'a.json', '--by', 'color'],
    /^abtrace: option '--by <what>' argument 'color' is invalid\. Allowed choices are owner, site, package, file, cause, label, kind, thread\.\n$/,
  ],
  [
    'a limit of no rows',
    ['top', 'a.json', '--limit', '0'],
    /^abtrace: --limit must be a whole number of at least 1, got "0"\n$/,
  ],
  [
    'a limit that is no size',
    ['diff', 'a.json', 'b.json', '--fail-over', 'lots'],
    /^abtrace: --fail-over must be a size .*, got "lots"\n$/,
  ],
];

const failures: [title: string, args: string[], message: RegExp][] = [
  [
    'a directory that cannot be made',
    ['run', '--out', impossible, app],
    /^abtrace: cannot write dumps into .*dumps: a part of the path is not a directory \(ENOTDIR\)\n$/,
  ],
  [
    'a directory that is a file',
    ['run', '--out', app, app],
    /^abtrace: cannot write dumps into .*app\.js: it is not a directory\n$/,
  ],
  [
    'a missing dump',
    ['top', path.join(folder, 'no.json')],
    /^abtrace: Cannot read dump .*no\.json: no such file \(ENOENT\)\n$/,
  ],
  [
    'a directory without dumps',
    ['top', temporaryFolder()],
    /^abtrace: no dump in the directory .*: no file is named \*\.json\n$/,
  ],
  [
    'a truncated dump',
    ['top', file('cut.json', '{"format":"abtrace-dump","version":1,"sites":[')],
    /^abtrace: Cannot read dump .*cut\.json: the JSON ends too early/,
  ],
  [
    'an empty dump',
    ['top', file('empty.json', '')],
    /^abtrace: Cannot read dump .*empty\.json: the file is empty\n$/,
  ],
  [
    'another format',
    ['top', file('other.json', '{"snapshot":{},"nodes":[]}')],
    /^abtrace: Cannot read dump .*other\.json: not a dump of abtrace; this looks like a V8 heap snapshot\n$/,
  ],
  [
    'a newer version',
    ['diff', file('new.json', JSON.stringify({ ...dump, version: 2 })), app],
    /^abtrace: Cannot read dump .*new\.json: written in version 2/,
  ],
  [
    'a dump that lacks a part',
    ['top', file('part.json', JSON.stringify(dump))],
    /^abtrace: Cannot read dump .*part\.json: /,
  ],
];

describe('abtrace refuses', () => {
  it.each(usage)('%s as wrong usage, with exit code 2', async (_title, args, message) => {
    const result = await runCli(args, { cwd: folder });
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });

  it.each(failures)('%s, with exit code 1', async (_title, args, message) => {
    const result = await runCli(args, { cwd: folder });
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(result).toMatchObject({ code: 1, stdout: '' });
  });

  it('with a stack only if ABTRACE_DEBUG is 1', async () => {
    const result = await runCli(['run', 'missing.js'], { cwd: folder, env: { ABTRACE_DEBUG: '1' } });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/^abtrace: UsageError: no such program: missing\.js\n {4}at /);
  });

  it('an addon that does not load, and says what was tried', async () => {
    const env = { ABTRACE_ADDON: path.join(folder, 'nothing.node') };
    const result = await runCli(['run', '--out', folder, app], { env });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^abtrace: .*did not load/);
    expect(result.stderr).toContain(env.ABTRACE_ADDON);
    expect(result.stderr).not.toMatch(/\n {4}at /);
  });
});

describe('abtrace/register refuses', () => {
  it.each([
    ['ABTRACE_THRESHOLD', '-1', 2, /^abtrace: ABTRACE_THRESHOLD must be a size .*, got "-1"\n$/],
    [
      'ABTRACE_DEPTH',
      'deep',
      2,
      /^abtrace: ABTRACE_DEPTH must be a whole number from 1 to 200, got "deep"\n$/,
    ],
    ['ABTRACE_EVERY', '1', 2, /^abtrace: ABTRACE_EVERY must be a duration .*, got "1"\n$/],
    [
      'ABTRACE_TRESHOLD',
      '1KB',
      2,
      /^abtrace: unknown environment variable ABTRACE_TRESHOLD: did you mean ABTRACE_THRESHOLD\?\n$/,
    ],
    ['ABTRACE_OUT', impossible, 1, /^abtrace: cannot write dumps into .*ENOTDIR\)\n$/],
  ])('%s=%s in one line, before the program starts', async (variable, value, code, message) => {
    const result = await runNode(['-r', registerPath, app], { env: { [variable]: value } });
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });
});

describe('abtrace explains itself', () => {
  it('in the help of every command, with examples', async () => {
    for (const command of ['run', 'top', 'diff', 'demo']) {
      const result = await runCli([command, '--help']);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain(`abtrace ${command}`);
    }
    const result = await runCli(['--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['run', 'top', 'diff', 'demo'])
      expect(result.stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  it('without a command: the help, as wrong usage', async () => {
    const result = await runCli([]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('Usage: abtrace');
  });

  it('with its version', async () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

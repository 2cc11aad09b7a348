// The help teaches: every command says what it does, by examples, with its defaults and exit codes, within 80 columns.
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './support';

let commands: string[] = [];
const helps = new Map<string, string>();

beforeAll(async () => {
  const { stdout } = await runCli(['--help']);
  helps.set('', stdout);
  const list = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:'));
  commands = [...list.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => name !== 'help');
  for (const command of commands) helps.set(command, (await runCli([command, '--help'])).stdout);
});

describe('abtrace --help', () => {
  it('names every command, and shows each at work', () => {
    expect(commands).toEqual(expect.arrayContaining(['run', 'top', 'diff', 'export', 'demo']));
    const examples = (helps.get('') ?? '').split('Examples:')[1] ?? '';
    expect(commands.filter((command) => !examples.includes(`abtrace ${command}`))).toEqual([]);
  });

  it('is there for every command, with examples of it and its exit codes', () => {
    for (const command of commands) {
      const text = helps.get(command) ?? '';
      expect(text).toMatch(new RegExp(`^Usage: abtrace ${command} `));
      expect(text.split('Examples:')[1]).toContain(`abtrace ${command}`);
      expect(text).toMatch(/^Exit codes: .*2 wrong usage/m);
    }
  });

  it('describes every option', () => {
    for (const text of helps.values()) {
      const options = text.split('\nOptions:\n')[1]?.split('\n\n')[0] ?? '';
      expect(options).not.toBe('');
      // A description stands beside its flags, or below them where those are long.
      expect(options.split('\n').filter((line) => /^ {2}-\S*(?: <\w+>)?$/.test(line))).toEqual([]);
    }
  });

  it('fits a terminal of 80 columns, but for examples of pipes', () => {
    const long = [...helps.values()].flatMap((text) => text.split('\n')).filter((line) => line.length > 80);
    expect(long.filter((line) => !line.includes(' | '))).toEqual([]);
  });

  it('is the same by `abtrace help`', async () => {
    expect((await runCli(['help', 'export'])).stdout).toBe(helps.get('export'));
  });
});

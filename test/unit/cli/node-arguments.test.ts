// How the command line of `abtrace run` is taken apart.
import { describe, expect, it } from 'vitest';
import { type NodeOptionKind, needsNoProgram, splitRunArguments } from '../../../lib/cli/node-arguments';

const own = [
  { long: '--threshold', required: true },
  { long: '--out', short: '-o', required: true },
  { long: '--gc', required: false },
];
const nodeOptions: Record<string, NodeOptionKind> = {
  '--expose-gc': 'alone',
  '--max-old-space-size=300': 'alone',
  '--import': 'with-value',
  '-r': 'with-value',
};
const ask = (option: string): NodeOptionKind => nodeOptions[option] ?? 'unknown';
const split = (line: string) => splitRunArguments(line.split(' ').filter(Boolean), own, ask);

describe('splitRunArguments', () => {
  it('takes the first argument that is no option for the program, and all after it for its arguments', () => {
    expect(split('--gc --out dumps app.js --gc --out x')).toEqual({
      own: ['--gc', '--out', 'dumps'],
      node: [],
      program: ['app.js', '--gc', '--out', 'x'],
    });
  });

  it('leaves a -- of the program to the program', () => {
    expect(split('app.js a -- b').program).toEqual(['app.js', 'a', '--', 'b']);
  });

  it('knows values after = and after a space, and short names', () => {
    expect(split('--threshold=64KB -o dumps app.js')).toEqual({
      own: ['--threshold=64KB', '-o', 'dumps'],
      node: [],
      program: ['app.js'],
    });
  });

  it('hands options of node on, in order, between its own', () => {
    expect(
      split('--expose-gc --gc --import ./hook.mjs -r ./a.js --max-old-space-size=300 --out d app.js'),
    ).toEqual({
      own: ['--gc', '--out', 'd'],
      node: ['--expose-gc', '--import', './hook.mjs', '-r', './a.js', '--max-old-space-size=300'],
      program: ['app.js'],
    });
  });

  it("leaves node's command line after -- as it stands", () => {
    expect(split('--gc -- --anything app.js --gc')).toEqual({
      own: ['--gc'],
      node: [],
      program: ['--anything', 'app.js', '--gc'],
    });
  });

  it('leaves what nobody knows to commander, which refuses it', () => {
    expect(split('--treshold 64KB app.js').own).toEqual(['--treshold']);
  });

  it('finds no program where there is none', () => {
    expect(split('--gc').program).toEqual([]);
    expect(split('--out').own).toEqual(['--out']);
    expect(split('').program).toEqual([]);
  });

  it('takes - for a program: node reads it from stdin', () => {
    expect(split('- a').program).toEqual(['-', 'a']);
  });

  it('asks the Node that runs which options it takes, and how', () => {
    const {
      own: left,
      node,
      program,
    } = splitRunArguments(
      ['--no-warnings', '--gc', '--title', 'a title', '--stack-size=900', '--treshold', 'app.js'],
      own,
    );
    expect(node).toEqual(['--no-warnings', '--title', 'a title', '--stack-size=900']);
    expect(left).toEqual(['--gc', '--treshold']);
    expect(program).toEqual(['app.js']);
  });
});

describe('needsNoProgram', () => {
  it('knows the options that stand for a program', () => {
    expect(needsNoProgram(['--no-warnings', '-e', 'code'])).toBe(true);
    expect(needsNoProgram(['--eval=code'])).toBe(true);
    expect(needsNoProgram(['--no-warnings'])).toBe(false);
  });
});

// Takes the command line of `abtrace run` apart: abtrace's own options, node's options, and the program with its arguments.
import { spawnSync } from 'node:child_process';

export interface RunCommandLine {
  /** For commander: abtrace's own options, and those that nobody knows, which it refuses. */
  own: string[];
  /** For node, before the program. */
  node: string[];
  /** The program and its arguments; empty if there is none. */
  program: string[];
}

/** What `run` needs to know of one of its options. */
export interface OwnOption {
  short?: string | undefined;
  long?: string | undefined;
  /** The next argument is its value. */
  required: boolean;
}

/** How node takes an option: alone, with the next argument as its value, or not at all. */
export type NodeOptionKind = 'alone' | 'with-value' | 'unknown';

/** Options of node with which it needs no program. */
const INSTEAD_OF_PROGRAM = new Set(['-e', '--eval', '-p', '--print', '-pe', '--test', '-i', '--interactive']);

/**
 * Splits the arguments after `run`. Options come first, in any order; the first argument that is none is the program,
 * and everything after it is the program's. After `--` everything is node's own command line, as it stands.
 *
 * @param ask how node takes an option that abtrace does not know
 */
export function splitRunArguments(
  args: readonly string[],
  options: readonly OwnOption[],
  ask: (option: string) => NodeOptionKind = askNode,
): RunCommandLine {
  const line: RunCommandLine = { own: [], node: [], program: [] };
  let at = 0;
  const move = (to: string[], count: number) => {
    to.push(...args.slice(at, at + count));
    at += count;
  };
  while (at < args.length) {
    const argument = args[at] ?? '';
    if (argument === '--') return { ...line, program: args.slice(at + 1) };
    if (!argument.startsWith('-') || argument === '-') return { ...line, program: args.slice(at) };
    const [name = '', value] = argument.split('=', 2);
    const own = options.find((option) => option.long === name || option.short === name);
    if (own) {
      move(line.own, own.required && value === undefined ? 2 : 1);
      continue;
    }
    const kind = ask(argument);
    move(kind === 'unknown' ? line.own : line.node, kind === 'with-value' ? 2 : 1);
  }
  return line;
}

/** Whether these options of node stand for a program, as `-e` does. */
export function needsNoProgram(nodeOptions: readonly string[]): boolean {
  return nodeOptions.some((option) => INSTEAD_OF_PROGRAM.has(option.split('=', 1)[0] ?? ''));
}

/** Node and V8 have hundreds of options, other ones in each version, and no list of which take a value. */
function askNode(option: string): NodeOptionKind {
  const answer = spawnSync(process.execPath, [option, '--version'], { encoding: 'utf8', input: '' });
  if (answer.status === 0) return 'alone';
  return /requires an argument|illegal value|--version: not found/.test(answer.stderr)
    ? 'with-value'
    : 'unknown';
}

// Every plain way of allocating is charged to the line that it stands in, to the byte.
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { programPath, runProgram } from './programs';

interface Result {
  /** Live bytes by line of the program; 0 stands for other owners. */
  lines: Record<string, number>;
  times: number;
  ways: string[];
  drops: Record<string, number>;
}

interface Way {
  name: string;
  line: number;
  bytes: number;
  exact: boolean;
}

/** The lines `ways.name = …; // = bytes` of the program. */
function waysOf(program: string): Way[] {
  return fs
    .readFileSync(programPath(program), 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const [, name, sign, bytes] = /ways\.(\w+) = .*\/\/ (>?=) (\d+)$/.exec(text) ?? [];
      return name === undefined ? [] : [{ name, line: index + 1, bytes: Number(bytes), exact: sign === '=' }];
    });
}

it('charges every way of allocating to its own line', async () => {
  const { lines, times, ways, drops } = await runProgram<Result>('fixtures/plain.cjs');
  const known = waysOf('fixtures/plain.cjs').filter(({ name }) => ways.includes(name));
  expect(known.map(({ name }) => name)).toEqual(ways);
  const charged = (line: number) => lines[line] ?? 0;
  const wrong = known.filter(({ line, bytes, exact }) =>
    exact ? charged(line) !== bytes * times : charged(line) < bytes * times,
  );
  expect(wrong.map(({ name, line, bytes }) => `${name}: ${charged(line)} of ${bytes * times}`)).toEqual([]);
  expect(lines[0] ?? 0).toBeLessThan(100_000);
  expect(drops).toEqual({});
});

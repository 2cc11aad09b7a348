// What the tests of causes share: programs whose lines are marked `// OWNER name`, and that end by reporting what they
// kept by name, and what was charged by line (programs/lib/charges.cjs).
import fs from 'node:fs';
import { expect } from 'vitest';
import { type ProgramOptions, programPath, runProgram } from './programs';

/** What Node reads into next stays alive, and belongs to whoever has read last. */
export const READ_BLOCK_BYTES = 65_536;

interface Reported {
  kept: Record<string, number>;
  /** Live bytes by line of the program; 0 stands for other owners. */
  lines: Record<string, number>;
  drops: Record<string, number>;
}

export interface Charges {
  /** By name: what the program keeps, and what was charged to the lines marked so; bytes. */
  names: Record<string, { kept: number; charged: number }>;
  /** Charged to lines that bear no name of `names`, or to nobody; bytes. */
  strayBytes: number;
  keptBytes: number;
}

/** Runs a program and sums up what was charged to its marked lines. */
export async function chargesOf(program: string, options: ProgramOptions): Promise<Charges> {
  const { kept, lines, drops } = await runProgram<Reported>(program, options);
  expect(drops).toEqual({});
  const marks = fs
    .readFileSync(programPath(program), 'utf8')
    .split('\n')
    .map((text) => /\/\/ OWNER (\w+)$/.exec(text)?.[1]);
  const names = Object.fromEntries(
    Object.entries(kept).map(([name, bytes]) => [name, { kept: bytes, charged: 0 }]),
  );
  let strayBytes = 0;
  for (const [line, bytes] of Object.entries(lines)) {
    const of = names[marks[Number(line) - 1] ?? ''];
    if (of === undefined) strayBytes += bytes;
    else of.charged += bytes;
  }
  const keptBytes = Object.values(kept).reduce((sum, bytes) => sum + bytes, 0);
  return { names, strayBytes, keptBytes };
}

/** The names that were charged too little for what they keep, as text. */
export function shortOf({ names }: Charges, tolerance = 0.01): string[] {
  return describe(names, (kept, charged) => charged < (1 - tolerance) * kept);
}

/** The names that were charged too much, a read block aside, as text. */
export function overOf({ names }: Charges, tolerance = 0.01): string[] {
  return describe(names, (kept, charged) => charged > (1 + tolerance) * kept + READ_BLOCK_BYTES);
}

function describe(names: Charges['names'], isWrong: (kept: number, charged: number) => boolean): string[] {
  return Object.entries(names)
    .filter(([, { kept, charged }]) => isWrong(kept, charged))
    .map(([name, { kept, charged }]) => `${name}: ${charged} of ${kept} bytes`);
}

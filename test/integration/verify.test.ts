// The stack cache never gives another stack than a fresh walk would, from code of every shape, under V8 flags that
// move, flush, optimise and deoptimise code; and the sum stays exact under them.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { oraclePath, runProgram, scaled } from './programs';
import { isStressed } from './support';

interface Result {
  allocations: number;
  mismatches: number;
  difference: number;
  remainderBytes: number;
  ownerless: number;
  drops: Record<string, number>;
}

const sound = { mismatches: 0, difference: 0, remainderBytes: 0, ownerless: 0 };
const seed = Number(process.env.ABTRACE_TEST_SEED ?? 7);

/**
 * Flags of V8, and how many allocations they leave time for. In release builds --stress-compaction collects fully and
 * moves everything with each megabyte; --gc-interval does nothing there.
 */
const flagSets: [flags: string, count: number][] = [
  ['--gc-interval=7 --stress-compaction', 4000],
  ['--stress-compaction --stress-marking=50', 4000],
  ['--stress-incremental-marking', 4000],
  ['--stress-scavenge=50', 4000],
  ['--stress-scavenge=5 --max-semi-space-size=1', 1000],
  ['--deopt-every-n-times=50', 1500],
  ['--always-osr', 4000],
  ['--always-sparkplug', 4000],
  ['--max-lazy', 4000],
  ['--jitless', 4000],
  ['--no-opt', 4000],
  ['--always-turbofan', 4000],
  ['--maglev', 4000],
  ['--stress-flush-code --flush-bytecode', 4000],
  ['--no-lazy-feedback-allocation', 4000],
  ['--interpreted-frames-native-stack', 4000],
  ['--minor-ms', 4000],
  ['--single-threaded', 4000],
];

const v8Options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });

/** Not every V8 knows every flag; and a matrix that sets its own is not mixed with these. */
const flagSetsHere = flagSets.filter(
  ([flags]) =>
    !isStressed &&
    flags.split(' ').every((flag) => v8Options.includes(`--${flag.replace(/^--(no-)?|=.*/g, '')} `)),
);

describe('the stack cache', () => {
  it.each([
    [1, 8000],
    [5, 8000],
    [32, 100_000],
    [200, 8000],
  ])('gives the stack of a fresh walk, %i frames deep', async (stackDepth, count) => {
    const args = [scaled(count, 300), stackDepth, seed];
    const env = { ABTRACE_TEST_ORACLE: await oraclePath() };
    const result = await runProgram<Result>('verify.cjs', { args, env });
    expect(result).toMatchObject(sound);
    expect(result.drops).not.toHaveProperty('table-full');
  });

  it.runIf(flagSetsHere.length > 0).each(flagSetsHere)('gives it under %s', async (flags, count) => {
    const args = [scaled(count), 32, seed];
    const env = { ABTRACE_TEST_ORACLE: await oraclePath() };
    expect(await runProgram<Result>('verify.cjs', { args, env, flags: flags.split(' ') })).toMatchObject(
      sound,
    );
  });
});

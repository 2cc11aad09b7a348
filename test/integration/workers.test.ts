// Worker threads: traced in whatever way they are started, unaware of it, and free to end at any moment.
import { describe, expect, it } from 'vitest';
import { programPath, runProgram, scaled } from './programs';

interface Kinds {
  results: Record<
    string,
    { self?: object; worker?: object; bytes?: number | null; refused?: string; failed?: string }
  >;
  errors: Record<string, string | null>;
  name: string;
  length: number;
}

/** What is charged to one function. */
interface Charged {
  liveBytes: number;
  liveCount: number;
  totalBytes: number;
}

interface Lifetimes {
  givers: Record<
    string,
    { held: Charged; dropped: Charged; heldThreadBytes: number; droppedThreadBytes: number; alive: boolean }
  >;
  taker: { held: Charged; dropped: Charged };
  unread: { held: Charged; dropped: Charged };
}

interface Newcomers {
  found: Record<'early' | 'late' | 'later', { keep: number; keepBody: number }>;
  remainderBytes: number;
}

interface Rounds {
  samples: { bytes: number; tableBytes: number }[];
  remainderBytes: number;
}

/** A program's own view of its workers: all but the bytes that only a traced run knows. */
function viewOf({ results, ...others }: Kinds): object {
  const views = Object.entries(results).map(([name, { bytes: _, ...view }]) => [name, view]);
  return { ...others, results: Object.fromEntries(views) };
}

const kept = { liveBytes: 200_000, liveCount: 20, totalBytes: 200_000 };
const gone = { liveBytes: 0, liveCount: 0, totalBytes: 200_000 };

describe('a worker', () => {
  it.each([
    [[]],
    [['--max-old-space-size=300', '--expose-gc']],
    [['--require', programPath('fixtures/preload.cjs'), '--title=workers', '--no-warnings']],
  ])('is traced and sees what it would see untraced, with node %j', async (flags) => {
    const plain = await runProgram<Kinds>('worker-kinds.cjs', { args: ['plain'], flags });
    const traced = await runProgram<Kinds>('worker-kinds.cjs', { args: ['traced'], flags });
    expect(viewOf(traced)).toEqual(viewOf(plain));
    for (const [name, { self, bytes }] of Object.entries(traced.results)) {
      // Three of them are nested. One that Node refuses to start allocates nothing.
      const expected = self === undefined ? undefined : name === 'nested' ? 3_000_000 : 1_000_000;
      expect([name, bytes]).toEqual([name, expected]);
    }
  });

  it('leaves its buffers to those who keep them, whichever way it ends', async () => {
    const { givers, taker, unread } = await runProgram<Lifetimes>('worker-lifetimes.cjs');
    expect(Object.keys(givers)).toEqual(['exit', 'natural', 'terminate', 'throws']);
    for (const giver of Object.values(givers)) {
      expect(giver).toEqual({
        held: kept,
        dropped: gone,
        heldThreadBytes: 207_000,
        droppedThreadBytes: 0,
        alive: false,
        remainderBytes: 0,
      });
    }
    expect(taker).toEqual({ held: kept, dropped: gone });
    expect(unread).toEqual({ held: kept, dropped: gone });
  });

  it('may be the only one to load the addon', async () => {
    const result = await runProgram('worker-only.cjs', { args: [scaled(40, 8)] });
    expect(result).toMatchObject({
      remainders: 0,
      wrong: 0,
      wasTracing: true,
      liveBytes: 100_000,
      remainderBytes: 0,
      differenceBytes: 0,
    });
  });
});

describe('a worker that the constructor of the tracer did not make', () => {
  // Linux: elsewhere there is no way yet to notice it.
  it.runIf(process.platform === 'linux')('joins when it allocates, and may end at any moment', async () => {
    const { found, remainderBytes } = await runProgram<Newcomers>('worker-newcomers.cjs', {
      args: [scaled(40, 12)],
    });
    expect(remainderBytes).toBe(0);
    for (const name of ['early', 'late', 'later'] as const) {
      expect(found[name].keep, name).toBeGreaterThanOrEqual(2_000_000);
      expect(found[name].keepBody, name).toBeGreaterThanOrEqual(1_000_000);
    }
  });
});

describe('the tracer', () => {
  it('starts and stops hundreds of times while workers allocate', async () => {
    const result = await runProgram('worker-restarts.cjs', { args: [scaled(200, 40)] });
    expect(result).toEqual({ wrong: [], remainderBytes: 0 });
  });

  it.each([1, 2, 3])(
    'survives workers that come and go at random, starts and stops between them (seed %i)',
    async (seed) => {
      const result = await runProgram('worker-chaos.cjs', { args: [seed, scaled(150, 30)] });
      expect(result).toMatchObject({ sums: [], remainderBytes: 0, differenceBytes: 0, deadBytes: 0 });
    },
  );

  it('survives threads that are terminated in the middle of its own functions', async () => {
    expect(await runProgram('worker-terminated.cjs', { args: [scaled(60, 10)] })).toEqual({
      remainderBytes: 0,
    });
  });

  it('does not grow with the number of workers that have lived', async () => {
    const rounds = scaled(500, 20);
    const { samples, remainderBytes } = await runProgram<Rounds>('worker-rounds.cjs', {
      args: [rounds, 'traced'],
    });
    const [middle, last] = [samples[Math.floor(samples.length / 2) - 1], samples.at(-1)];
    const growth = (field: 'bytes' | 'tableBytes') =>
      ((last?.[field] ?? 0) - (middle?.[field] ?? 0)) / (rounds / 2);
    // Node itself grows by some 15,000 bytes a round, as its C library spreads out.
    if (rounds >= 500) expect(growth('bytes')).toBeLessThan(40_000);
    // Over few rounds, one table that grows to its next size is all that there is.
    expect(growth('tableBytes')).toBeLessThan(rounds >= 500 ? 2000 : 10_000);
    expect(remainderBytes).toBe(0);
  });
});

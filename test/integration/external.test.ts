// Memory that native addons bring along: by an addon of our own that uses every spelling and counts what it frees.
import { describe, expect, it } from 'vitest';
import { bringerPath, runProgram, scaled } from './programs';

/** Workers that come and go: a few, unless ABTRACE_TEST_WORKER_ROUNDS asks for more, as CI does. */
const workerRounds = Number(process.env.ABTRACE_TEST_WORKER_ROUNDS ?? scaled(30, 4));

describe('memory that an addon brings along', () => {
  for (const guarded of [false, true]) {
    for (const when of ['before', 'after']) {
      const build = guarded ? 'bound at once and made read-only' : 'bound lazily';
      it(`is recorded in every spelling by an addon ${build}, loaded ${when} the start`, async () => {
        const env = { ABTRACE_TEST_BRINGER: await bringerPath(guarded) };
        const result = await runProgram('external-spellings.cjs', { args: [when], env });
        expect(result).toEqual({ wrong: [], links: true, unfreed: 0, wronglyFreed: 0 });
      });
    }
  }

  it('is all gone in the end when four threads bring it along', async () => {
    const count = scaled(100_000, 800);
    const env = { ABTRACE_TEST_BRINGER: await bringerPath() };
    expect(await runProgram('external-threads.cjs', { args: [count], env })).toEqual({
      codes: [0, 0, 0],
      made: count,
      unfreed: 0,
      wronglyFreed: 0,
      live: { bytes: 0, count: 0 },
      recorded: count,
      threads: 4,
      remainderBytes: 0,
      drops: {},
    });
  });

  it('is freed as it would be when its session, its thread or its addon is gone', async () => {
    const env = { ABTRACE_TEST_BRINGER: await bringerPath() };
    const rounds = workerRounds;
    expect(await runProgram('external-lifetimes.cjs', { args: [rounds], env })).toEqual({
      sessions: { first: 0, second: 0, third: 0 },
      codes: [0, 1],
      live: { bytes: 0, count: 0 },
      unfreed: 0,
      wrong: 0,
      recorded: rounds * 5,
    });
    const unloaded = scaled(60, 4);
    expect(await runProgram('external-unloaded.cjs', { args: [unloaded], env })).toEqual({
      live: { bytes: 0, count: 0 },
      recorded: 5,
      addons: ['bringer'],
    });
  });

  it('is freed as it would be while tracing starts and stops and other threads bring more', async () => {
    const env = { ABTRACE_TEST_BRINGER: await bringerPath() };
    const starts = scaled(150, 10);
    expect(await runProgram('external-restarts.cjs', { args: [starts], env })).toEqual({
      codes: [0, 0],
      recorded: starts,
      many: true,
      unfreed: 0,
      wrong: 0,
    });
  });

  it('is handed over and refused as it would be untraced', async () => {
    const env = { ABTRACE_TEST_BRINGER: await bringerPath() };
    expect(await runProgram('external-odd.cjs', { env })).toMatchObject({
      same: true,
      wrong: 0,
      afterRefused: { recorded: 0, live: { bytes: 0, count: 0 } },
      three: { bytes: 300_000, count: 3, sum: 300_999 },
      isGone: true,
      lengths: [5 * 2 ** 30, 100_000, 5000],
      overlapping: 0,
      isChainGone: true,
      later: { bytes: 50_000, via: 'cause', owner: 'main' },
      onThread: { bytes: 60_000, stack: null, addon: true },
      connected: { bytes: 70_000, via: 'cause', owner: 'connect' },
      adjusted: [5000, 5700, 0],
      declared: [
        { addon: true, owner: true, increasedBytes: 5000, decreasedBytes: 0, calls: 1 },
        { addon: true, owner: true, increasedBytes: 700, decreasedBytes: 0, calls: 1 },
        { addon: true, owner: false, increasedBytes: 0, decreasedBytes: 5700, calls: 1 },
      ],
    });
  });

  it('leaves the results of sharp as they are untraced', async () => {
    const [plain, traced] = await Promise.all(
      [false, true].map((isTraced) => runProgram('sharp-operations.cjs', { args: [isTraced] })),
    );
    expect(Object.keys(plain as object)).toHaveLength(13);
    expect(traced).toEqual(plain);
  });
});

// The tracer's sum against Node's own, to the byte, after random operations of every kind on the main thread and in
// workers; and its events against those that an addon counts below it. A failing run is repeated by its seed.
import { describe, expect, it } from 'vitest';
import { oraclePath, runProgram, scaled } from './programs';

/** Bytes as they stood at one moment, after a full collection. */
interface Check {
  nodeBytes: number;
  tracedBytes: number;
  coverageBytes: number;
  remainderBytes: number;
  siteBytes: number;
  negative: number;
}

/** By how much the tracer's count of events differs from the oracle's. */
interface Events {
  events: number;
  allocations: number;
  allocatedBytes: number;
  freedBytes: number;
}

interface Result {
  checks: Check[];
  events: Events | null;
  drops: Record<string, number>;
}

interface WorkersResult {
  events: Events;
  differences: number[];
  remainderBytes: number;
  lastRemainderBytes: number;
  deadBytes: number[];
  drops: Record<string, number>;
}

const seed = Number(process.env.ABTRACE_TEST_SEED ?? 20_240_607);
const workers = 3;

function expectExact({ checks, drops }: Result): void {
  for (const check of checks) {
    expect(check.tracedBytes).toBe(check.nodeBytes);
    expect(check).toMatchObject({ coverageBytes: 0, remainderBytes: 0, siteBytes: 0, negative: 0 });
  }
  expectNothingMissed(drops);
}

/** Drops that mean that something was not counted, or not where it belongs. */
function expectNothingMissed(drops: Record<string, number>): void {
  expect(drops).not.toHaveProperty('no-memory');
  expect(drops).not.toHaveProperty('missed-free');
  expect(drops).not.toHaveProperty('table-full');
}

const same = { allocations: 0, allocatedBytes: 0, freedBytes: 0 };

describe('the bytes of the tracer and of Node', () => {
  it('are equal after random operations on the main thread', async () => {
    expectExact(await runProgram('exact-main.cjs', { args: [seed, scaled(300_000, 1000), 0] }));
  });

  it('are equal when what is below the threshold is only counted', async () => {
    expectExact(await runProgram('exact-main.cjs', { args: [seed + 1, scaled(100_000, 500), 1000] }));
  });

  it('are equal thread by thread when workers pass buffers on', async () => {
    const env = { ABTRACE_TEST_ORACLE: await oraclePath() };
    const args = [seed, scaled(150_000, 500), workers];
    const result = await runProgram<WorkersResult>('exact-workers.cjs', { args, env });
    expect(result.differences).toEqual(Array(workers + 1).fill(0));
    expect(result).toMatchObject({ remainderBytes: 0, lastRemainderBytes: 0 });
    expect(result.deadBytes).toEqual(Array(workers).fill(0));
    expect(result.events).toMatchObject(same);
    expectNothingMissed(result.drops);
  });

  it('are equal when threads without JavaScript take blocks and give them back', async () => {
    const env = { ABTRACE_TEST_ORACLE: await oraclePath() };
    const result = await runProgram('exact-threads.cjs', { env, args: [scaled(20, 2)] });
    expect(result).toEqual({ wrong: [], reasons: ['other-thread'] });
  });

  it('are equal while files, sockets, streams and requests come and go', async () => {
    expectExact(await runProgram('exact-async.cjs', { args: [scaled(15, 1)] }));
  });
});

describe('the events of the tracer', () => {
  it('are those that are counted below it', async () => {
    const env = { ABTRACE_TEST_ORACLE: await oraclePath() };
    const result = await runProgram<Result>('exact-main.cjs', {
      args: [seed + 2, scaled(100_000, 500), 0],
      env,
    });
    expectExact(result);
    expect(result.events).toMatchObject(same);
    expect(result.events?.events).toBeGreaterThan(scaled(100_000, 500) / 2);
  });
});

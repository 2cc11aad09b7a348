// The assertion for tests, as a test of vitest uses it; and the example for node:test, run as it stands.
import { AssertionError } from 'node:assert';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type * as Abtrace from '../../lib/index';
import { packageFolder, packageStub, runNode, runSource } from './support';

const { assertNoGrowth, GrowthError, isTracing } = require(packageFolder) as typeof Abtrace;

const kept: unknown[] = [];

/** Keeps 50 KB for good each time. */
async function leakLater(): Promise<void> {
  await Promise.resolve();
  kept.push(new ArrayBuffer(50_000));
}

async function thrown(work: Promise<void>): Promise<InstanceType<typeof GrowthError>> {
  try {
    await work;
  } catch (error) {
    return error as InstanceType<typeof GrowthError>;
  }
  throw new Error('nothing was thrown');
}

describe('assertNoGrowth', () => {
  it('passes if nothing is kept', async () => {
    await assertNoGrowth(() => new ArrayBuffer(1_000_000), { maxBytes: 50_000 });
    await assertNoGrowth(async () => structuredClone(new Uint8Array(1_000_000)), {
      maxBytes: 50_000,
      runs: 3,
    });
    expect(isTracing()).toBe(false);
  });

  it('fails with the line that owns what is kept, and how much it is', async () => {
    const error = await thrown(assertNoGrowth(leakLater, { maxBytes: 10_000, runs: 20 }));
    expect(error).toBeInstanceOf(GrowthError);
    expect(error).toBeInstanceOf(AssertionError);
    expect(error).toMatchObject({ code: 'ERR_ASSERTION', maxBytes: 10_000, runs: 20 });
    expect(error.bytes).toBeGreaterThanOrEqual(1_000_000);
    expect(error.growth[0]).toMatchObject({ bytes: 1_000_000, count: 20 });
    expect(error.growth[0]?.owner).toMatchObject({ function: 'leakLater', via: 'stack' });
    expect(error.message).toMatch(
      /grew by 1,0\d\d,\d{3} B over 20 runs, more than 10,000 B\n +1,000,000 B in 20 buffers: leakLater /,
    );
    // Where the path starts, and what it knows by name, is a matter of how the runner wraps this file.
    expect(error.growth[0]?.heldBy).toMatch(/Array\[\] → ArrayBuffer$/);
    expect(error.message).toContain(`held by ${error.growth[0]?.heldBy}`);
    expect(isTracing()).toBe(false);
  });

  it('sees what grows past the allocator', async () => {
    // The types of Node alone do not name it.
    const { WebAssembly: wasm } = globalThis as unknown as {
      WebAssembly: { Memory: new (limits: object) => { grow(pages: number): number } };
    };
    const memory = new wasm.Memory({ initial: 1, maximum: 1000 });
    const error = await thrown(assertNoGrowth(() => memory.grow(1), { maxBytes: 100_000, runs: 10 }));
    expect(error.bytes).toBeGreaterThanOrEqual(10 * 65_536);
  });

  it('hands on what the work throws, and stops tracing', async () => {
    await expect(assertNoGrowth(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(
      assertNoGrowth(() => {
        throw new Error('broken at once');
      }),
    ).rejects.toThrow('broken at once');
    expect(isTracing()).toBe(false);
  });

  it('refuses wrong arguments by name, rule and value', async () => {
    const wrong: [unknown[], string][] = [
      [[], 'assertNoGrowth needs a function to run, got undefined'],
      [[() => 1, 5], 'options must be an object, got 5'],
      [[() => 1, { most: 1 }], 'unknown option "most"; the options are maxBytes, runs'],
      [[() => 1, { maxBytes: '1MB' }], 'maxBytes must be a number, got "1MB"'],
      [[() => 1, { maxBytes: -1 }], 'maxBytes must be a whole number, 0 or more, got -1'],
      [[() => 1, { runs: 0 }], 'runs must be a whole number, 1 or more, got 0'],
    ];
    for (const [args, message] of wrong)
      await expect(assertNoGrowth(...(args as [() => unknown]))).rejects.toThrow(message);
  });

  it('leaves a process that is traced already as it is, and several at once alone', async () => {
    const result = await runSource(`
      const abtrace = require('abtrace');
      async function main() {
        abtrace.start({ thresholdBytes: 4096 });
        await abtrace.assertNoGrowth(() => new ArrayBuffer(10_000));
        const still = abtrace.isTracing();
        abtrace.stop();
        await Promise.all([1, 2, 3].map((runs) => abtrace.assertNoGrowth(async () => new ArrayBuffer(10_000), { runs })));
        console.log(JSON.stringify([still, abtrace.isTracing()]));
      }
      main();
    `);
    expect(result).toEqual([true, false]);
  });

  it('works in a test of node:test', async () => {
    const example = path.join(__dirname, 'examples', 'no-growth.node-test.cjs');
    const env = { NODE_PATH: path.join(packageStub(), 'node_modules') };
    const { code, stdout } = await runNode(['--test', example], { env });
    expect(stdout).toMatch(
      /1,000,000 B in 20 buffers: openSession .*no-growth\.node-test\.cjs:10:\d+ \(via stack\)\n#? +held by sessions Map → entry Buffer/,
    );
    expect(code).toBe(0);
  });
});

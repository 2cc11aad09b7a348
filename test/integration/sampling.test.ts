// Sampling below the threshold: estimates against what is known to be there. The sampler's seeds are fixed, and the
// bounds are five standard errors, which chance passes once in millions of runs.
import { describe, expect, it } from 'vitest';
import type { Dump } from '../../lib/dump/format';
import { isStressed, runSource } from './support';

/** What was there before the start and is freed after it comes off the sum. */
const freedBytes = 10_000;
const rounds = isStressed ? 3000 : 40_000;

/** Keeps small blocks by one function, drops as many made by another, and prints a dump and the bytes kept. */
const program = (options: object) => `
  const abtrace = require('abtrace');
  abtrace.start(${JSON.stringify(options)});
  globalThis.kept = [];
  let keptBytes = 0;
  function keep(bytes) { keptBytes += bytes; kept.push(new Uint8Array(bytes)); }
  function drop(bytes) { return new Uint8Array(bytes).length; }
  for (let i = 0; i < ${rounds}; i++) { keep(80 + i % 176); drop(80 + i % 176); }
  const dump = abtrace.dump({ gc: true });
  const count = kept.length;
  kept.length = 0;
  console.log(JSON.stringify({ dump, keptBytes, count, freed: abtrace.dump({ gc: true }) }));`;

interface Result {
  dump: Dump;
  freed: Dump;
  keptBytes: number;
  count: number;
}

const run = async (options: object) => (await runSource(program(options))) as Result;
const siteOf = ({ sites }: Dump, name: string) =>
  sites.find(({ owner, sampled }) => sampled && owner?.function === name);

describe('sampling below the threshold', () => {
  it('estimates the bytes and counts of each owner, and by how much it may be off', async () => {
    const { dump, keptBytes, count } = await run({ sampleBytes: 2048 });
    const site = siteOf(dump, 'keep');
    const { estimate } = site ?? {};
    expect(site?.owner?.via).toBe('stack');
    expect(estimate?.liveBytesError).toBeLessThan(keptBytes * 0.1);
    expect(Math.abs((site?.liveBytes ?? 0) - keptBytes)).toBeLessThan(5 * (estimate?.liveBytesError ?? 0));
    expect(Math.abs((site?.liveCount ?? 0) - count)).toBeLessThan(5 * (estimate?.liveCountError ?? 0));
    const dropped = siteOf(dump, 'drop');
    const droppedError = dropped?.estimate?.totalBytesError ?? 0;
    expect(Math.abs((dropped?.totalBytes ?? 0) - keptBytes)).toBeLessThan(5 * droppedError);
  });

  it('sees a leak of many small buffers by default, and puts the estimate beside the truth', async () => {
    const { dump, keptBytes } = await run({});
    const [top] = dump.sites;
    expect(top).toMatchObject({ sampled: true, owner: { function: 'keep' } });
    const { coverage } = dump;
    expect(coverage.attributedBytes).toBeLessThan(keptBytes / 10);
    expect(coverage.belowThresholdBytes).toBeGreaterThan(keptBytes - freedBytes);
    expect(coverage.remainderBytes).toBe(0);
    const estimate = coverage.belowThresholdEstimateBytes ?? 0;
    const off = Math.abs(estimate - coverage.belowThresholdBytes);
    expect(off).toBeLessThan(
      5 * (coverage.belowThresholdErrorBytes ?? 0) + coverage.belowThresholdBytes / 20,
    );
  });

  it('takes off what is freed, to the last byte', async () => {
    const { freed } = await run({ sampleBytes: 256 });
    const site = siteOf(freed, 'keep');
    expect(site).toMatchObject({ liveBytes: 0, liveCount: 0, oldestMs: null });
    expect(site?.estimate).toMatchObject({ liveSamples: 0, liveBytesError: 0, liveCountError: 0 });
    expect(site?.totalBytes).toBeGreaterThan(0);
  });

  it('never mixes estimates into what is exact', async () => {
    const { dump } = await run({ thresholdBytes: 150, sampleBytes: 512 });
    const exact = dump.sites.filter(({ sampled }) => !sampled);
    expect(exact.reduce((sum, { liveBytes }) => sum + liveBytes, 0)).toBe(dump.coverage.attributedBytes);
    const kept = dump.sites.filter(({ owner }) => owner?.function === 'keep');
    expect(kept.map(({ sampled }) => sampled).sort()).toEqual([false, true]);
    const exactCount = exact.find(({ owner }) => owner?.function === 'keep')?.liveCount;
    let expected = 0;
    for (let i = 0; i < rounds; i += 1) if (80 + (i % 176) >= 150) expected += 1;
    expect(exactCount).toBe(expected);
  });

  it('takes nothing when it is off', async () => {
    const { dump, keptBytes } = await run({ sampleBytes: 0 });
    expect(dump.sites.filter(({ sampled }) => sampled)).toEqual([]);
    expect(dump.coverage).not.toHaveProperty('belowThresholdEstimateBytes');
    expect(dump.coverage.belowThresholdBytes).toBeGreaterThan(keptBytes - freedBytes);
  });

  it('follows causes as exact sites do', async () => {
    const source = `
      const abtrace = require('abtrace');
      abtrace.start({ thresholdBytes: 1e9, sampleBytes: 4096 });
      const kept = globalThis.kept = [];
      async function remember() { kept.push(await new Response('x'.repeat(600)).arrayBuffer()); }
      async function main() {
        for (let i = 0; i < 300; i++) await remember();
        console.log(JSON.stringify(abtrace.dump({ gc: true })));
      }
      main();`;
    const dump = (await runSource(source)) as Dump;
    const caused = dump.sites.filter(({ owner }) => owner?.function === 'remember' && owner.via === 'cause');
    expect(caused.some(({ sampled, liveBytes }) => sampled && liveBytes > 0)).toBe(true);
    expect(dump.coverage.attributedBytes).toBe(0);
  });

  it('samples in workers, each with dice of its own', async () => {
    const source = `
      const threads = require('node:worker_threads');
      if (threads.isMainThread) {
        const abtrace = require('abtrace');
        abtrace.start({ sampleBytes: 1024 });
        const workers = [1, 2].map(() => new threads.Worker(__filename));
        Promise.all(workers.map((worker) => new Promise((done) => worker.once('message', done)))).then(() => {
          console.log(JSON.stringify(abtrace.dump()));
          process.exit();
        });
      } else {
        globalThis.kept = [];
        function keep() { kept.push(new Uint8Array(100)); }
        for (let i = 0; i < ${isStressed ? 500 : 5000}; i++) keep();
        threads.parentPort.postMessage('done');
        setInterval(() => kept, 1000);
      }`;
    const dump = (await runSource(source)) as Dump;
    const sites = dump.sites.filter(({ owner, sampled }) => sampled && owner?.function === 'keep');
    expect(sites.map(({ thread }) => thread).sort()).toEqual([1, 2]);
    const bytes = (isStressed ? 500 : 5000) * 100;
    for (const { liveBytes, estimate } of sites) {
      expect(Math.abs(liveBytes - bytes)).toBeLessThan(5 * (estimate?.liveBytesError ?? 0));
    }
    expect(sites[0]?.liveBytes).not.toBe(sites[1]?.liveBytes);
  });
});

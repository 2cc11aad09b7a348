// The age histogram of each site: every live allocation once, in the bucket that its age says.
import { expect, it } from 'vitest';
import type { Site } from '../../lib/dump/format';
import { runSource } from './support';

it('counts each live allocation of a site in the bucket of its age', async () => {
  const { sites, betweenMs } = (await runSource(`
    const abtrace = require('abtrace');
    const { setTimeout: delay } = require('node:timers/promises');
    const kept = [];
    function keep(count) { for (let i = 0; i < count; i += 1) kept.push(new ArrayBuffer(10_000)); }
    async function main() {
      abtrace.start();
      keep(7);
      const startMs = performance.now();
      await delay(300);
      const betweenMs = performance.now() - startMs;
      keep(5);
      console.log(JSON.stringify({ sites: abtrace.dump().sites, betweenMs }));
    }
    main();
  `)) as { sites: Site[]; betweenMs: number };
  const own = sites.filter(({ owner }) => owner?.function === 'keep');
  // One site for each of the two calls; bucket 9 begins at 256 ms.
  const [old, young] = own.map(({ ages = [] }) => ages).sort((a, b) => b.length - a.length);
  expect(old?.at(-1)).toBe(7);
  expect(old?.length).toBeGreaterThanOrEqual(Math.floor(Math.log2(betweenMs)) + 2);
  expect(young?.reduce((sum, count) => sum + count, 0)).toBe(5);
  for (const { ages: counts = [], liveCount, oldestMs } of sites) {
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(liveCount);
    if (oldestMs !== null)
      expect(counts).toHaveLength(Math.floor(oldestMs) === 0 ? 1 : Math.floor(Math.log2(oldestMs)) + 2);
  }
});

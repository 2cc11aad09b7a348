// Work that goes on asynchronously, in any way that Node knows, is charged to the line that started it.
import { expect, it } from 'vitest';
import { chargesOf, READ_BLOCK_BYTES, shortOf } from './causes-charges';
import { isStressed } from './support';

it('charges what follows from each way of going on asynchronously to the line that started it', async () => {
  const args = isStressed ? [1, 2000, 50] : [5, 1_000_000, 2000];
  const charges = await chargesOf('fixtures/hops.cjs', { args });
  // Some lines get more than what they keep: zlib keeps pieces for a while. What one has got of another, the other lacks.
  expect(shortOf(charges)).toEqual([]);
  expect(charges.strayBytes).toBeLessThan(0.01 * charges.keptBytes + READ_BLOCK_BYTES);
});

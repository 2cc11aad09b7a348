// What breaks off halfway: aborted fetches, destroyed streams, losers of a race, abandoned generators, dying workers.
import { expect, it } from 'vitest';
import { chargesOf, overOf, READ_BLOCK_BYTES, shortOf } from './causes-charges';
import { isStressed } from './support';

it('charges nobody else with what is kept while all around it breaks off', async () => {
  const charges = await chargesOf('fixtures/breaking-off.cjs', { args: [isStressed ? 3 : 30] });
  expect(shortOf(charges)).toEqual([]);
  // A few rounds: the blocks that were being read into when it broke off weigh more.
  expect(overOf(charges, isStressed ? 0.1 : 0.01)).toEqual([]);
  expect(charges.strayBytes).toBeLessThan(0.01 * charges.keptBytes + 4 * READ_BLOCK_BYTES);
});

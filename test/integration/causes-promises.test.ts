// However many promises have lived, the tracer takes no more memory for them. ABTRACE_TEST_PROMISES says how many there
// are; CI makes ten million.
import { expect, it } from 'vitest';
import { runProgram, scaled } from './programs';

interface Sample {
  tableBytes: number;
  rssBytes: number;
}

const promises = Number(process.env.ABTRACE_TEST_PROMISES ?? scaled(1_000_000, 20_000));

it(`takes no memory for ${promises} promises that have lived`, async () => {
  const samples = await runProgram<Sample[]>('promises.cjs', { args: [promises, 10] });
  expect(samples).toHaveLength(10);
  const growth = (of: keyof Sample) => (samples.at(-1)?.[of] ?? 0) - (samples[0]?.[of] ?? 0);
  // A number of four bytes for each would be 3.6 MB per million.
  expect(growth('tableBytes')).toBeLessThan(64_000);
  expect(growth('rssBytes')).toBeLessThan(32_000_000);
});

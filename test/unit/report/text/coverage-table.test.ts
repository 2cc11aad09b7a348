import pc from 'picocolors';
import { expect, it } from 'vitest';
import { coverageLines } from '../../../../lib/report/text/coverage-table';
import { widthOf } from '../../../../lib/report/text/safe-text';
import { renderTop } from '../../../../lib/report/text/top-table';
import { buildStory } from '../../dump/dump-builder';

const story = () =>
  buildStory(1, {
    memory: { externalBytes: 3_390_000_000 },
    coverage: {
      collectedBytes: 0,
      external: {
        thread: 0,
        sharedBytes: 1_000_000,
        resizableBytes: 42_000_000,
        wasmBytes: 0,
        stringsBytes: null,
        atStartBytes: 1_700_000,
      },
    },
  });

it.each([60, 100])('looks as it should at a width of %d', async (width) => {
  const text = renderTop(story(), { width, coverage: true });
  await expect(`${text}\n`).toMatchFileSnapshot(`../../../golden/text/coverage-${width}.txt`);
});

it('is never wider than the terminal', () => {
  for (const width of [60, 72, 80, 120]) {
    for (const line of coverageLines(story(), width, pc.createColors(false)))
      expect(widthOf(line)).toBeLessThanOrEqual(width);
  }
});

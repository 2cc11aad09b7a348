import { describe, expect, it } from 'vitest';
import { coverageParts } from '../../../../lib/report/html/coverage-parts';
import { buildStory } from '../../dump/dump-builder';

const story = buildStory();
const wholeBytes = story.coverage.arrayBuffersBytes + 12;
const withRest = {
  ...story,
  coverage: { ...story.coverage, arrayBuffersBytes: wholeBytes, remainderBytes: 12 },
};

describe('the parts of a coverage', () => {
  it('add up to the whole, what nothing explains last', () => {
    const [table] = coverageParts(withRest);
    const parts = table?.parts ?? [];
    expect(table).toMatchObject({ name: 'arrayBuffers', wholeBytes });
    expect(parts.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)).toBe(wholeBytes);
    expect(parts.map(({ label }) => label)).toEqual([
      'attributed by stack',
      'attributed by cause',
      'attributed to a dependency',
      'recorded, without an owner',
      'below the threshold (256 B)',
      'allocated before the start',
      "abtrace's own",
      'unexplained',
    ]);
    expect(parts.filter(({ isRest }) => isRest)).toHaveLength(1);
  });

  it('are nothing twice: what samples make of small buffers is a note', () => {
    const coverage = {
      ...story.coverage,
      belowThresholdEstimateBytes: 1_000_000,
      belowThresholdErrorBytes: 5,
    };
    const below = coverageParts({ ...story, coverage })[0]?.parts.find(({ label }) =>
      label.startsWith('below'),
    );
    expect(below).toMatchObject({ bytes: 1_100_000, note: 'samples attribute 1.00 MB ± 5 B of it' });
  });

  it('say of external too what it leaves out', () => {
    const external = {
      thread: 0,
      sharedBytes: 7,
      resizableBytes: 0,
      wasmBytes: 0,
      stringsBytes: null,
      atStartBytes: 4_000_000,
    };
    const tables = coverageParts({ ...story, coverage: { ...story.coverage, external } });
    expect(tables.map(({ name }) => name)).toEqual(['arrayBuffers', 'external']);
    expect(tables[1]?.parts).toContainEqual({
      label: 'of these shared, which external leaves out',
      bytes: -7,
      note: '',
      isRest: false,
    });
  });
});

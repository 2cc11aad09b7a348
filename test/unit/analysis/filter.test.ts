import { describe, expect, it } from 'vitest';
import { withLabel } from '../../../lib/analysis/filter';
import { buildDump } from '../dump/dump-builder';

const dump = buildDump({
  sites: [
    { liveBytes: 4, label: { label: 'tool:fetch' } },
    { liveBytes: 3, label: { tool: 'fetch', user: '7' } },
    { liveBytes: 2, label: { tool: 'zip' } },
    { liveBytes: 1 },
  ],
});
const bytesUnder = (label: string) => withLabel(dump, label).sites.map(({ liveBytes }) => liveBytes);

describe('keeping the sites under a label', () => {
  it.each([
    ['tool:fetch', [4]],
    ['label=tool:fetch', [4]],
    ['tool=fetch', [3]],
    ['tool', [3, 2]],
    ['tool=fetch, user=7', [3]],
    ['user=7', [3]],
    ['fetch', []],
    ['toString', []],
  ])('%s keeps %j', (label, expected) => {
    expect(bytesUnder(label)).toEqual(expected);
  });

  it('keeps the rest of the dump', () => {
    expect(withLabel(dump, 'tool').coverage.attributedBytes).toBe(10);
  });
});

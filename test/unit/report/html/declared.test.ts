import { describe, expect, it } from 'vitest';
import type { Dump } from '../../../../lib/dump/format';
import { summarizeDeclared } from '../../../../lib/report/html/declared';
import { buildDump } from '../../dump/dump-builder';

type Declared = NonNullable<Dump['declared']>[number];
const row = (more: Partial<Declared>): Declared => ({
  addon: 'sharp',
  thread: 0,
  stack: null,
  cause: null,
  label: null,
  owner: null,
  increasedBytes: 0,
  decreasedBytes: 0,
  calls: 1,
  ...more,
});

describe('what native addons declare', () => {
  it('is summed up by addon, what was given back taken away, with the place that declared most', () => {
    const owner = buildDump({ sites: [{ stack: ['user resize /srv/app/a.js:3:1'], liveBytes: 1 }] }).sites[0]
      ?.owner;
    const declared = [
      row({ increasedBytes: 70, owner: owner ?? null }),
      row({ increasedBytes: 30 }),
      row({ decreasedBytes: 40 }),
      row({ addon: null, increasedBytes: 80 }),
    ];
    expect(summarizeDeclared({ ...buildDump(), declared })).toEqual([
      { addon: 'unknown addon', heldBytes: 80, increasedBytes: 80, calls: 1, place: '' },
      { addon: 'sharp', heldBytes: 60, increasedBytes: 100, calls: 3, place: 'resize a.js:3' },
    ]);
  });

  it('is nothing where the dump does not say', () => {
    expect(summarizeDeclared(buildDump())).toEqual([]);
  });
});

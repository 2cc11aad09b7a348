import { describe, expect, it } from 'vitest';
import { declaredByAddon } from '../../../lib/analysis/declared';
import type { Declared } from '../../../lib/dump/format';
import { buildDump } from '../dump/dump-builder';

const nothing = {
  thread: 0,
  stack: null,
  cause: null,
  label: null,
  owner: null,
  decreasedBytes: 0,
  calls: 1,
};

describe('what native addons declare', () => {
  it('is summed up by addon, with the owner that declared most of it', () => {
    const [site] = buildDump({ sites: [{ stack: ['user open /srv/app/a.js:3:1'], liveBytes: 1 }] }).sites;
    const owner = site?.owner ?? null;
    const declared: Declared[] = [
      { ...nothing, addon: 'sqlite', increasedBytes: 10 },
      { ...nothing, addon: 'sqlite', increasedBytes: 70, owner },
      { ...nothing, addon: 'sqlite', increasedBytes: 0, decreasedBytes: 100 },
      { ...nothing, addon: null, increasedBytes: 5 },
    ];
    expect(declaredByAddon({ declared })).toEqual([
      { addon: null, heldBytes: 5, increasedBytes: 5, decreasedBytes: 0, calls: 1, owner: null },
      { addon: 'sqlite', heldBytes: -20, increasedBytes: 80, decreasedBytes: 100, calls: 3, owner },
    ]);
  });

  it('is nothing where a dump does not say', () => {
    expect(declaredByAddon({})).toEqual([]);
  });
});

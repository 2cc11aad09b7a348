import { describe, expect, it } from 'vitest';
import { stepName } from '../../../../../lib/report/html/page/items';
import { functionOf } from '../../../../../lib/report/html/page/names';
import { createSearch } from '../../../../../lib/report/html/page/search';
import { buildTables } from '../../../../../lib/report/html/tables';
import { storyAt } from '../sample-dumps';

const tables = buildTables([storyAt(34)]);
const search = createSearch(tables);
const ownersOf = (query: string) => {
  const matches = search(query);
  return tables.sites.owner.flatMap((owner, site) =>
    matches?.sites[site] === 1 ? [owner < 0 ? 'none' : functionOf(tables, owner)] : [],
  );
};

describe('a search', () => {
  it.each([
    ['streamturn', ['streamTurn', 'streamTurn']],
    ['session.ts:12', ['streamTurn', 'streamTurn']],
    ['session.ts:13', []],
    ['fetch-avatar', ['fetchAvatar']],
    ['@acme/client', ['streamTurn']],
    ['avatars', ['fetchAvatar']],
    ['busy-pool grow', ['grow']],
    ['busy-pool streamturn', []],
    ['#entries', ['Cache.put']],
    ['(.*', []],
  ])('for %j finds sites by code, package, label and holder', (query, owners) => {
    expect(ownersOf(query)).toEqual(owners);
  });

  it('for nothing means everything', () => {
    expect(search('  ')).toBeNull();
  });

  it('lights up the frames that have a word', () => {
    const { frames, siteCount } = search('STREAMturn') ?? { frames: new Uint8Array(0), siteCount: 0 };
    const lit = [...frames.keys()].filter((frame) => frames[frame] === 1);
    expect(lit.map((frame) => functionOf(tables, frame))).toEqual(['streamTurn']);
    expect(siteCount).toBe(2);
  });

  it('lights up the steps of paths that have a word', () => {
    const { steps } = search('CHUNKS') ?? { steps: new Uint8Array(0) };
    const lit = [...steps.keys()].filter((step) => steps[step] === 1);
    expect(lit.map((step) => stepName(tables, step))).toEqual(['.chunks: Array']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUPINGS } from '../../../lib/analysis/group';
import { groupSites, topSites } from '../../../lib/analysis/top';
import type { Dump } from '../../../lib/dump/format';
import { buildDump, buildStory, estimateOff } from '../dump/dump-builder';
import { anyDump } from './dump-arbitrary';

const anyGrouping = fc.constantFrom(...GROUPINGS);

describe('the biggest groups of a dump', () => {
  it('are by owner unless said otherwise, most live bytes first', () => {
    expect(topSites(buildStory()).map(({ key, liveBytes }) => [key, liveBytes])).toEqual([
      ['streamTurn /srv/app/src/conversation/session.ts:212:18', 2_410_000_000],
      ['fetchAvatar /srv/app/src/users/avatar/thumbnails/fetch-avatar.ts:31:30', 480_000_000],
      ['Cache.put /srv/app/src/cache.js:17:9', 8_388_608],
      ['grow /srv/app/node_modules/busy-pool/lib/pool.js:90:12', 1_310_720],
      ['(no owner)', 65_536],
    ]);
  });

  it('say who owns, where it was allocated and what caused it', () => {
    const [row] = topSites(buildStory());
    expect(row?.owner).toMatchObject({ function: 'streamTurn', line: 212, via: 'cause' });
    expect(row?.allocatedAt).toMatchObject({ function: 'fetchParams.controller.resume', origin: 'node' });
    expect(row?.causedBy).toEqual({
      function: 'streamTurn',
      file: '/srv/app/src/conversation/session.ts',
      line: 212,
      column: 18,
      origin: 'user',
      package: null,
    });
  });

  it('put sites of one owner together', () => {
    const stack = ['user main /srv/app/a.js:1:1'];
    const dump = buildDump({
      sites: [
        {
          stack: ['node a node:a:1:1', ...stack],
          liveBytes: 10,
          liveCount: 1,
          totalBytes: 20,
          totalCount: 3,
          peakBytes: 15,
          oldestMs: 5,
          medianAgeMs: 1,
        },
        {
          stack: ['node b node:b:1:1', ...stack],
          liveBytes: 30,
          liveCount: 4,
          totalBytes: 40,
          totalCount: 5,
          peakBytes: 35,
          oldestMs: 9,
          medianAgeMs: 7,
        },
      ],
    });
    const rows = topSites(dump);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      liveBytes: 40,
      liveCount: 5,
      totalBytes: 60,
      totalCount: 8,
      peakBytes: 50,
      share: 1,
      sites: [0, 1],
      oldestMs: 9,
      medianAgeMs: 7,
      allocatedAt: { function: 'b' },
    });
  });

  it('add up to the whole dump, each site in one group', () => {
    fc.assert(
      fc.property(anyDump, anyGrouping, (dump, by) => {
        const rows = topSites(dump, { by, limit: Number.POSITIVE_INFINITY });
        const indices = rows.flatMap((row) => row.sites).sort((a, b) => a - b);
        expect(indices).toEqual(dump.sites.map((_, index) => index));
        expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
        for (const field of ['liveBytes', 'liveCount', 'totalBytes', 'totalCount', 'peakBytes'] as const) {
          const expected = dump.sites.reduce((sum, site) => sum + site[field], 0);
          expect(rows.reduce((sum, row) => sum + row[field], 0)).toBe(expected);
        }
        const shares = rows.reduce((sum, row) => sum + row.share, 0);
        expect(shares).toBeCloseTo(dump.coverage.attributedBytes === 0 ? 0 : 1, 9);
        expect(rows).toEqual([...rows].sort((a, b) => b.liveBytes - a.liveBytes));
      }),
    );
  });

  it('have a median age between the least and the most of their members', () => {
    fc.assert(
      fc.property(anyDump, anyGrouping, (dump, by) => {
        for (const row of topSites(dump, { by })) {
          const ages = row.sites.flatMap((index) => dump.sites[index]?.medianAgeMs ?? []);
          if (row.medianAgeMs === null) expect(ages).toEqual([]);
          else expect(ages).toContain(row.medianAgeMs);
        }
      }),
    );
  });

  it('do not depend on how a dump numbers its tables', () => {
    fc.assert(
      fc.property(anyDump, anyGrouping, (dump, by) => {
        const withoutIndices = (one: Dump) => topSites(one, { by }).map(({ sites, ...row }) => row);
        expect(withoutIndices(renumbered(dump))).toEqual(withoutIndices(dump));
      }),
    );
  });

  it('are at most as many as asked for, 20 by default', () => {
    const sites = Array.from({ length: 50 }, (_, line) => ({
      stack: [`user f /a.js:${line + 1}:1`],
      liveBytes: line + 1,
    }));
    expect(topSites(buildDump({ sites }))).toHaveLength(20);
    expect(topSites(buildDump({ sites }), { limit: 3 }).map((row) => row.liveBytes)).toEqual([50, 49, 48]);
    expect(topSites(buildDump({ sites }), { limit: Number.POSITIVE_INFINITY })).toHaveLength(50);
    expect(topSites(buildDump())).toEqual([]);
  });

  it('have a share of nothing if nothing is live', () => {
    const [row] = topSites(buildDump({ sites: [{ stack: null, totalBytes: 5, totalCount: 1 }] }));
    expect(row).toMatchObject({ share: 0, liveBytes: 0, oldestMs: null, medianAgeMs: null });
  });

  it.each<[unknown, unknown, typeof TypeError, string]>([
    [null, {}, TypeError, 'topSites: dump must be a dump, as dump() and readDump() return it, got null'],
    [
      'a.json',
      {},
      TypeError,
      "topSites: dump must be a dump, as dump() and readDump() return it, got 'a.json'",
    ],
    [buildDump(), null, TypeError, 'topSites: options must be an object, got null'],
    [buildDump(), { By: 'owner' }, TypeError, "topSites: unknown option 'By'; known are by, limit"],
    [
      buildDump(),
      { by: 'size' },
      RangeError,
      "topSites: by must be one of owner, site, package, file, cause, label, kind, thread, got 'size'",
    ],
    [
      buildDump(),
      { by: 3 },
      TypeError,
      'topSites: by must be one of owner, site, package, file, cause, label, kind, thread, got 3',
    ],
    [
      buildDump(),
      { limit: 0 },
      RangeError,
      'topSites: limit must be a whole number of at least 1, or Infinity, got 0',
    ],
    [buildDump(), { limit: 1.5 }, RangeError, 'got 1.5'],
    [buildDump(), { limit: Number.NaN }, RangeError, 'got NaN'],
    [buildDump(), { limit: '3' }, TypeError, "got '3'"],
  ])('refuse %o with %o', (dump, options, Class, message) => {
    const call = () => topSites(dump as Dump, options as object);
    expect(call).toThrow(Class);
    expect(call).toThrow(message);
  });

  it('says what of a row is estimated, and how far off it may be', () => {
    const [mixed, exact] = groupSites(
      buildDump({
        sites: [
          { stack: ['user a /a.js:1:1'], liveBytes: 300 },
          { stack: ['user a /a.js:1:1'], liveBytes: 400, sampled: true, estimate: estimateOff(30) },
          {
            stack: ['user a /a.js:1:1'],
            thread: 1,
            liveBytes: 200,
            sampled: true,
            estimate: estimateOff(40),
          },
          { stack: ['user b /b.js:1:1'], liveBytes: 100 },
        ],
      }),
      'owner',
    );
    expect(mixed).toMatchObject({ liveBytes: 900, sampledBytes: 600, liveBytesError: 50, share: 0.9 });
    expect(exact).toMatchObject({ liveBytes: 100, sampledBytes: 0, liveBytesError: 0, share: 0.1 });
  });
});

/** The same dump with its tables in reverse order. */
function renumbered(dump: Dump): Dump {
  const reverse = <T>(list: T[]) => [...list].reverse();
  const flip = (list: unknown[], index: number) => list.length - 1 - index;
  const stackIndex = (index: number | null) => (index === null ? null : flip(dump.stacks, index));
  return {
    ...dump,
    strings: reverse(dump.strings),
    frames: reverse(dump.frames).map((frame) => ({
      ...frame,
      function: flip(dump.strings, frame.function),
      file: flip(dump.strings, frame.file),
      package: frame.package === null ? null : flip(dump.strings, frame.package),
    })),
    stacks: reverse(dump.stacks).map((stack) => stack.map((frame) => flip(dump.frames, frame))),
    sites: dump.sites.map((site) => ({
      ...site,
      stack: stackIndex(site.stack),
      cause: stackIndex(site.cause),
    })),
  };
}

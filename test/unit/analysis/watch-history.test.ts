// Samples over time: rates, trends, orders, and what is forgotten.
import { describe, expect, it } from 'vitest';
import {
  sampleOf,
  type WatchedRow,
  WatchHistory,
  type WatchSample,
} from '../../../lib/analysis/watch-history';
import { buildDump } from '../dump/dump-builder';

const row = (key: string, liveBytes: number, given: Partial<WatchedRow> = {}): WatchedRow => ({
  key,
  owner: null,
  allocatedAt: null,
  causedBy: null,
  liveBytes,
  sampledBytes: 0,
  liveBytesError: 0,
  liveCount: 1,
  totalBytes: liveBytes,
  totalCount: 1,
  peakBytes: liveBytes,
  share: 0,
  oldestMs: null,
  medianAgeMs: null,
  ...given,
});

const sample = (atMs: number, rows: WatchedRow[], pid = 1): WatchSample => ({
  atMs,
  process: {
    pid,
    node: 'v20',
    script: '/app.js',
    title: 'node',
    cwd: '/',
    uptimeSeconds: 1,
    tracedSeconds: 1,
  },
  memory: {
    rssBytes: 0,
    heapUsedBytes: 0,
    externalBytes: 0,
    arrayBuffersBytes: rows.reduce((sum, { liveBytes }) => sum + liveBytes, 0),
  },
  attributedBytes: 0,
  rows,
});

const keysOf = (history: WatchHistory, sort: Parameters<WatchHistory['rows']>[0]) =>
  history.rows(sort).map(({ key }) => key);

describe('a watch history', () => {
  it('has no rate with one sample, and then one over all that it remembers', () => {
    const history = new WatchHistory();
    history.add(sample(0, [row('a', 1000)]));
    expect(history.bytesPerSecond).toBeNull();
    expect(history.rows('live')[0]?.bytesPerSecond).toBeNull();
    history.add(sample(1000, [row('a', 5000)]));
    history.add(sample(2000, [row('a', 2000), row('b', 600)]));
    expect(history.bytesPerSecond).toBe(800);
    expect(
      history.rows('live').map(({ key, bytesPerSecond, trend }) => [key, bytesPerSecond, trend]),
    ).toEqual([
      ['a', 500, [1000, 5000, 2000]],
      ['b', 300, [0, 0, 600]],
    ]);
  });

  it('sorts by what is asked for', () => {
    const history = new WatchHistory();
    const owner = (file: string) => ({ owner: { file } as WatchedRow['owner'] });
    history.add(sample(0, [row('a', 900), row('b', 100), row('c', 0)]));
    history.add(
      sample(1000, [
        row('a', 1000, { ...owner('/z.js'), liveCount: 1, totalBytes: 1000 }),
        row('b', 500, { ...owner('/y.js'), liveCount: 9, totalBytes: 500 }),
        row('c', 10, { ...owner('/x.js'), liveCount: 5, totalBytes: 90_000 }),
      ]),
    );
    expect(keysOf(history, 'live')).toEqual(['a', 'b', 'c']);
    expect(keysOf(history, 'growth')).toEqual(['b', 'a', 'c']);
    expect(keysOf(history, 'count')).toEqual(['b', 'c', 'a']);
    expect(keysOf(history, 'total')).toEqual(['c', 'a', 'b']);
    expect(keysOf(history, 'name')).toEqual(['c', 'b', 'a']);
  });

  it('forgets the oldest samples', () => {
    const history = new WatchHistory();
    for (let at = 0; at < 1000; at++) history.add(sample(at * 1000, [row('a', at)]));
    expect([history.count, history.spanSeconds]).toEqual([60, 59]);
    expect(history.rows('live')[0]?.trend).toHaveLength(60);
  });

  it('begins anew with another process, and passes over what is not newer', () => {
    const history = new WatchHistory();
    history.add(sample(1000, [row('a', 1)]));
    history.add(sample(1000, [row('a', 2)]));
    history.add(sample(500, [row('a', 3)]));
    expect([history.count, history.latest?.rows[0]?.liveBytes]).toEqual([1, 1]);
    history.add(sample(900, [row('a', 4)], 2));
    expect([history.count, history.latest?.rows[0]?.liveBytes]).toEqual([1, 4]);
  });
});

describe('a sample', () => {
  it('sets what is attributed beside the ArrayBuffers of all threads', () => {
    const dump = buildDump({
      sites: [{ stack: ['user f /srv/a.js:1:1'], liveBytes: 900 }],
      memory: { arrayBuffersBytes: 10 },
      coverage: { arrayBuffersBytes: 1000 },
    });
    expect(sampleOf(dump, 'owner')).toMatchObject({
      memory: { arrayBuffersBytes: 1000 },
      attributedBytes: 900,
    });
  });
});

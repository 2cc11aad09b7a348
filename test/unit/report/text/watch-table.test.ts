// The live table: that it fits terminals of every size, whatever the names are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WatchedRow, WatchHistory } from '../../../../lib/analysis/watch-history';
import { widthOf } from '../../../../lib/report/text/safe-text';
import { drawTrend, renderWatch, type WatchView } from '../../../../lib/report/text/watch-table';

const HOSTILE = '\u001b[2J\u202e</script>\nname'.repeat(20);

function historyOf(names: string[]): WatchHistory {
  const history = new WatchHistory();
  for (const at of [1, 2, 3]) {
    const rows = names.map(
      (name, index): WatchedRow => ({
        key: `${name}${index}`,
        owner: {
          function: name,
          file: `/app/${name}.js`,
          line: index + 1,
          column: 1,
          origin: 'user',
          package: null,
          via: 'stack',
        },
        allocatedAt: null,
        causedBy: null,
        liveBytes: (names.length - index) * 1e6 * at,
        sampledBytes: 0,
        liveBytesError: 0,
        liveCount: index + 1,
        totalBytes: 1e9,
        totalCount: 10,
        peakBytes: 1e9,
        share: 0.1,
        oldestMs: 1,
        medianAgeMs: 1,
      }),
    );
    history.add({
      atMs: at * 10_000,
      process: {
        pid: 42,
        node: 'v20.20.2',
        script: '/app/server.js',
        title: 'node',
        cwd: '/app',
        uptimeSeconds: 100,
        tracedSeconds: 30,
      },
      memory: { rssBytes: 1e9, heapUsedBytes: 1e8, externalBytes: 5e8, arrayBuffersBytes: at * 1e8 },
      attributedBytes: at * 1e8,
      rows,
    });
  }
  return history;
}

const view = (given: Partial<WatchView>): WatchView => ({
  history: historyOf(['grow', 'serve']),
  by: 'owner',
  sort: 'live',
  limit: 20,
  width: 110,
  height: 30,
  color: false,
  foot: 'q quit',
  ...given,
});

describe('renderWatch', () => {
  it('shows figures, rates, trends and owners', () => {
    expect(renderWatch(view({})).join('\n')).toBe(
      [
        'server.js · pid 42 · node v20.20.2 · up 2 min · traced 30 s',
        'rss 1.00 GB · heap 100 MB · external 500 MB · arrayBuffers 300 MB · attributed 100 % · +36,000 MB/h over 20 s',
        '',
        ' live ▾     growth  trend             count    total  via    owner',
        '6.00 MB  +720 MB/h               ▃▆█      1  1.00 GB  stack  grow  grow.js:1:1',
        '3.00 MB  +360 MB/h               ▃▆█      2  1.00 GB  stack  serve  serve.js:2:1',
        '',
        'q quit',
      ].join('\n'),
    );
  });

  it('fits any terminal, and no name breaks out of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 3, max: 60 }),
        fc.array(fc.oneof(fc.string(), fc.constant(HOSTILE)), { maxLength: 30 }),
        fc.boolean(),
        (width, height, names, color) => {
          const lines = renderWatch(view({ history: historyOf(names), width, height, color }));
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
            // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing but colours
            expect(line.replace(/\u001b\[\d+m/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps rows rather than the figures of the process where it is low', () => {
    const lines = renderWatch(view({ height: 5 }));
    expect(lines.at(-1)).toBe('q quit');
    expect(lines.slice(-3)[0]).toContain('grow.js:1:1');
  });

  it('says only what it waits for while there is nothing', () => {
    expect(renderWatch(view({ history: new WatchHistory(), foot: 'waiting for a dump' }))).toEqual([
      'waiting for a dump',
    ]);
  });
});

describe('drawTrend', () => {
  it('draws the newest values on the right, as high as they are', () => {
    expect(drawTrend([0, 1, 4, 8], 6)).toBe('   ▁▄█');
    expect(drawTrend([8, 8, 8, 8], 3)).toBe('███');
    expect(drawTrend([], 3)).toBe('   ');
  });
});

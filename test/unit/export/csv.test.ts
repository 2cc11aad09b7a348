import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv } from '../../../lib/export/csv';
import { anyDump } from '../analysis/dump-arbitrary';
import { buildDump } from '../dump/dump-builder';
import { storyAt } from '../report/html/sample-dumps';
import { buildHostile, buildStory, totalOf } from './export-samples';

type Row = Record<string, string>;
const read = (text: string): Row[] => parse(text, { columns: true, record_delimiter: '\r\n' }) as Row[];
const sumOf = (rows: Row[], column: string) => rows.reduce((sum, row) => sum + Number(row[column]), 0);

describe('toCsv', () => {
  it('has a line for each site, with owner, figures, label and stack', () => {
    const rows = read(toCsv(buildStory(), { join: 'cause' }));
    expect(rows).toHaveLength(buildStory().sites.length);
    expect(rows[1]).toMatchObject({
      kind: 'array-buffer',
      liveBytes: '480000000',
      totalCount: '30010',
      ownerFunction: 'fetchAvatar',
      ownerFile: '/srv/app/src/users/avatar/thumbnails/fetch-avatar.ts',
      ownerLine: '31',
      ownerVia: 'cause',
      label: 'tool=avatars',
      thread: '0',
      medianAgeMs: '60300',
    });
    expect(rows[1]?.stack).toMatch(/^successSteps .* < \(async\) < fetchAvatar [^<]*:31:30$/);
  });

  it('says what keeps a site, where the dump knows', () => {
    const [first] = read(toCsv(storyAt(34)));
    expect(first?.heldBy).toMatch(/^sessions Map → entry Session → \.chunks/);
    expect(read(toCsv(buildStory()))[0]?.heldBy).toBe('');
  });

  it('adds up to what the dump says', () => {
    fc.assert(
      fc.property(anyDump, (dump) => {
        const rows = read(toCsv(dump));
        expect(sumOf(rows, 'liveBytes')).toBe(totalOf(dump, 'live'));
        expect(sumOf(rows, 'totalBytes')).toBe(totalOf(dump, 'total'));
        expect(sumOf(rows, 'peakCount')).toBe(totalOf(dump, 'peak-count'));
      }),
      { numRuns: 30 },
    );
  });

  it('ends lines with CR LF and quotes what would break them', () => {
    const text = toCsv(buildHostile());
    expect(text.endsWith('\r\n')).toBe(true);
    expect(read(text)).toHaveLength(buildHostile().sites.length);
    expect(read(text).map((row) => row.ownerFunction)).toContain('"quoted", ,');
  });

  it('lets no cell begin as a formula does', () => {
    const names = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'];
    const dump = buildDump({
      sites: names.map((name, index) => ({ stack: null, liveBytes: index + 1, label: { label: name } })),
    });
    const labels = read(toCsv(dump)).map((row) => row.label ?? '');
    expect(labels.sort()).toEqual(names.map((name) => `'${name}`).sort());
    const cells = read(toCsv(buildHostile())).flatMap((row) => Object.values(row));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  });

  it('is sorted by the metric', () => {
    const counts = read(toCsv(buildStory(), { metric: 'total-count' })).map((row) => Number(row.totalCount));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  });
});

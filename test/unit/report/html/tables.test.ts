import { describe, expect, it } from 'vitest';
import { buildTables } from '../../../../lib/report/html/tables';
import { buildDump } from '../../dump/dump-builder';
import { hostile, storyAt } from './sample-dumps';

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

describe('the tables of a report', () => {
  it('have each site once, with its figures in each dump', () => {
    const dumps = [storyAt(12), storyAt(34)];
    const tables = buildTables(dumps);
    expect(tables.sites.kind).toHaveLength(6);
    for (const [index, dump] of dumps.entries()) {
      expect(sum(tables.figures[index]?.liveBytes ?? [])).toBe(sum(dump.sites.map((site) => site.liveBytes)));
    }
    expect(tables.seconds).toEqual([0, 1320]);
    expect(tables.sameProcess).toBe(true);
  });

  it('count a site as nothing in a dump that does not have it', () => {
    const first = buildDump({ sites: [{ stack: ['user a /srv/app/a.js:1:1'], liveBytes: 5 }] });
    const second = buildDump({ sites: [{ stack: ['user b /srv/app/b.js:1:1'], liveBytes: 7 }] });
    const { figures } = buildTables([first, second]);
    expect(figures.map(({ liveBytes }) => liveBytes)).toEqual([
      [5, 0],
      [0, 7],
    ]);
    expect(figures[0]?.medianAgeMs).toEqual([500, -1]);
  });

  it('show files relative to where the program ran', () => {
    const { strings } = buildTables([
      buildDump({ sites: [{ stack: ['user a /srv/app/x/a.js:1:1'], liveBytes: 5 }] }),
    ]);
    expect(strings).toContain('x/a.js');
    expect(strings.some((text) => text.includes('/srv/app'))).toBe(false);
  });

  it('hold no character that would hide or turn others', () => {
    const { strings } = buildTables([hostile()]);
    expect(strings.filter((text) => /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(text))).toEqual([]);
    expect(Math.max(...strings.map((text) => text.length))).toBeLessThan(4_100);
  });

  it('have the lines around the owners that can be read', () => {
    const { excerpts, frames, strings } = buildTables([storyAt(34)], ({ file, line }) =>
      file.endsWith('session.ts') ? { firstLine: line, lines: ['code'], changed: false } : null,
    );
    expect(excerpts).toHaveLength(1);
    expect(strings[frames.file[excerpts[0]?.frame ?? -1] ?? -1]).toBe('src/session.ts');
  });

  it('tell how far they are', () => {
    const heard: number[] = [];
    buildTables(
      [storyAt(12), storyAt(34)],
      () => null,
      (done) => heard.push(done),
    );
    expect(heard).toEqual([0.5, 1]);
  });
});

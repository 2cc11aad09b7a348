import { describe, expect, it } from 'vitest';
import type { Dump } from '../../../lib/dump/format';
import { EXPORT_FORMATS, type ExportDumpOptions, exportDump } from '../../../lib/export/export-dump';
import { buildDump, buildStory } from '../dump/dump-builder';
import { totalOf } from './export-samples';
import { importIntoSpeedscope } from './speedscope-importer';

describe('exportDump', () => {
  it.each([
    ['pprof', 'a.pb.gz'],
    ['speedscope', 'a.speedscope.json'],
    ['heapprofile', 'a.heapprofile'],
    ['collapsed', 'a.txt'],
  ] as const)('gives the bytes of a file that speedscope opens: %s', async (format, name) => {
    const group = await importIntoSpeedscope(name, exportDump(buildStory(), { format, join: 'cause' }));
    expect(group?.profiles[group.indexToView]?.getTotalWeight()).toBe(totalOf(buildStory(), 'live'));
  });

  it('gives CSV', () => {
    expect(exportDump(buildStory(), { format: 'csv' }).toString('utf8')).toMatch(/^kind,liveBytes,.*\r\n/);
  });

  it.each(EXPORT_FORMATS)('writes 100,000 sites in seconds, as %s', (format) => {
    expect(exportDump(buildMany(100_000), { format }).length).toBeGreaterThan(100_000);
  });

  it('refuses formats that it does not know', () => {
    const wrong = { format: 'svg' } as unknown as ExportDumpOptions;
    expect(() => exportDump(buildStory(), wrong)).toThrow(
      new RangeError(
        "exportDump: format must be one of pprof, speedscope, heapprofile, collapsed, csv, got 'svg'",
      ),
    );
    expect(() => exportDump(buildStory(), {} as ExportDumpOptions)).toThrow(TypeError);
  });
});

/** A dump of many sites; stacks of ten frames that share their callers, as those of real programs do. */
function buildMany(count: number): Dump {
  const small = buildDump({ sites: [{ stack: ['user f /srv/app/a.js:1:1'], liveBytes: 1 }] });
  const [frame] = small.frames;
  const [site] = small.sites;
  if (!frame || !site) throw new Error('no site');
  const frames = Array.from({ length: 1000 }, (_, index) => ({ ...frame, line: index + 1 }));
  const stackOf = (index: number) =>
    Array.from({ length: 10 }, (_, depth) => Math.floor(index / 3 ** depth) % frames.length);
  return {
    ...small,
    frames,
    stacks: Array.from({ length: count }, (_, index) => stackOf(index)),
    sites: Array.from({ length: count }, (_, index) => ({ ...site, stack: index, liveBytes: count - index })),
  };
}

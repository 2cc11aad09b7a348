import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCollapsed } from '../../../lib/export/collapsed';
import { METRICS } from '../../../lib/export/metric';
import { anyDump } from '../analysis/dump-arbitrary';
import { buildDump } from '../dump/dump-builder';
import { buildHostile, buildStory, HOSTILE_NAMES, totalOf } from './export-samples';
import { importIntoSpeedscope } from './speedscope-importer';

/** Reads lines as strictly as any reader does: no space but the one before the number. */
function parse(text: string): { frames: string[]; value: number }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^(\S+) ([1-9]\d*)$/.exec(line);
      if (!match) throw new Error(`not a collapsed stack: ${line}`);
      return { frames: (match[1] ?? '').split(';'), value: Number(match[2]) };
    });
}

describe('toCollapsed', () => {
  it('writes one line a stack, outermost frame first', () => {
    expect(toCollapsed(buildStory()).split('\n')[2]).toBe(
      'main@/srv/app/server.js:40:3;Cache.put@/srv/app/src/cache.js:17:9;allocate@node:buffer:462:21 8388608',
    );
  });

  it('puts causes below stacks where asked', () => {
    const [first] = parse(toCollapsed(buildStory(), { join: 'cause' }));
    expect(first?.frames.map((frame) => frame.split('@')[0])).toEqual([
      'main',
      'streamTurn',
      'request',
      '(async)',
      'processTicksAndRejections',
      'fetchParams.controller.resume',
    ]);
  });

  it('adds up to what the dump says, for every metric', () => {
    fc.assert(
      fc.property(anyDump, fc.constantFrom(...METRICS), (dump, metric) => {
        const lines = parse(toCollapsed(dump, { metric, join: 'cause' }));
        expect(lines.reduce((sum, { value }) => sum + value, 0)).toBe(totalOf(dump, metric));
      }),
      { numRuns: 50 },
    );
  });

  it('escapes names so that each is one frame, and can be read back', () => {
    const lines = parse(toCollapsed(buildHostile()));
    expect(lines).toHaveLength(HOSTILE_NAMES.length);
    const names = lines.map(({ frames }) => decodeURIComponent(frames[0] ?? '').split('@/srv/')[0]);
    expect(names.sort()).toEqual(HOSTILE_NAMES.map((name) => name.replace('\ud800', '\ufffd')).sort());
  });

  it("is opened by speedscope's importer", async () => {
    const dump = buildHostile();
    const group = await importIntoSpeedscope('a.txt', Buffer.from(toCollapsed(dump)));
    expect(group?.profiles[0]?.getTotalWeight()).toBe(totalOf(dump, 'live'));
  });

  it('is empty for a dump without live bytes', () => {
    expect(toCollapsed(buildDump({ sites: [{ stack: null, liveBytes: 0, totalBytes: 5 }] }))).toBe('');
  });
});

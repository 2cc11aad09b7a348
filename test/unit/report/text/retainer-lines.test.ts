import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { holdingOf } from '../../../../lib/analysis/retainers';
import type { Dump, Path } from '../../../../lib/dump/format';
import { retainerLines } from '../../../../lib/report/text/retainer-lines';
import { widthOf } from '../../../../lib/report/text/safe-text';
import { buildDump } from '../../dump/dump-builder';

const ESCAPE = String.fromCharCode(0x1b);

function dumpHeldBy(name: string, ...bytes: number[]): Dump {
  const dump = buildDump({
    sites: [{ stack: ['user streamTurn /srv/app/src/session.ts:212:7'], liveBytes: 3000, liveCount: 3 }],
  });
  const paths: Path[] = bytes.map((_, index) => ({
    thread: 0,
    root: { kind: 'module', name: index === 0 ? name : `${name}${index}`, class: 'Map', where: 0 },
    steps: [
      { type: 'entry', name: '', class: 'Object', where: null, repeats: false },
      { type: 'property', name: 'chunks', class: 'Array', where: null, repeats: false },
      { type: 'element', name: '', class: 'Uint8Array', where: null, repeats: false },
    ],
  }));
  const retainers = bytes.map((one, path) => ({ path, bytes: one, count: 40_000 }));
  return { ...dump, paths, sites: dump.sites.map((site) => ({ ...site, retainers })) };
}

function linesOf(dump: Dump, width: number): string[] {
  const style = { cwd: '/srv/app', colors: pc.createColors(false) };
  return retainerLines(dump, holdingOf(dump, [0]), width, style);
}

describe('the lines of what holds the memory of a row', () => {
  it('are one path and its root', () => {
    expect(linesOf(dumpHeldBy('sessions', 2_900_000_000), 90)).toEqual([
      'held by  sessions Map → entry → .chunks Array[] → Uint8Array',
      '         variable of the module · src/session.ts:212:7 · 2.90 GB, 40,000 buffers',
    ]);
  });

  it('fit any width', () => {
    for (const width of [24, 30, 42, 60]) {
      for (const line of linesOf(
        dumpHeldBy('a-very-long-name-of-a-variable-indeed', 2_900_000_000, 9e8),
        width,
      )) {
        expect(widthOf(line), line).toBeLessThanOrEqual(width);
      }
    }
  });

  it('sum up what is left', () => {
    const lines = linesOf(dumpHeldBy('held', 5000, 4000, 3000, 2000, 1), 90);
    expect(lines.filter((line) => line.startsWith('held by'))).toHaveLength(3);
    expect(lines.at(-1)).toBe('and 2 more paths: 2.00 KB');
  });

  it('are harmless whatever the names', () => {
    const [line = ''] = linesOf(dumpHeldBy(`x${ESCAPE}[2J\nforged`, 5000), 90);
    expect(line).toContain('\\u{1b}[2J\\u{a}forged');
  });

  it('say what views pin and what native code holds', () => {
    const dump = dumpHeldBy('ids', 5000);
    const [site] = dump.sites;
    if (site === undefined) throw new Error('no site');
    site.pinned = { heldBytes: 8_000_000, usedBytes: 12_000, count: 120, views: 200 };
    site.heldNatively = { bytes: 2_000_000, count: 20, holders: ['messages queued on a port'] };
    expect(linesOf(dump, 90).slice(2)).toEqual([
      'pinned: 8.00 MB in 120 buffers for 12.0 KB that 200 views show',
      'held natively: 2.00 MB in 20 buffers: messages queued on a port',
    ]);
  });

  it('are none if retainers were not asked for', () => {
    expect(linesOf(buildDump({ sites: [{ stack: null, liveBytes: 1 }] }), 80)).toEqual([]);
  });
});

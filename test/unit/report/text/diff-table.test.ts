import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff } from '../../../../lib/analysis/diff';
import { GROUPINGS } from '../../../../lib/analysis/group';
import type { Dump } from '../../../../lib/dump/format';
import { renderDiff } from '../../../../lib/report/text/diff-table';
import { widthOf } from '../../../../lib/report/text/safe-text';
import { anyDump } from '../../analysis/dump-arbitrary';
import { buildStory } from '../../dump/dump-builder';

const golden = (name: string) => `../../../golden/text/${name}.txt`;

function halfAnHourBefore(): Dump {
  const dump = buildStory(0.9);
  dump.createdAt = '2026-01-31T11:30:00.000Z';
  dump.process.uptimeSeconds -= 1800;
  dump.process.tracedSeconds -= 1800;
  const pool = dump.sites.find(({ thread }) => thread === 1);
  if (pool) Object.assign(pool, { liveBytes: 4 * pool.liveBytes, liveCount: 4 * pool.liveCount });
  return dump;
}

describe('the diff table', () => {
  it.each([60, 80, 100, 120, 200])('looks as it should at a width of %d', async (width) => {
    const text = renderDiff(diff(halfAnHourBefore(), buildStory()), { width });
    await expect(`${text}\n`).toMatchFileSnapshot(golden(`diff-${width}`));
  });

  it.each(GROUPINGS)('looks as it should by %s', async (by) => {
    const text = renderDiff(diff(halfAnHourBefore(), buildStory(), { by }), { width: 100 });
    await expect(`${text}\n`).toMatchFileSnapshot(golden(`diff-by-${by}`));
  });

  it('looks as it should in colour', async () => {
    const text = renderDiff(diff(halfAnHourBefore(), buildStory()), { width: 100, color: true });
    await expect(`${text}\n`).toMatchFileSnapshot(golden('diff-color'));
  });

  it('looks as it should for two processes, with rows left out', async () => {
    const before = halfAnHourBefore();
    Object.assign(before.process, { pid: 77, script: '/srv/app/other.js' });
    const text = renderDiff(diff(before, buildStory()), { width: 100, limit: 1 });
    await expect(`${text}\n`).toMatchFileSnapshot(golden('diff-processes'));
  });

  it('says what holds that which grew, if the later dump knows', () => {
    const result = diff(halfAnHourBefore(), buildStory());
    const [first] = result.rows;
    if (first) first.heldBy = 'sessions Map → entry → .chunks Array[] → Uint8Array';
    expect(renderDiff(result, { width: 200 })).toContain(
      'held by  sessions Map → entry → .chunks Array[] → Uint8Array',
    );
    for (const line of renderDiff(result, { width: 60 }).split('\n'))
      expect(widthOf(line)).toBeLessThanOrEqual(60);
  });

  it('looks as it should without any change', async () => {
    const text = renderDiff(diff(buildStory(), buildStory()), { width: 100 });
    await expect(`${text}\n`).toMatchFileSnapshot(golden('diff-same'));
  });

  it('shows what changed most if not all fits, in the order of growth', () => {
    const a = buildStory();
    const b = structuredClone(a);
    for (const [index, change] of [-5e6, -1e6, 2e6, 9e5].entries()) {
      const site = b.sites[index];
      if (site) site.liveBytes += change;
    }
    const text = renderDiff(diff(a, b), { width: 100, limit: 2 });
    expect(text.indexOf('+2.00 MB')).toBeGreaterThan(0);
    expect(text.indexOf('-5.00 MB')).toBeGreaterThan(text.indexOf('+2.00 MB'));
    expect(text).toContain('and 2 more owners that changed: -100 KB');
  });

  it('never goes over the width, and says the same in colour', () => {
    fc.assert(
      fc.property(
        anyDump,
        anyDump,
        fc.constantFrom(...GROUPINGS),
        fc.integer({ min: 60, max: 220 }),
        (a, b, by, width) => {
          const changes = diff(a, b, { by });
          const text = renderDiff(changes, { width });
          for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
          const colored = stripVTControlCharacters(renderDiff(changes, { width, color: true }));
          expect(colored.replaceAll(/ +$/gm, '')).toBe(text);
        },
      ),
    );
  });

  it('refuses a wrong limit', () => {
    expect(() => renderDiff(diff(buildStory(), buildStory()), { limit: 1.5 })).toThrow(RangeError);
  });
});

import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUPINGS } from '../../../../lib/analysis/group';
import { widthOf } from '../../../../lib/report/text/safe-text';
import { renderTop } from '../../../../lib/report/text/top-table';
import { anyDump } from '../../analysis/dump-arbitrary';
import { buildDump, buildStory, estimateOff } from '../../dump/dump-builder';

const golden = (name: string) => `../../../golden/text/${name}.txt`;

describe('the top table', () => {
  it.each([60, 80, 100, 120, 200])('looks as it should at a width of %d', async (width) => {
    await expect(`${renderTop(buildStory(), { width })}\n`).toMatchFileSnapshot(golden(`top-${width}`));
  });

  it.each(GROUPINGS)('looks as it should by %s', async (by) => {
    await expect(`${renderTop(buildStory(), { width: 100, by })}\n`).toMatchFileSnapshot(
      golden(`top-by-${by}`),
    );
  });

  it('looks as it should in colour', async () => {
    await expect(`${renderTop(buildStory(), { width: 100, color: true })}\n`).toMatchFileSnapshot(
      golden('top-color'),
    );
  });

  it('looks as it should with rows left out, drops and a shrinking process', async () => {
    const dump = buildStory(1, {
      growth: { mbPerHour: -12.5, bytesPerSecond: -3472, overSeconds: 60 },
      drops: [
        { reason: 'table-full: too many distinct stacks', count: 1234 },
        { reason: 'nested', count: 0 },
      ],
    });
    await expect(`${renderTop(dump, { width: 100, limit: 2 })}\n`).toMatchFileSnapshot(golden('top-limit-2'));
  });

  it('looks as it should with nothing in it', async () => {
    const dump = buildDump({
      process: { script: null, title: 'node' },
      growth: { mbPerHour: 0, bytesPerSecond: 0 },
    });
    await expect(`${renderTop(dump, { width: 100 })}\n`).toMatchFileSnapshot(golden('top-empty'));
  });

  it('looks as it should with estimates among the figures', async () => {
    const dump = buildDump({
      coverage: { arrayBuffersBytes: 15_200_000, belowThresholdBytes: 12_700_000, remainderBytes: 0 },
      sites: [
        { stack: ['user keep /srv/app/a.js:1:1'], liveBytes: 2_500_000, liveCount: 40 },
        {
          stack: ['user keep /srv/app/a.js:1:1'],
          liveBytes: 12_600_000,
          liveCount: 79_555,
          sampled: true,
          estimate: estimateOff(453_000),
        },
        { stack: ['user other /srv/app/b.js:1:1'], liveBytes: 1000 },
      ],
    });
    await expect(`${renderTop(dump, { width: 100 })}\n`).toMatchFileSnapshot(golden('top-estimates'));
  });

  it('counts what has no owner as live, but not as attributed', () => {
    const coverage = { arrayBuffersBytes: 4_000_000, belowThresholdBytes: 0, remainderBytes: 0 };
    const sites = [
      { stack: ['user keep /srv/app/a.js:1:1'], liveBytes: 1_000_000 },
      { stack: null, liveBytes: 3_000_000 },
    ];
    expect(renderTop(buildDump({ coverage, sites }))).toContain('attributed 25.0 % of 4.00 MB');
  });

  it('sums up what is under a label, if that is all that the dump still has', () => {
    const sites = [{ stack: ['user keep /srv/app/a.js:1:1'], liveBytes: 1_000_000, liveCount: 2 }];
    const labelled = renderTop(buildDump({ sites }), { labels: ['tool'] });
    expect(labelled).toContain('under "tool": 1.00 MB live in 2 buffers');
    expect(labelled).not.toMatch(/attributed|growth/);
    expect(renderTop(buildDump(), { labels: ['tool'] })).toContain(
      'Nothing has been allocated under that label.',
    );
  });

  it('never goes over the width, from 60 columns on', () => {
    fc.assert(
      fc.property(
        anyDump,
        fc.constantFrom(...GROUPINGS),
        fc.integer({ min: 60, max: 220 }),
        (dump, by, width) => {
          for (const line of renderTop(dump, { by, width }).split('\n'))
            expect(widthOf(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('says the same in colour', () => {
    fc.assert(
      fc.property(anyDump, fc.constantFrom(...GROUPINGS), (dump, by) => {
        const colored = renderTop(dump, { by, width: 90, color: true });
        const plain = stripVTControlCharacters(colored).replaceAll(/ +$/gm, '');
        expect(plain).toBe(renderTop(dump, { by, width: 90 }));
      }),
    );
  });

  it('makes hostile names harmless wherever they stand', () => {
    const hostile = '\u001b]0;owned\u0007\u202e\u0000\n</script>\u009b2J';
    const dump = buildStory(1, { drops: [{ reason: hostile, count: 1 }] });
    const strings = dump.strings.map((text) => `${hostile}${text}`);
    for (const site of dump.sites) {
      site.label = { [hostile]: hostile };
      if (site.owner) Object.assign(site.owner, { function: hostile, file: hostile, package: hostile });
    }
    Object.assign(dump.process, { script: hostile, title: hostile, node: hostile, cwd: hostile });
    for (const thread of dump.process.threads) thread.name = hostile;
    for (const by of GROUPINGS) {
      const text = renderTop({ ...dump, strings }, { by, width: 100, limit: 3 });
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      expect(text.split('\n').length).toBeLessThan(40);
    }
  });

  it('refuses a wrong limit', () => {
    expect(() => renderTop(buildDump(), { limit: 0 })).toThrow(RangeError);
  });
});

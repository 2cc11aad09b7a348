import Ajv from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../lib/export/metric';
import { toSpeedscope } from '../../../lib/export/speedscope';
import { anyDump } from '../analysis/dump-arbitrary';
import { buildHostile, buildStory, totalOf } from './export-samples';
import { importIntoSpeedscope, readSpeedscopeSchema } from './speedscope-importer';

const validate = new Ajv({ strict: false }).compile(readSpeedscopeSchema());

describe('toSpeedscope', () => {
  it("is valid by speedscope's schema, whatever the dump", () => {
    fc.assert(
      fc.property(anyDump, (dump) => {
        validate(toSpeedscope(dump, { join: 'cause' }));
        expect(validate.errors).toBeNull();
      }),
      { numRuns: 30 },
    );
    validate(toSpeedscope(buildHostile()));
    expect(validate.errors).toBeNull();
  });

  it("is opened by speedscope's own importer, with the dump's totals", async () => {
    for (const dump of [buildStory(), buildHostile()]) {
      const file = toSpeedscope(dump, { join: 'cause' });
      const group = await importIntoSpeedscope('a.speedscope.json', Buffer.from(JSON.stringify(file)));
      expect(
        group?.profiles.map((one) => [one.getName(), one.getWeightUnit(), one.getTotalWeight()]),
      ).toEqual([
        ['live bytes', 'bytes', totalOf(dump, 'live')],
        ['bytes allocated in total', 'bytes', totalOf(dump, 'total')],
        ["live bytes at each site's peak", 'bytes', totalOf(dump, 'peak')],
        ['live allocations', 'none', totalOf(dump, 'count')],
      ]);
    }
  });

  it('shows the metric asked for first', () => {
    for (const metric of METRICS) {
      const { profiles, activeProfileIndex } = toSpeedscope(buildStory(), { metric });
      expect(profiles[activeProfileIndex]?.endValue).toBe(totalOf(buildStory(), metric));
    }
  });

  it('puts the outermost frame first, and sites with the same stack together', () => {
    const { shared, profiles } = toSpeedscope(buildStory());
    const names = profiles[0]?.samples[2]?.map((index) => shared.frames[index]?.name);
    expect(names).toEqual(['main', 'Cache.put', 'allocate']);
    expect(shared.frames).toContainEqual({
      name: 'streamTurn',
      file: '/srv/app/src/conversation/session.ts',
      line: 212,
      col: 18,
    });
    const doubled = { ...buildStory(), sites: [...buildStory().sites, ...buildStory().sites] };
    expect(toSpeedscope(doubled).profiles[0]?.samples).toHaveLength(buildStory().sites.length);
  });

  it('leaves no trace in the dump', () => {
    const dump = buildStory();
    toSpeedscope(dump, { join: 'cause' });
    expect(dump).toEqual(buildStory());
  });
});

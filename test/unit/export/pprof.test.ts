import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, it } from 'vitest';
import type { Dump } from '../../../lib/dump/format';
import type { ExportOptions } from '../../../lib/export/options';
import { toPprof } from '../../../lib/export/pprof';
import { anyDump } from '../analysis/dump-arbitrary';
import { buildDump } from '../dump/dump-builder';
import { storyAt } from '../report/html/sample-dumps';
import { buildHostile, buildStory, totalOf } from './export-samples';
import { importIntoSpeedscope } from './speedscope-importer';

interface Read {
  types: string[];
  defaultType: string;
  mappings: string[];
  samples: { values: number[]; stack: string[]; labels: Record<string, string> }[];
  comments: string[];
  profile: Profile;
}

function read(dump: Dump, options?: ExportOptions): Read {
  const profile = Profile.decode(gunzipSync(toPprof(dump, options)));
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? '';
  const functions = new Map(profile.function.map((one) => [Number(one.id), one]));
  const locations = new Map(
    profile.location.map(({ id, line: [line] }) => {
      const { name = 0, filename = 0 } = functions.get(Number(line?.functionId)) ?? {};
      return [Number(id), `${text(name)} ${text(filename)}:${line?.line}:${line?.column}`];
    }),
  );
  return {
    types: profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`),
    defaultType: text(profile.defaultSampleType),
    mappings: profile.mapping.map(({ filename }) => text(filename)),
    samples: profile.sample.map(({ value, locationId, label }) => ({
      values: value.map(Number),
      stack: locationId.map((id) => locations.get(Number(id)) ?? '(no such location)'),
      labels: Object.fromEntries(label.map(({ key, str }) => [text(key), text(str)])),
    })),
    comments: profile.comment.map(text),
    profile,
  };
}

describe('toPprof', () => {
  it('has the sample types of heap profiles, with units, live bytes being the default', () => {
    const { types, defaultType, profile } = read(buildStory());
    expect(types).toEqual(['objects/count', 'space/bytes', 'alloc_objects/count', 'alloc_space/bytes']);
    expect(defaultType).toBe('space');
    expect(Number(profile.timeNanos)).toBe(Date.parse('2026-01-31T12:00:00.000Z') * 1e6);
    expect(Number(profile.durationNanos)).toBe(2040e9);
  });

  it('names what keeps a site in a label, where the dump knows', () => {
    const labels = read(storyAt(34)).samples.map((sample) => sample.labels.held_by);
    expect(labels[0]).toMatch(/^sessions Map → entry Session → \.chunks/);
    expect(read(buildStory()).samples[0]?.labels).not.toHaveProperty('held_by');
  });

  it('adds the types of peaks where a metric asks for them', () => {
    const { types, defaultType } = read(buildStory(), { metric: 'peak' });
    expect(types.slice(4)).toEqual(['peak_objects/count', 'peak_space/bytes']);
    expect(defaultType).toBe('peak_space');
    expect(read(buildStory(), { metric: 'total-count' }).defaultType).toBe('alloc_objects');
  });

  it('adds up to what the dump says', () => {
    fc.assert(
      fc.property(anyDump, fc.constantFrom('none', 'cause'), (dump, join) => {
        const { samples } = read(dump, { join: join as 'none' | 'cause', metric: 'peak' });
        for (const [at, metric] of (
          ['count', 'live', 'total-count', 'total', 'peak-count', 'peak'] as const
        ).entries()) {
          expect(samples.reduce((sum, { values }) => sum + (values[at] ?? 0), 0)).toBe(totalOf(dump, metric));
        }
        expect(samples.flatMap(({ stack }) => stack)).not.toContain('(no such location)');
      }),
      { numRuns: 30 },
    );
  });

  it('shows stacks innermost first, and causes below them where asked', () => {
    const [first] = read(buildStory(), { join: 'cause' }).samples;
    expect(first?.stack).toEqual([
      'fetchParams.controller.resume node:internal/deps/undici/undici:14902:20',
      'processTicksAndRejections node:internal/process/task_queues:105:5',
      '(async) :0:0',
      'request /srv/app/node_modules/@acme/client/dist/request.js:88:17',
      'streamTurn /srv/app/src/conversation/session.ts:212:18',
      'main /srv/app/server.js:40:3',
    ]);
    expect(read(buildStory()).samples[0]?.stack).toHaveLength(2);
    expect(read(buildStory()).samples.at(-1)?.stack).toEqual(['(no JavaScript on the stack) :0:0']);
  });

  it('labels samples with kind, thread, via and what label() set', () => {
    const { samples } = read(buildStory());
    expect(samples[0]?.labels).toEqual({ kind: 'array-buffer', thread: '0 main', via: 'cause' });
    expect(samples[1]?.labels).toMatchObject({ tool: 'avatars' });
    expect(samples[3]?.labels).toMatchObject({ thread: '1', via: 'dependency' });
  });

  it("keeps a label of the program's apart from abtrace's of the same name", () => {
    const dump = buildDump({ sites: [{ stack: null, liveBytes: 1, label: { kind: 'mine', label: 'x' } }] });
    expect(read(dump).samples[0]?.labels).toMatchObject({
      kind: 'array-buffer',
      'label.kind': 'mine',
      label: 'x',
    });
  });

  it('maps code to the program, Node and packages, the program first', () => {
    const { mappings, profile } = read(buildStory());
    expect(mappings).toEqual(['/srv/app/server.js', 'node v24.1.0', '@acme/client', 'busy-pool']);
    expect(
      profile.mapping.every(
        ({ hasFunctions, hasFilenames, hasLineNumbers }) => hasFunctions && hasFilenames && hasLineNumbers,
      ),
    ).toBe(true);
    const ids = profile.mapping.map(({ id }) => Number(id));
    expect(profile.location.every(({ mappingId }) => ids.includes(Number(mappingId)))).toBe(true);
  });

  it('tells functions without a name apart by their place', () => {
    const dump = buildDump({
      sites: [
        { stack: ['user - /srv/a.js:1:2'], liveBytes: 1 },
        { stack: ['user - /srv/b.js:3:4'], liveBytes: 1 },
      ],
    });
    expect(read(dump).samples.map(({ stack }) => stack[0])).toEqual([
      '(anonymous a.js:1:2) /srv/a.js:1:2',
      '(anonymous b.js:3:4) /srv/b.js:3:4',
    ]);
  });

  it('says what it does not show', () => {
    expect(read(buildStory()).comments[1]).toBe(
      '2899764864 of 2917000000 bytes of ArrayBuffers are attributed to sites; 17235136 are not shown',
    );
  });

  it('survives hostile names, and a dump without sites', async () => {
    const dump = buildHostile();
    expect(read(dump).samples).toHaveLength(dump.sites.length);
    const group = await importIntoSpeedscope('a.pb.gz', toPprof(dump));
    expect(group?.profiles[0]?.getTotalWeight()).toBe(totalOf(dump, 'live'));
    expect(read(buildDump()).samples).toEqual([]);
  });

  it('refuses wrong options, naming rule and value', () => {
    expect(() => toPprof(buildDump(), { join: 'stack' as 'cause' })).toThrow(
      new RangeError("toPprof: join must be one of none, cause, got 'stack'"),
    );
    expect(() => toPprof(buildDump(), { metric: 'bytes' as 'live' })).toThrow(RangeError);
    expect(() => toPprof({} as Dump)).toThrow(TypeError);
    expect(() => toPprof(buildDump(), { metrics: 'live' } as ExportOptions)).toThrow(/unknown option/);
  });
});

import Ajv from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dump } from '../../../lib/dump/format';
import { type HeapProfileNode, heapProfilePieces, toHeapProfile } from '../../../lib/export/heapprofile';
import type { ExportOptions } from '../../../lib/export/options';
import { anyDump } from '../analysis/dump-arbitrary';
import { buildDump } from '../dump/dump-builder';
import { buildHostile, buildStory, totalOf } from './export-samples';
import { importIntoSpeedscope } from './speedscope-importer';

interface ProtocolType {
  id: string;
  properties?: (ProtocolProperty & { name: string })[];
  type?: string;
}
interface ProtocolProperty {
  type?: string;
  $ref?: string;
  items?: ProtocolProperty;
  optional?: boolean;
}

/** The DevTools protocol's own definition of `HeapProfiler.SamplingHeapProfile`, as a JSON Schema. */
function protocolSchema(): object {
  const protocol = require('devtools-protocol/json/js_protocol.json') as {
    domains: { domain: string; types?: ProtocolType[] }[];
  };
  const definitions: Record<string, object> = {};
  for (const { domain, types = [] } of protocol.domains) {
    const convert = ({ type, $ref, items }: ProtocolProperty): object => {
      if ($ref) return { $ref: `#/definitions/${$ref.includes('.') ? $ref : `${domain}.${$ref}`}` };
      return type === 'array' && items ? { type, items: convert(items) } : type === 'any' ? {} : { type };
    };
    for (const { id, type, properties } of types) {
      definitions[`${domain}.${id}`] = properties
        ? {
            type: 'object',
            properties: Object.fromEntries(properties.map((one) => [one.name, convert(one)])),
            required: properties.filter(({ optional }) => !optional).map(({ name }) => name),
            additionalProperties: false,
          }
        : { type };
    }
  }
  return { definitions, $ref: '#/definitions/HeapProfiler.SamplingHeapProfile' };
}

const validate = new Ajv({ strict: false }).compile(protocolSchema());

const sumOf = ({ selfSize, children }: HeapProfileNode): number =>
  children.reduce((sum, child) => sum + sumOf(child), selfSize);
const idsOf = ({ id, children }: HeapProfileNode): number[] => [id, ...children.flatMap(idsOf)];
const written = (dump: Dump, options?: ExportOptions): unknown =>
  JSON.parse([...heapProfilePieces(dump, options)].join(''));

describe('toHeapProfile', () => {
  it('is what the DevTools protocol defines, and adds up in its tree and its samples', () => {
    fc.assert(
      fc.property(anyDump, fc.constantFrom('live', 'total', 'peak'), (dump, metric) => {
        const options = { join: 'cause', metric } as ExportOptions;
        const profile = toHeapProfile(dump, options);
        validate(profile);
        expect(validate.errors).toBeNull();
        expect(sumOf(profile.head)).toBe(totalOf(dump, options.metric ?? 'live'));
        expect(profile.samples.reduce((sum, { size }) => sum + size, 0)).toBe(sumOf(profile.head));
        const ids = idsOf(profile.head);
        expect(new Set(ids).size).toBe(ids.length);
        expect(profile.samples.every(({ nodeId }) => ids.includes(nodeId))).toBe(true);
        expect(written(dump, options)).toEqual(profile);
      }),
      { numRuns: 50 },
    );
  });

  it("is opened by speedscope's importer of heap profiles", async () => {
    for (const dump of [buildStory(), buildHostile()]) {
      const content = Buffer.from(JSON.stringify(toHeapProfile(dump)));
      const group = await importIntoSpeedscope('a.heapprofile', content);
      expect(group?.profiles[0]?.getTotalWeight()).toBe(totalOf(dump, 'live'));
      expect(group?.profiles[0]?.getWeightUnit()).toBe('bytes');
    }
  });

  it('shares the callers of different sites, and counts lines and columns from 0', () => {
    const dump = buildDump({
      sites: [
        { stack: ['user inner /srv/a.js:5:7', 'user main /srv/a.js:1:1'], liveBytes: 30 },
        { stack: ['user other /srv/b c.js:9:1', 'user main /srv/a.js:1:1'], liveBytes: 20 },
        { stack: ['user main /srv/a.js:1:1'], liveBytes: 1 },
      ],
    });
    const { head } = toHeapProfile(dump);
    expect(head.children).toHaveLength(1);
    expect(head.children[0]).toMatchObject({ selfSize: 1, callFrame: { functionName: 'main' } });
    expect(head.children[0]?.children).toMatchObject([
      {
        selfSize: 30,
        callFrame: { functionName: 'inner', url: 'file:///srv/a.js', lineNumber: 4, columnNumber: 6 },
      },
      { selfSize: 20, callFrame: { url: 'file:///srv/b%20c.js' } },
    ]);
  });

  it('writes trees that are deeper than a stack of calls', () => {
    const places = Array.from({ length: 20_000 }, (_, index) => `user f /srv/a.js:${index + 1}:1`);
    const text = [...heapProfilePieces(buildDump({ sites: [{ stack: places, liveBytes: 7 }] }))].join('');
    expect(text.match(/"children":\[/g)).toHaveLength(20_001);
    expect(text.split('"selfSize":7').length).toBe(2);
  });

  it('refuses metrics that are no sizes', () => {
    expect(() => toHeapProfile(buildStory(), { metric: 'count' })).toThrow(
      new RangeError("toHeapProfile: metric must be one of live, total, peak, got 'count'"),
    );
  });
});

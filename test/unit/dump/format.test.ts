import { Type } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDumpFault } from '../../../lib/dump/check';
import { defineDumpSchema } from '../../../lib/dump/format';
import { buildStory } from './dump-builder';

const schema = JSON.parse(JSON.stringify(defineDumpSchema(Type))) as Record<string, unknown>;

interface SchemaNode {
  description?: string;
  title?: string;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
}

function* undocumented(node: SchemaNode, at: string): Generator<string> {
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const isGroup = property.properties !== undefined;
    if (!isGroup && property.description === undefined) yield `${at}.${name}`;
    yield* undocumented(property, `${at}.${name}`);
  }
  if (node.items) yield* undocumented(node.items, `${at}[]`);
  for (const one of node.anyOf ?? []) yield* undocumented(one, at);
}

/** Every place in a value that something can be put in the place of. */
function* places(value: unknown): Generator<[container: object, key: string]> {
  if (value === null || typeof value !== 'object') return;
  for (const key of Object.keys(value)) {
    yield [value, key];
    yield* places(Reflect.get(value, key));
  }
}

describe('the dump format', () => {
  it('documents every field', () => {
    expect([...undocumented(schema, '')]).toEqual([]);
  });

  it('allows fields that it does not know', () => {
    expect(JSON.stringify(schema)).not.toContain('additionalProperties');
  });

  it('is one thing for the reader and for any JSON Schema validator', () => {
    const validate = new Ajv({ strict: true, allErrors: false }).compile(schema);
    expect(validate(buildStory())).toBe(true);
    const junk = fc.constantFrom<unknown>(null, -1, 1.5, 'x', '', true, [], {}, 7, undefined);
    fc.assert(
      fc.property(fc.nat(), junk, (nth, value) => {
        const dump = buildStory();
        const all = [...places(dump)];
        const [container, key] = all[nth % all.length] ?? [dump, 'format'];
        if (value === undefined) Reflect.deleteProperty(container, key);
        else Reflect.set(container, key, value);
        const text = JSON.stringify(dump);
        const fault = findDumpFault(JSON.parse(text));
        const accepted = validate(JSON.parse(text));
        // Beyond the schema the reader checks indices and dates.
        if (accepted && fault) expect(fault.expected).toMatch(/index|date/);
        else expect(fault === null).toBe(accepted);
      }),
      { numRuns: 2000 },
    );
  });
});

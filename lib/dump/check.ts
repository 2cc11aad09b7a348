// Decides whether a value is a dump of version 1: first by the schema, then what a schema cannot say (indices in
// range, real dates). It knows nothing of files.
import type { TSchema } from '@sinclair/typebox';
import type { ValueError } from '@sinclair/typebox/errors';
import { type Dump, defineDumpSchema } from './format';

/** What is wrong with a value that should be a dump. */
export interface DumpFault {
  /** Where, as in `sites[3].owner.line`; empty for the value as a whole. */
  at: string;
  /** What has to stand there. */
  expected: string;
  /** What stands there, as short JSON. */
  got: string;
}

interface Checker {
  check(value: unknown): boolean;
  errors(value: unknown): Iterable<ValueError>;
}

let checker: Checker | undefined;

/**
 * Checks a value against version 1 of the dump format; unknown extra fields are fine.
 * @returns the first fault, or null if the value is a {@link Dump}
 */
export function findDumpFault(value: unknown): DumpFault | null {
  checker ??= makeChecker();
  if (!checker.check(value)) {
    for (const error of checker.errors(value)) return describeError(error);
  }
  return findBadDate(value as Dump) ?? findBadIndex(value as Dump);
}

/** Loads TypeBox only now: a traced program, which never reads a dump, should not pay for it. */
function makeChecker(): Checker {
  const { Type } = require('@sinclair/typebox') as typeof import('@sinclair/typebox');
  const schema = defineDumpSchema(Type);
  try {
    const { TypeCompiler } =
      require('@sinclair/typebox/compiler') as typeof import('@sinclair/typebox/compiler');
    const compiled = TypeCompiler.Compile(schema);
    return { check: (value) => compiled.Check(value), errors: (value) => compiled.Errors(value) };
  } catch (error) {
    // Under --disallow-code-generation-from-strings; the interpreter takes some 40 times as long.
    if (!(error instanceof EvalError)) throw error;
    const { Value } = require('@sinclair/typebox/value') as typeof import('@sinclair/typebox/value');
    return { check: (value) => Value.Check(schema, value), errors: (value) => Value.Errors(schema, value) };
  }
}

function describeError(error: ValueError): DumpFault {
  const { path, schema, value } = mostSpecific(error);
  return { at: pathFromPointer(path), expected: describeSchema(schema), got: shortJson(value) };
}

/** Of an error of `X or null` on a value that is not null, the error against X says more. */
function mostSpecific(error: ValueError): ValueError {
  if (error.value === null || typeof error.value !== 'object') return error;
  for (const alternative of error.errors) {
    for (const inner of alternative) {
      if (inner.path.length > error.path.length) return mostSpecific(inner);
    }
  }
  return error;
}

/** `/sites/3/owner/line` becomes `sites[3].owner.line`. */
function pathFromPointer(pointer: string): string {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys
    .map((key) =>
      /^\d+$/.test(key) ? `[${key}]` : /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    )
    .join('')
    .replace(/^\./, '');
}

function describeSchema(schema: TSchema): string {
  if (Array.isArray(schema.anyOf)) {
    return [...new Set(schema.anyOf.map((one: TSchema) => describeSchema(one)))].join(' or ');
  }
  if ('const' in schema) return JSON.stringify(schema.const);
  switch (schema.type) {
    case 'integer':
      return schema.minimum === 0 ? 'a whole number of at least 0' : 'a whole number';
    case 'number':
      return schema.minimum === 0 ? 'a number of at least 0' : 'a finite number';
    case 'string':
      return schema.pattern === undefined ? 'a string' : 'a date as in 2026-01-31T12:00:00.000Z';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'an array';
    case 'object':
      return 'an object';
    default:
      return String(schema.type);
  }
}

function shortJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'an object';
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 57)}…"` : json;
}

function findBadDate(dump: Dump): DumpFault | null {
  if (!Number.isNaN(Date.parse(dump.createdAt))) return null;
  return { at: 'createdAt', expected: 'a date that exists', got: JSON.stringify(dump.createdAt) };
}

function findBadIndex({ strings, frames, stacks, sites, declared, paths }: Dump): DumpFault | null {
  const outside = (at: string, index: number, table: string, length: number): DumpFault => ({
    at,
    expected:
      length === 0 ? `no index, since ${table} is empty` : `an index into ${table}, 0 to ${length - 1}`,
    got: String(index),
  });
  for (const [i, frame] of frames.entries()) {
    for (const key of ['function', 'file', 'package'] as const) {
      const index = frame[key];
      if (index !== null && index >= strings.length)
        return outside(`frames[${i}].${key}`, index, 'strings', strings.length);
    }
    for (const key of ['function', 'file'] as const) {
      const index = frame.original?.[key] ?? 0;
      if (frame.original && index >= strings.length)
        return outside(`frames[${i}].original.${key}`, index, 'strings', strings.length);
    }
  }
  for (const [i, stack] of stacks.entries()) {
    for (const [j, index] of stack.entries()) {
      if (index >= frames.length) return outside(`stacks[${i}][${j}]`, index, 'frames', frames.length);
    }
  }
  for (const [i, site] of sites.entries()) {
    for (const key of ['stack', 'cause'] as const) {
      const index = site[key];
      if (index !== null && index >= stacks.length)
        return outside(`sites[${i}].${key}`, index, 'stacks', stacks.length);
    }
    for (const [j, { path }] of (site.retainers ?? []).entries()) {
      const length = paths?.length ?? 0;
      if (path >= length) return outside(`sites[${i}].retainers[${j}].path`, path, 'paths', length);
    }
  }
  for (const [i, row] of (declared ?? []).entries()) {
    for (const key of ['stack', 'cause'] as const) {
      const index = row[key];
      if (index !== null && index >= stacks.length)
        return outside(`declared[${i}].${key}`, index, 'stacks', stacks.length);
    }
  }
  for (const [i, { root, steps }] of (paths ?? []).entries()) {
    const places = [
      { at: 'root', where: root.where },
      ...steps.map(({ where }, j) => ({ at: `steps[${j}]`, where })),
    ];
    for (const { at, where } of places) {
      if (where !== null && where >= frames.length)
        return outside(`paths[${i}].${at}.where`, where, 'frames', frames.length);
    }
  }
  return null;
}

// The part of the dump format that says what keeps allocations alive: retaining paths, the searches that found them,
// and what a site says of its own. Free of logic, as `format.ts` is.
//
// What a program holds by `const sessions = new Map()`, each entry of it an object with a list of chunks, is
//
//   paths[0]  root   { kind: 'module', name: 'sessions', class: 'Map', where: 7 }     frames[7]: its declaration
//             steps  { type: 'entry', class: 'Session', … }, { type: 'property', name: 'chunks', class: 'Array', … },
//                    { type: 'element', class: 'Uint8Array', … }
//   sites[0]  { …, retainers: [ { path: 0, bytes: 2900000000, count: 40000 } ] }
import { fieldsOf, type TypeBuilder } from './fields';

/** What a retaining path starts at, see `root.kind` of a path. */
export const ROOTS = [
  'module',
  'global',
  'closure',
  'local',
  'timer',
  'handle',
  'microtask',
  'exports',
  'native',
  'other',
] as const;
/** What kind of thing a retaining path starts at. */
export type RootKind = (typeof ROOTS)[number];
/** How one object of a retaining path holds the next, see `type` of a step. */
export const STEPS = [
  'variable',
  'property',
  'private',
  'element',
  'entry',
  'weak-entry',
  'internal',
] as const;

/** Builds the schemas of a path, of a walk and of the fields that a site has if retainers were asked for. */
export function definePathSchemas(Type: TypeBuilder) {
  const { text, flag, whole, amount, orNull, oneOf } = fieldsOf(Type);
  const where = orNull(
    whole('index into frames'),
    'where the function or class is defined or the variable declared; null if unknown',
  );

  const path = Type.Object(
    {
      thread: whole('id of the thread in whose heap it was found'),
      root: Type.Object({
        kind: oneOf(
          ROOTS,
          'module: variable of a module; global: property of the global object; closure: variable that a function ' +
            'remembers; local: variable of a function that is suspended or runs; timer: pending timer or immediate; ' +
            'handle: open handle or request; microtask: job that waits to run; exports: exports of a loaded module; ' +
            'native: held by native code; other: anything else',
        ),
        name: text('name of the variable or property, class of the handle; empty if it has none'),
        class: text('class of the object there, as Map; empty if unknown'),
        where,
      }),
      steps: Type.Array(
        Type.Object({
          type: oneOf(
            STEPS,
            'variable: remembered by a function; property, private: of an object; element: of an array; entry: of a ' +
              'Map or Set; weak-entry: of a WeakMap, held by its key; internal: anything else',
          ),
          name: text(
            'name of the variable or property, what an internal one is; empty for elements and entries',
          ),
          class: text('class of the object that is held, as Array; empty if unknown'),
          where,
          repeats: flag('true if this step, or the steps up to it, may be taken any number of times'),
        }),
        { description: 'from the root to the buffer or the view of it' },
      ),
    },
    { description: 'the shortest way from something that holds by itself; paths of one shape are one path' },
  );

  const walk = Type.Object(
    {
      thread: whole('id of the thread'),
      status: oneOf(
        ['done', 'not-answered', 'failed', 'refused'] as const,
        'not-answered: the thread was blocked; failed: the walk was given up; refused: Node would have crashed',
      ),
      nodes: whole('objects on its heap'),
      edges: whole('references among them'),
      pausedMs: amount('milliseconds that the thread stood still'),
      reachedBytes: whole('live bytes that its ArrayBuffers reach'),
      reachedCount: whole('live allocations that its ArrayBuffers reach'),
    },
    { description: 'the search of one heap for what keeps buffers alive' },
  );

  const share = { bytes: whole('bytes of the live allocations'), count: whole('how many they are') };

  const siteRetainers = {
    retainers: Type.Optional(
      Type.Array(Type.Object({ path: whole('index into paths'), ...share }), {
        description: 'what keeps its live allocations, most bytes first; set if retainers were asked for',
      }),
    ),
    heldNatively: Type.Optional(
      Type.Object(
        {
          ...share,
          holders: Type.Array(Type.String(), { description: 'what may hold them, as far as can be said' }),
        },
        { description: 'live allocations that no ArrayBuffer reaches' },
      ),
    ),
    pinned: Type.Optional(
      Type.Object(
        {
          heldBytes: whole('bytes of the live allocations'),
          usedBytes: whole('bytes of them that views show'),
          count: whole('how many live allocations they are'),
          views: whole('how many views there are'),
        },
        { description: 'live allocations of which the views that keep them show less than half' },
      ),
    ),
  };

  return { path, walk, siteRetainers };
}

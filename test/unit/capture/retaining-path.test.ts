import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../../lib/analysis/declarations';
import { type RawStep, type Sources, sketchPath } from '../../../lib/capture/retaining-path';

/** Reads `edgeType:edgeName > nodeType nodeName`; a script may follow as `@file:line`. */
function step(text: string): RawStep {
  const match = /^(\w+):(.*?) > (\w+) ?(.*?)(?: @(\S+):(\d+))?$/.exec(text);
  if (!match) throw new Error(`not a step: ${text}`);
  const [, edgeType, edgeName = '', nodeType, nodeName = '', script = '', line = '0'] = match;
  return {
    edgeType: edgeType as RawStep['edgeType'],
    edgeName,
    anyName: edgeName === '*',
    nodeType: nodeType as RawStep['nodeType'],
    nodeName,
    repeats: false,
    script,
    function: nodeType === 'closure' ? nodeName : '',
    line: Number(line),
    column: 1,
  };
}

const declared: Declaration = {
  line: 9,
  column: 7,
  isTopLevel: true,
  isInLoop: false,
  isClass: false,
  made: null,
};

function sketch(way: string[], more: Partial<Sources> = {}) {
  const sources: Sources = {
    originOf: (script) =>
      script === ''
        ? 'native'
        : script.startsWith('node:')
          ? 'node'
          : script.startsWith('/own/')
            ? 'self'
            : 'user',
    seenFrom: () => declared,
    localMade: () => null,
    ...more,
  };
  return sketchPath(way.map(step), sources);
}

/** A path as `kind name Class | type name Class | …`. */
function textOf({ root, steps }: ReturnType<typeof sketchPath>): string {
  return [
    `${root.kind} ${root.name} ${root.class}`,
    ...steps.map((one) => `${one.type} ${one.name} ${one.class}`),
  ].join(' | ');
}

const toModule = [
  'other: > synthetic',
  'shortcut:1 > object global',
  'property:queueMicrotask > closure queueMicrotask @node:internal/process:1',
  'internal:context > object system / Context @node:internal/process:1',
  'context:process > object process',
  'property:_events > object Object',
  'property:exit > closure report @/srv/app.js:40',
  'internal:context > object system / Context @/srv/app.js:40',
];

describe('a retaining path', () => {
  it('starts at the variable of the module and leaves out what only V8 knows', () => {
    const path = sketch([
      ...toModule,
      'context:sessions > object Map',
      'internal:table > array',
      'internal: > object Session @/srv/app.js:5',
      'property:chunks > object Array',
      'element: > object Uint8Array',
    ]);
    expect(textOf(path)).toBe(
      'module sessions Map | entry  Session | property chunks Array | element  Uint8Array',
    );
    expect(path.root.where).toEqual({ function: 'sessions', file: '/srv/app.js', line: 9, column: 7 });
    expect(path.steps[0]?.where).toEqual({ function: 'Session', file: '/srv/app.js', line: 5, column: 1 });
  });

  it('starts at the last such variable', () => {
    const path = sketch([
      ...toModule,
      'context:server > object Server',
      'property:onload > closure handle @/srv/load.js:3',
      'internal:context > object system / Context @/srv/load.js:3',
      'context:cache > object Array',
      'element: > object Buffer',
    ]);
    expect(textOf(path)).toBe('module cache Array | element  Buffer');
  });

  it('starts at what a function of the user remembers rather than in the dependency that holds the function', () => {
    const path = sketch(
      [
        'other: > synthetic',
        'internal: > object system / Context @/srv/node_modules/runner/index.js:1',
        'context:suite > object Suite',
        'property:task > closure work @/srv/a.test.js:3',
        'internal:context > object system / Context @/srv/a.test.js:3',
        'context:kept > object Array',
        'element: > object ArrayBuffer',
      ],
      {
        originOf: (script) =>
          script === '' ? 'native' : script.includes('node_modules') ? 'dependency' : 'user',
        seenFrom: (name) => ({ ...declared, isTopLevel: name === 'suite' }),
      },
    );
    expect(textOf(path)).toBe('closure kept Array | element  ArrayBuffer');
  });

  it('starts at a global that the program made, but not at those of the runtime', () => {
    const path = sketch([
      'other: > synthetic',
      'shortcut:1 > object global',
      'property:leak > object Array',
      'element: > object Buffer',
    ]);
    expect(textOf(path)).toBe('global leak Array | element  Buffer');
  });

  it('knows the global object by the names that newer V8 gives it', () => {
    for (const name of ['global (global)', 'global (global*)']) {
      const path = sketch([
        'hidden: > synthetic (GC roots)',
        `internal:object > object ${name}`,
        'property:leak > object Array',
        'element: > object Buffer',
      ]);
      expect(textOf(path)).toBe('global leak Array | element  Buffer');
    }
  });

  it('starts at a timer that waits, and names what its function remembers', () => {
    const way = [
      'other: > synthetic',
      'shortcut:1 > object global',
      'property:setTimeout > closure setTimeout @node:timers:1',
      'internal:context > object system / Context @node:timers:1',
      'context:timerListMap > object Object',
      'element: > object TimersList @node:internal/timers:1',
      'property:_idleNext > object Timeout @node:internal/timers:1',
      'property:_onTimeout > closure  @/srv/app.js:12',
      'internal:context > object system / Context @/srv/app.js:12',
      'context:kept > object Array',
      'element: > object Buffer',
    ];
    const inFunction = { seenFrom: () => ({ ...declared, isTopLevel: false }) };
    expect(textOf(sketch(way, inFunction))).toBe(
      'timer Timeout Timeout | property _onTimeout anonymous() | variable kept Array | element  Buffer',
    );
  });

  it('starts at the local variable of a suspended function, named if its source tells', () => {
    const way = [
      'other: > synthetic',
      'internal:context > object system / Context',
      'internal:extension > object Generator @/srv/app.js:14',
      'internal:parameters_and_registers > array',
      'internal: > object Array',
      'element: > object Buffer',
    ];
    expect(textOf(sketch(way))).toBe('local  Array | element  Buffer');
    const named = { localMade: () => ({ ...declared, name: 'chunks' }) };
    expect(textOf(sketch(way, named))).toBe('local chunks Array | element  Buffer');
  });

  it('starts at the module that holds suspended functions, and names their local variables on the way', () => {
    const way = [
      ...toModule,
      'context:cursors > object Array',
      'element: > object pages @/srv/app.js:2',
      'internal:parameters_and_registers > array',
      'internal: > object Uint8Array',
    ];
    const named = { localMade: () => ({ ...declared, name: 'page' }) };
    expect(textOf(sketch(way, named))).toBe(
      'module cursors Array | element  pages | variable page Uint8Array',
    );
  });

  it('starts at what holds the functions that a loop has made, not at one variable of each', () => {
    const way = [
      ...toModule,
      'context:registry > object Object',
      'property:item > closure get @/srv/app.js:7',
      'internal:context > object system / Context @/srv/app.js:7',
      'context:data > object Buffer',
    ];
    const blocks = { seenFrom: (name: string) => ({ ...declared, isInLoop: name === 'data' }) };
    expect(textOf(sketch(way, blocks))).toBe(
      'module registry Object | property item get() | variable data Buffer',
    );
  });

  it('starts at a variable that a module exports', () => {
    const way = [
      'other: > synthetic',
      'other: > object system / Context @/srv/app.mjs:4',
      'internal:extension > other system / SourceTextModule',
      'hidden: > array',
      'internal: > other system / Cell @/srv/app.mjs:4',
      'context:default > object Store',
      'property:items > object Array',
    ];
    const unseen = { seenFrom: () => null };
    expect(textOf(sketch(way, unseen))).toBe('module default Store | property items Array');
  });

  it('has private names, also those that compilers made WeakMaps of', () => {
    const path = sketch([
      ...toModule,
      'context:store > object Store @/srv/app.js:2',
      'property:<symbol #list> > object Array',
      'element: > object Chunk @/srv/app.js:3',
      'internal:part of key (_Chunk_body > object Buffer',
    ]);
    expect(textOf(path)).toBe(
      'module store Store | private #list Array | element  Chunk | private #body Buffer',
    );
    const plain = sketch([
      ...toModule,
      'context:key > object Object',
      'internal:part of key (cache > object Buffer',
    ]);
    expect(textOf(plain)).toBe('module key Object | weak-entry cache Buffer');
  });

  it('goes through abtrace without showing it', () => {
    const path = sketch([
      ...toModule,
      'context:emitter > object EventEmitter',
      'property:wrapped > closure wrapper @/own/tee.js:1',
      'internal:context > object system / Context @/own/tee.js:1',
      'context:original > closure listener @/srv/app.js:20',
      'property:kept > object Buffer',
    ]);
    expect(textOf(path)).toBe(
      'module emitter EventEmitter | variable original listener() | property kept Buffer',
    );
  });

  it('ends where native code begins', () => {
    const path = sketch([
      ...toModule,
      'context:drafts > object Array',
      'element: > object Blob',
      'internal:javascript_to_native > native Node / Blob',
      'internal:data_queue_ > native Node / DataQueue',
      'element: > native Node / BackingStore',
    ]);
    expect(textOf(path)).toBe('module drafts Array | element  Blob');
  });

  it('says what it starts at where the program has no name for it', () => {
    const roots = (name: string) =>
      textOf(
        sketch([
          'other: > synthetic',
          'element: > synthetic (GC roots)',
          `element: > synthetic ${name}`,
          'internal: > object Buffer',
        ]),
      );
    expect(roots('(Stack roots)')).toBe('local  Buffer');
    expect(roots('(Micro tasks)')).toBe('microtask  Buffer');
    expect(roots('(Global handles)')).toBe('native  Buffer');
    expect(roots('(Strong root list)')).toBe('other (Strong root list) Buffer');
  });

  it('asks the source which variable of a block it is where the heap leaves several', () => {
    const way = [...toModule, 'context:bytes|kept|seen > object Array', 'element: > object Buffer'];
    const made: Record<string, string> = { kept: 'Array', seen: 'Set' };
    const seenFrom = (name: string) => ({ ...declared, made: made[name] ?? null });
    expect(textOf(sketch(way, { seenFrom }))).toBe('module kept Array | element  Buffer');
    expect(textOf(sketch(way))).toBe('module bytes or kept or seen Array | element  Buffer');
  });
});

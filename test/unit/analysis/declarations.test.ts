import { describe, expect, it } from 'vitest';
import { readSource } from '../../../lib/analysis/declarations';

/** The place of a text in a source, 1-based. */
function placeOf(source: string, text: string): [line: number, column: number] {
  const before = source.slice(0, source.indexOf(text)).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}

function seen(source: string, name: string, from: string) {
  return readSource(source)?.seenFrom(name, ...placeOf(source, from)) ?? null;
}

describe('where a variable is declared', () => {
  it('is found from the function that remembers it', () => {
    const source = `'use strict';
const sessions = new Map();
function add(id) {
  sessions.set(id, []);
}`;
    // V8 has functions start at their parameters.
    expect(seen(source, 'sessions', '(id)')).toEqual({
      line: 2,
      column: 7,
      isTopLevel: true,
      isInLoop: false,
      isClass: false,
      made: 'Map',
    });
  });

  it('is the innermost that is visible, and not one inside of the function', () => {
    const source = `const list = 1;
function outer() {
  const list = 2;
  return (item) => { const list = 3; return list; };
}`;
    expect(seen(source, 'list', '(item)')).toMatchObject({ line: 3, isTopLevel: false });
    expect(seen(source, 'list', '() {')).toMatchObject({ line: 1, isTopLevel: true });
  });

  it('belongs to the module inside of what bundlers put around modules', () => {
    const webpack =
      '(() => { var m = { "./a.js": (module) => { const kept = []; module.exports = (x) => kept; } }; })()';
    expect(seen(webpack, 'kept', '(x)')).toMatchObject({ isTopLevel: true });
    const esbuild =
      'var r = __commonJS({ "src/a.js"(exports, module) { const kept = []; exports.f = (x) => kept; } });';
    expect(seen(esbuild, 'kept', '(x)')).toMatchObject({ isTopLevel: true });
    const factory = 'const make = () => { const kept = []; return (x) => kept; };';
    expect(seen(factory, 'kept', '(x)')).toMatchObject({ isTopLevel: false });
  });

  it('may belong to a loop', () => {
    const source =
      'for (const key of keys) { const data = 1; define(key, () => data); }\n{ const one = 1; use(() => one); }';
    expect(seen(source, 'data', '() => data')).toMatchObject({ isTopLevel: true, isInLoop: true });
    expect(seen(source, 'one', '() => one')).toMatchObject({ isTopLevel: true, isInLoop: false });
  });

  it('says that it is a class', () => {
    expect(
      seen('class Store { static all = []; }\nfunction f() { return Store.all; }', 'Store', '() {'),
    ).toMatchObject({ line: 1, column: 7, isClass: true });
  });

  it('is found by words in TypeScript', () => {
    const source =
      'interface A { b: string }\nexport const jobs: A[] = [];\nfunction f(): A[] { return jobs; }';
    expect(seen(source, 'jobs', '()')).toEqual({
      line: 2,
      column: 14,
      isTopLevel: true,
      isInLoop: false,
      isClass: false,
      made: null,
    });
    expect(seen('type A = 1;\nfunction f() {\n  const $b: A = 1;\n}', '$b', '() {')).toMatchObject({
      isTopLevel: false,
    });
  });

  it('is null where there is none', () => {
    expect(seen('function f() {}', 'nothing', '() {')).toBeNull();
    expect(readSource('x'.repeat(8_000_001))).toBeNull();
  });
});

describe('the local variable of a suspended function', () => {
  const source = `async function load(url) {
  const chunks = [];
  const seen = new Set();
  const other = () => { const hidden = new Map(); };
  await chunks;
}`;
  const local = (className: string) => readSource(source)?.localMade(className, ...placeOf(source, '(url)'));

  it('is told by the class whose function made it', () => {
    const made =
      'async function f(url) { const body = Buffer.alloc(9); const all = await Group.of(1); await stop; }';
    const name = (className: string) =>
      readSource(made)?.localMade(className, ...placeOf(made, '(url)'))?.name;
    expect(name('Buffer')).toBe('body');
    expect(name('Group')).toBe('all');
  });

  it('is told by what it was made as', () => {
    expect(local('Array')).toMatchObject({ name: 'chunks', line: 2, column: 9 });
    expect(local('Set')).toMatchObject({ name: 'seen' });
  });

  it('is not told if it is of another function, or one of several', () => {
    expect(local('Map')).toBeNull();
    const two = 'async function f(x) { const a = []; const b = []; await x; }';
    expect(readSource(two)?.localMade('Array', ...placeOf(two, '(x)'))).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { collectScopes, type Scope } from '../../../lib/analysis/scopes';

function namesIn(scope: Scope | null): string[] {
  return scope === null
    ? []
    : [...scope.declared.keys(), ...scope.children.flatMap((child) => namesIn(child))].sort();
}

describe('the scopes of a source', () => {
  it('have every way to declare a name', () => {
    const source = `
      import one, { two as deux, default as three } from 'x';
      import * as four from 'y';
      const { a, b: [c, ...d], ...e } = {}, f = 1;
      function g(h, { i = 2 }, ...j) { var k; for (let l of k) { try {} catch (m) {} } }
      class n { static { let o; } }
      for (var p in {}) {}
    `;
    expect(namesIn(collectScopes(source)).join(' ')).toBe(
      'a c d deux e f four g h i j k l m n o one p three',
    );
  });

  it('put `var` into the function and `let` into the block', () => {
    const root = collectScopes('function f() { { var a; let b; } }');
    const [inner] = root?.children ?? [];
    expect([...(inner?.declared.keys() ?? [])]).toEqual(['a']);
    expect(inner?.children.flatMap((child) => [...child.declared.keys()])).toEqual(['b']);
  });

  it('know what a variable is made as', () => {
    const root = collectScopes('const a = [], b = {}, c = new Map(), d = new x.Y(), e = f();');
    expect([...(root?.declared.values() ?? [])].map(({ made }) => made)).toEqual([
      'Array',
      'Object',
      'Map',
      null,
      null,
    ]);
  });

  it('are none for what is not JavaScript', () => {
    expect(collectScopes('const a: number = 1;')).toBeNull();
  });

  it('do not overflow on what is deep', () => {
    expect(collectScopes(`${'{'.repeat(2000)}let deep;${'}'.repeat(2000)}`)).not.toBeNull();
  });
});

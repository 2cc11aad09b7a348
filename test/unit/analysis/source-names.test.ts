import { describe, expect, it } from 'vitest';
import { definitionsBefore } from '../../../lib/analysis/source-names';

/** Text of the lines that hold a definition of `name` before the mark `§`, each from the definition on. */
function definitions(code: string, name: string): string[] {
  const lines = code.split('\n');
  const line = lines.findIndex((text) => text.includes('§'));
  const column = lines[line]?.indexOf('§') ?? 0;
  return [...definitionsBefore(lines, line, column, name)].map((place) =>
    (lines[place.line] ?? '').slice(place.column),
  );
}

describe('finding the definition of a function', () => {
  it.each([
    ['function a(b){§', 'a(b){§'],
    ['async function a(){§', 'a(){§'],
    ['function* a(){§', 'a(){§'],
    ['function *a(){§', 'a(){§'],
    ['x=function a(){§', 'a(){§'],
    ['const a=function(){§', 'a=function(){§'],
    ['const a = async (b) => {§', 'a = async (b) => {§'],
    ['let a=b=>§', 'a=b=>§'],
    ['a=()=>§', 'a=()=>§'],
    ['({a:function(){§', 'a:function(){§'],
    ['({a(){§', ''],
    ['class X{a(){§', 'a(){§'],
    ['class X{static a(){§', 'a(){§'],
    ['class X{b(){}async a(){§', 'a(){§'],
    ['class X{#a(){§', 'a(){§'],
  ])('finds it in %s', (code, expected) => {
    expect(definitions(code, 'a')).toEqual(expected === '' ? ['a(){§'] : [expected]);
  });

  it.each([
    'a(1);§',
    'x.a=function(){§',
    'ba=function(){§',
    'a1=()=>{§',
    'return a§',
    'a==b;§',
    '$a=()=>§',
    'x=a+1;§',
  ])('finds none in %s', (code) => {
    expect(definitions(code, 'a')).toEqual([]);
  });

  it('lists the nearest first, over lines', () => {
    expect(definitions('function a(){}\nfunction b(){}\nvar a=()=>{\n§', 'a')).toEqual(['a=()=>{', 'a(){}']);
  });

  it('knows identifiers of any script, and passes over what is none', () => {
    expect(definitions('const größe=()=>§', 'größe')).toEqual(['größe=()=>§']);
    expect(definitions('function a(){§', 'x.a')).toEqual([]);
    expect(definitions('function (){§', '')).toEqual([]);
  });

  it('gives up after a while', () => {
    const far = `function a(){}${'a;'.repeat(500_000)}`;
    const startMs = performance.now();
    expect(definitions(`${far}§`, 'a')).toEqual([]);
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});

// Finds where in a source a variable is declared that a function remembers, and what the local variable of a suspended
// function is called: a heap says neither. Reads sources with acorn, which is loaded at the first question.
import { collectScopes, type Declared, type Scope } from './scopes';

/** Where a variable is declared. */
export interface Declaration {
  /** 1-based. */
  line: number;
  column: number;
  /** True if it belongs to the module: the functions around it, if any, run once, as bundlers write them. */
  isTopLevel: boolean;
  /** True if it belongs to a loop that has it anew each time. */
  isInLoop: boolean;
  isClass: boolean;
  /** Name of the class of its first value; null if the source does not show it. */
  made: string | null;
}

/** A source, ready for questions; all positions are 1-based. */
export interface SourceReader {
  /** The declaration of `name` that a function which starts at a place sees from outside of itself; null if none. */
  seenFrom(name: string, line: number, column: number): Declaration | null;
  /** The one variable of the function that starts at a place which is made as an instance of a class; else null. */
  localMade(className: string, line: number, column: number): (Declaration & { name: string }) | null;
}

/** Longer sources are not parsed: a person does not read them either. */
const LONGEST_SOURCE_CHARS = 8_000_000;

/**
 * Reads a source.
 * @returns null if it is too long; what acorn does not understand, TypeScript for instance, is searched as text
 */
export function readSource(text: string): SourceReader | null {
  if (text.length > LONGEST_SOURCE_CHARS) return null;
  const lines = lineStarts(text);
  const root = collectScopes(text);
  return root === null ? searchText(text, lines) : searchScopes(root, lines);
}

function searchScopes(root: Scope, lines: number[]): SourceReader {
  const offsetOf = (line: number, column: number) => (lines[line - 1] ?? 0) + column - 1;
  const describe = (declared: Declared): Declaration => ({
    ...positionOf(lines, declared.start),
    isTopLevel: functionsAround(declared.scope).every(({ isWrapper }) => isWrapper),
    isInLoop: declared.scope.isInLoop,
    isClass: declared.isClass,
    made: declared.made,
  });
  return {
    seenFrom(name, line, column) {
      const at = offsetOf(line, column);
      const inner = innermost(root, at);
      const own = ownFunction(inner, at);
      for (let scope = own === null ? inner : own.parent; scope !== null; scope = scope.parent) {
        const declared = scope.declared.get(name);
        if (declared !== undefined) return describe(declared);
      }
      return null;
    },
    localMade(className, line, column) {
      const at = offsetOf(line, column);
      const own = ownFunction(innermost(root, at), at) ?? root;
      const made = [...declaredIn(own)].filter((declared) => declared.made === className);
      const [only] = made;
      return only === undefined || made.length > 1 ? null : { ...describe(only), name: only.name };
    },
  };
}

/** The function that starts at `at`; V8 has functions start at their parameters, which lie between name and body. */
function ownFunction(scope: Scope, at: number): Scope | null {
  for (let one: Scope | null = scope; one !== null; one = one.parent) {
    if (one.isFunction) return at <= one.bodyStart ? one : null;
  }
  return null;
}

function innermost(scope: Scope, at: number): Scope {
  for (let around = scope; ; ) {
    const inner = around.children.find(({ start, end }) => start <= at && at < end);
    if (inner === undefined) return around;
    around = inner;
  }
}

/** What a function declares in itself, but not in functions inside of it. */
function* declaredIn(scope: Scope): Generator<Declared> {
  yield* scope.declared.values();
  for (const child of scope.children) if (!child.isFunction) yield* declaredIn(child);
}

function functionsAround(scope: Scope): Scope[] {
  const around: Scope[] = [];
  for (let one: Scope | null = scope; one !== null; one = one.parent) if (one.isFunction) around.push(one);
  return around;
}

/** Without a tree: the declaration by its words. What is not indented belongs to the module. */
function searchText(text: string, lines: number[]): SourceReader {
  const words =
    '^([ \\t]*)((?:export\\s+)?(?:default\\s+)?(?:const|let|var|(?:abstract\\s+)?class|(?:async\\s+)?function\\*?))\\s+';
  return {
    seenFrom(name, line) {
      const pattern = new RegExp(`${words}${escapeRegExp(name)}(?![\\w$])`, 'gm');
      const declared = [...text.matchAll(pattern)].map(({ 0: match, 1: indent, 2: keyword = '', index }) => ({
        ...positionOf(lines, index + match.length - name.length),
        isTopLevel: indent === '',
        isInLoop: false,
        isClass: keyword.endsWith('class'),
        made: null,
      }));
      const before = declared.filter((one) => one.line <= line).at(-1);
      return before ?? declared[0] ?? null;
    },
    localMade: () => null,
  };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) starts.push(match.index + match[0].length);
  return starts;
}

function positionOf(lines: number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lines[low] as number) + 1 };
}

// Finds the line on which a function takes what it was handed: `uploads.push(request.body)` in a handler behind a body
// parser. A stack knows such a handler only by what it does afterwards, `response.send()` for instance.
//
//   app.post('/notes', async (request, response) => {    an async function is known from its beginning
//     if (!request.body) return …                         looks at it
//     notes.push(request.body);                           takes it: the line to show
//     response.sendStatus(204);                           any other is known from the first thing that it starts
import { childrenOf, FUNCTIONS, type Node, parse } from './scopes';

/** A place in a source, 1-based. */
export interface Taking {
  line: number;
  column: number;
}

/** Where parsers of bodies put what they have read: Express, Fastify, Koa, multer. */
const PLACES = new Set(['body', 'rawBody', 'file', 'files', 'payload']);
/** Expressions around it that look at a body, and do not keep it. */
const LOOKING = new Set([
  'UnaryExpression',
  'BinaryExpression',
  'IfStatement',
  'ConditionalExpression',
  'LogicalExpression',
]);

/**
 * Finds where the function around a place takes what its parameters were handed.
 * @param text JavaScript
 * @param line 1-based, of a place in the function
 * @param column 1-based
 * @returns the first place where it is more than looked at, failing that the first at all; null if there is none
 */
export function findTaking(text: string, line: number, column: number): Taking | null {
  const program = parse(text);
  if (program === null) return null;
  for (const around of functionsAround(program, offsetOf(text, line, column))) {
    const found = takingsIn(around);
    const best = found.find(({ looks }) => !looks) ?? found[0];
    if (best !== undefined) return positionOf(text, best.start);
  }
  return null;
}

/** The functions that a place lies in, the innermost first. */
function functionsAround(program: Node, at: number): Node[] {
  const found: Node[] = [];
  for (let node: Node | undefined = program; node !== undefined; ) {
    if (FUNCTIONS.has(node.type)) found.unshift(node);
    node = [...childrenOf(node)].find(({ start, end }) => start <= at && at < end);
  }
  return found;
}

interface Found {
  start: number;
  looks: boolean;
}

function takingsIn(around: Node): Found[] {
  const parameters = new Set((around.params as Node[]).flatMap(namesOf));
  const handed = new Set((around.params as Node[]).flatMap(placesOf));
  const found: Found[] = [];
  const waiting: { node: Node; parents: Node[] }[] = [{ node: around.body as Node, parents: [around] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parents } = next;
    if (takes(node, parents, parameters, handed))
      found.push({ start: node.start, looks: looks(node, parents) });
    const inner = [node, ...parents.slice(0, 2)];
    for (const child of [...childrenOf(node)].reverse()) waiting.push({ node: child, parents: inner });
  }
  return found;
}

function takes(node: Node, [parent]: Node[], parameters: Set<string>, handed: Set<string>): boolean {
  if (node.type === 'Identifier') {
    const isName =
      parent?.type === 'MemberExpression'
        ? parent.object === node
        : parent?.key !== node || parent.shorthand === true;
    return isName && handed.has(node.name as string);
  }
  if (node.type === 'VariableDeclarator')
    return placesOf(node.id as Node).length > 0 && parameters.has(rootOf(node.init as Node | null));
  if (node.type !== 'MemberExpression' || !PLACES.has(nameOf(node.property as Node))) return false;
  return parameters.has(rootOf(node)) && !(parent?.type === 'AssignmentExpression' && parent.left === node);
}

/** Whether it is only tested or measured. */
function looks(node: Node, [parent, grandparent]: Node[]): boolean {
  if (parent === undefined || LOOKING.has(parent.type)) return true;
  if (parent.type === 'MemberExpression')
    return (
      /^(?:length|byteLength|size)$/.test(nameOf(parent.property as Node)) ||
      LOOKING.has(grandparent?.type ?? '')
    );
  if (parent.type !== 'CallExpression') return false;
  const callee = parent.callee as Node;
  return callee !== node && /^is[A-Z]/.test(nameOf((callee.property as Node | undefined) ?? callee));
}

/** The variable that an expression like `context.request.body` starts from; empty if it is another. */
function rootOf(node: Node | null): string {
  let one = node;
  while (one?.type === 'MemberExpression' || one?.type === 'ChainExpression')
    one = (one.object ?? one.expression) as Node;
  return one?.type === 'Identifier' ? (one.name as string) : '';
}

/** Names that a parameter binds. */
function namesOf(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.name as string];
  if (pattern.type === 'AssignmentPattern') return namesOf(pattern.left as Node);
  return [];
}

/** Names that a pattern binds to one of the places: `{ body }`, `{ body: text }`. */
function placesOf(pattern: Node): string[] {
  if (pattern.type === 'AssignmentPattern') return placesOf(pattern.left as Node);
  if (pattern.type !== 'ObjectPattern') return [];
  return (pattern.properties as Node[]).flatMap(({ key, value }) =>
    key !== undefined && PLACES.has(nameOf(key as Node)) ? namesOf(value as Node) : [],
  );
}

function nameOf(node: Node): string {
  return String(node.name ?? node.value ?? '');
}

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  let passed = 1;
  for (const end of text.matchAll(LINE_END)) {
    if (passed === line) break;
    start = end.index + end[0].length;
    passed += 1;
  }
  return start + column - 1;
}

function positionOf(text: string, offset: number): Taking {
  const ends = [...text.slice(0, offset).matchAll(LINE_END)];
  const last = ends.at(-1);
  return { line: ends.length + 1, column: offset - (last ? last.index + last[0].length : 0) + 1 };
}

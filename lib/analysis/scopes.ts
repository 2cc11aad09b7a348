// The scopes of a source and what each declares, from the tree that acorn makes of it. Knows nothing of heaps.

/** A node of acorn's tree; fields differ by type. */
export type Node = { type: string; start: number; end: number } & Record<string, unknown>;

/** A piece of a source in which names are declared; offsets count characters from 0. */
export interface Scope {
  start: number;
  end: number;
  isFunction: boolean;
  /** Where the body of a function begins. */
  bodyStart: number;
  /** A function that is called where it stands, or that bundlers put around a module. */
  isWrapper: boolean;
  /** A loop's, or in one: there may be many of it. */
  isInLoop: boolean;
  parent: Scope | null;
  children: Scope[];
  declared: Map<string, Declared>;
}

/** A name and where it is declared. */
export interface Declared {
  name: string;
  start: number;
  scope: Scope;
  isClass: boolean;
  /** Name of the class of its first value, as `new Map()` and `[]` say it; null if that cannot be seen. */
  made: string | null;
}

const BLOCKS = new Set([
  'BlockStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'SwitchStatement',
  'CatchClause',
  'StaticBlock',
]);
const LOOPS = /^(?:For|ForIn|ForOf|While|DoWhile)Statement$/;
/** Types of the nodes that are functions. */
export const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/**
 * Parses a source, as a script or as a module, whichever it is.
 * @returns the scope of the whole; null if it is not JavaScript
 */
export function collectScopes(text: string): Scope | null {
  const program = parse(text);
  if (program === null) return null;
  const root = makeScope({ ...program, start: 0, end: text.length }, null);
  root.end = Number.POSITIVE_INFINITY;
  // Not by recursion: what minifiers write is deep.
  const waiting: { node: Node; scope: Scope; around: Node[] }[] = [
    { node: program, scope: root, around: [] },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, scope, around } = next;
    declareNamesOf(node, scope);
    const inner = innerScope(node, scope, around);
    const path = [node, ...around.slice(0, 2)];
    for (const child of childrenOf(node)) waiting.push({ node: child, scope: inner, around: path });
  }
  return root;
}

/**
 * Parses a source.
 * @returns acorn's tree; null if it is not JavaScript
 */
export function parse(text: string): Node | null {
  const acorn = require('acorn') as typeof import('acorn');
  for (const sourceType of ['script', 'module'] as const) {
    try {
      return acorn.parse(text, {
        ecmaVersion: 'latest',
        sourceType,
        allowHashBang: true,
        allowReturnOutsideFunction: true,
        allowAwaitOutsideFunction: true,
        allowSuperOutsideMethod: true,
      }) as unknown as Node;
    } catch {
      // The other goal then, or no JavaScript at all.
    }
  }
  return null;
}

function makeScope(node: Node, parent: Scope | null, isFunction = false, isLoop = false): Scope {
  const body = node.body as Node | undefined;
  const scope: Scope = {
    start: node.start,
    end: node.end,
    isFunction,
    bodyStart: isFunction && body ? body.start : node.start,
    isWrapper: false,
    isInLoop: isLoop || (parent?.isInLoop === true && !isFunction),
    parent,
    children: [],
    declared: new Map(),
  };
  parent?.children.push(scope);
  return scope;
}

function innerScope(node: Node, scope: Scope, around: Node[]): Scope {
  if (FUNCTIONS.has(node.type)) {
    const inner = makeScope(node, scope, true);
    inner.isWrapper = isWrapper(node, around);
    for (const parameter of node.params as Node[]) declarePattern(parameter, inner, false, null);
    return inner;
  }
  // The block of a function is the function's own.
  if (node.type === 'BlockStatement' && around[0] && FUNCTIONS.has(around[0].type)) return scope;
  const isLoop = [node, around[0]].some((one) => one !== undefined && LOOPS.test(one.type));
  return BLOCKS.has(node.type) ? makeScope(node, scope, false, isLoop) : scope;
}

/** `(() => { … })()`, `(function () { … }).call(this)`, and the modules of webpack and esbuild: `"./a.js": () => …`. */
function isWrapper(node: Node, [parent, grandparent]: Node[]): boolean {
  if (parent === undefined || node.type === 'FunctionDeclaration') return false;
  if (parent.type === 'CallExpression' && parent.callee === node) return true;
  if (parent.type === 'MemberExpression' && parent.object === node)
    return grandparent?.type === 'CallExpression';
  if (parent.type !== 'Property' || parent.value !== node) return false;
  const key = parent.key as Node;
  return typeof key.value === 'number' || (typeof key.value === 'string' && /[./]/.test(key.value));
}

function declareNamesOf(node: Node, scope: Scope): void {
  switch (node.type) {
    case 'VariableDeclaration': {
      const target = node.kind === 'var' ? functionScope(scope) : scope;
      for (const { id, init } of node.declarations as { id: Node; init: Node | null }[]) {
        declarePattern(id, target, init?.type === 'ClassExpression', madeBy(init));
      }
      break;
    }
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      if (node.id) declarePattern(node.id as Node, scope, node.type === 'ClassDeclaration', null);
      break;
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
      declarePattern(node.local as Node, scope, false, null);
      break;
    case 'CatchClause':
      if (node.param) declarePattern(node.param as Node, scope, false, null);
      break;
  }
}

function functionScope(scope: Scope): Scope {
  let one = scope;
  while (one.parent !== null && !one.isFunction) one = one.parent;
  return one;
}

function declarePattern(pattern: Node, scope: Scope, isClass: boolean, made: string | null): void {
  const inner = (node: unknown) => declarePattern(node as Node, scope, false, null);
  switch (pattern.type) {
    case 'Identifier': {
      const name = pattern.name as string;
      // Of two, as `var` allows, the first.
      if (!scope.declared.has(name))
        scope.declared.set(name, { name, start: pattern.start, scope, isClass, made });
      break;
    }
    case 'ObjectPattern':
      for (const property of pattern.properties as Node[]) inner(property.value ?? property.argument);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements as (Node | null)[]) if (element) inner(element);
      break;
    case 'AssignmentPattern':
      inner(pattern.left);
      break;
    case 'RestElement':
      inner(pattern.argument);
      break;
  }
}

function madeBy(init: Node | null): string | null {
  if (init === null) return null;
  if (init.type === 'ArrayExpression') return 'Array';
  if (init.type === 'ObjectExpression') return 'Object';
  if (init.type === 'AwaitExpression') return madeBy(init.argument as Node);
  let maker = init.callee as Node | undefined;
  // `Buffer.alloc(8)`, `Uint8Array.from(list)`.
  if (init.type === 'CallExpression')
    maker = maker?.type === 'MemberExpression' ? (maker.object as Node) : undefined;
  return maker?.type === 'Identifier' ? (maker.name as string) : null;
}

/** The nodes that a node is made of, in the order of the source. */
export function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && typeof one === 'object' && typeof (one as Node).type === 'string')
        yield one as Node;
    }
  }
}

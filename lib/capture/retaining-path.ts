// Makes of a way through the heap, as V8 has it, the path that a person can act on: it starts at the variable, global,
// timer or handle that the program knows, and has no step that only V8 knows. Pure but for the questions it asks.
//
//   V8     (root) ─ global ─ queueMicrotask() ─ context ─ process ─ _events ─ exit ─► f() ─ context ─ sessions ─► Map
//          ─ table ─► (array) ─ 17 ─► Session ─ chunks ─► Array ─ 4 ─► Uint8Array
//   path   variable `sessions` of the module, a Map ─ entry ─► Session ─ .chunks ─► Array ─ [] ─► Uint8Array
import type { Declaration } from '../analysis/declarations';
import type { PathStep } from '../dump/format';
import type { RootKind } from '../dump/path-format';
import type { kEdgeTypes, kNodeTypes } from '../native';

/** One reference of a way and the object that it leads to, with a place that belongs to the object. */
export interface RawStep {
  edgeType: (typeof kEdgeTypes)[number];
  /** Empty where there is none. */
  edgeName: string;
  /** Too many names to tell stand for one. */
  anyName: boolean;
  nodeType: (typeof kNodeTypes)[number];
  nodeName: string;
  repeats: boolean;
  /** Script, function, 1-based line and column; empty or 0 where unknown. See `Step` in native/retainers.h. */
  script: string;
  function: string;
  line: number;
  column: number;
}

/** A place in code, generated positions, 1-based. */
export interface Place {
  function: string;
  file: string;
  line: number;
  column: number;
}

/** A `PathStep` or root whose place is not an index yet. */
export type Placed<T> = Omit<T, 'where'> & { where: Place | null };

/** A path whose places are not indices yet. */
export interface SketchedPath {
  root: { kind: RootKind; name: string; class: string; where: Place | null };
  steps: Placed<PathStep>[];
}

/** What sources can tell. */
export interface Sources {
  /** Whose code a script is. */
  originOf(script: string): 'user' | 'dependency' | 'node' | 'native' | 'self';
  seenFrom(name: string, script: string, line: number, column: number): Declaration | null;
  localMade(
    className: string,
    script: string,
    line: number,
    column: number,
  ): (Declaration & { name: string }) | null;
}

/** How the reference from a WeakMap's key to its value begins; the name of the WeakMap follows. */
const PART_OF_KEY = 'part of key (';

interface Anchor {
  at: number;
  root: SketchedPath['root'];
  /** A variable that there may be many of, of functions or loops: what holds the function says more. */
  isInner?: boolean;
}

/** Turns a way into a path. */
export function sketchPath(way: readonly RawStep[], sources: Sources): SketchedPath {
  const { at, root } = findAnchor(way, sources);
  return { root, steps: stepsAfter(way, at, sources) };
}

/** The last variable of a module, global or local variable on the way; failing that what the way begins with. */
function findAnchor(way: readonly RawStep[], sources: Sources): Anchor {
  let weak: Anchor | null = null;
  for (let at = way.length - 1; at > 0; at -= 1) {
    const anchor = variableAt(way, at, sources) ?? localAt(way, at, sources) ?? globalAt(way, at);
    // What Node's own modules hold says more than that it is reachable from there by detours.
    if (anchor?.root.kind === 'other') weak ??= anchor;
    else if (anchor?.isInner) weak = anchor;
    else if (anchor !== null) return isNearerToUser(weak, at, way, sources) ? (weak as Anchor) : anchor;
    else weak = betterOf(handleAt(way, at), weak);
  }
  return weak ?? rootOf(way);
}

/** What a user's function remembers says more than the module of a dependency that leads to the function. */
function isNearerToUser(
  known: Anchor | null,
  at: number,
  way: readonly RawStep[],
  sources: Sources,
): known is Anchor {
  if (!known?.isInner) return false;
  const originAt = (index: number) => sources.originOf(way[index - 1]?.script ?? '');
  return originAt(known.at) === 'user' && originAt(at) === 'dependency';
}

/** A variable that a function remembers. */
function variableAt(way: readonly RawStep[], at: number, sources: Sources): Anchor | null {
  const step = way[at] as RawStep;
  const scope = way[at - 1];
  if (step.edgeType !== 'context' || scope === undefined) return null;
  const origin = sources.originOf(scope.script);
  if (origin === 'self') return null;
  const name = nameOfVariable(step, scope, sources);
  if (origin === 'node') {
    if (name === 'process' || classOf(step) === 'process')
      return { at, root: rootNamed('global', 'process', step, null) };
    return { at, root: rootNamed('other', name, step, placeOf(scope)) };
  }
  const declared = sources.seenFrom(name, scope.script, scope.line, scope.column);
  const where =
    declared === null ? placeOf(scope) : { function: name, file: scope.script, ...pick(declared) };
  // A suspended function has its scope from itself, any other from a function that was made in it.
  const isSuspended = scope.edgeName === 'context' && isGenerator(way[at - 2]);
  const isOfModule = declared?.isTopLevel || isExport(scope);
  const kind = isOfModule ? 'module' : isSuspended ? 'local' : 'closure';
  const root = rootNamed(kind, name, step, where);
  if (declared?.isClass) root.class = 'class';
  return { at, root, isInner: !isOfModule || declared?.isInLoop === true };
}

/** A variable that a module exports lies in a cell of its own (native/core/module_exports.h). */
function isExport(scope: RawStep): boolean {
  return scope.nodeName === 'system / Cell';
}

/** Of a block's variables it may not be known which one it is (native/core/block_scopes.h): the source may tell. */
function nameOfVariable(step: RawStep, scope: RawStep | undefined, sources: Sources): string {
  const names = step.edgeName.split('|');
  if (names.length === 1 || scope === undefined) return step.edgeName;
  const { script, line, column } = scope;
  const made = names.filter((name) => sources.seenFrom(name, script, line, column)?.made === classOf(step));
  return made.length === 1 ? (made[0] as string) : names.join(' or ');
}

/** A local variable of a function that is suspended, or that runs. */
function localAt(way: readonly RawStep[], at: number, sources: Sources): Anchor | null {
  const step = way[at] as RawStep;
  const holder = way[at - 1];
  if (holder?.edgeName !== 'parameters_and_registers') return null;
  const generator = way[at - 2];
  if (generator === undefined || sources.originOf(generator.script) === 'self') return null;
  const { script, line, column } = generator;
  const local = sources.localMade(classOf(step), script, line, column);
  if (sources.originOf(script) === 'node') return null;
  const where = local
    ? { function: local.name, file: script, ...pick(local) }
    : placeOf({ ...generator, function: generator.function });
  return { at, root: rootNamed('local', local?.name ?? '', step, where), isInner: true };
}

function globalAt(way: readonly RawStep[], at: number): Anchor | null {
  const step = way[at] as RawStep;
  const holder = way[at - 1];
  if (step.edgeType !== 'property' || holder === undefined || !isGlobalObject(holder, at - 1)) return null;
  // What Node and V8 put there is a way to everything, and says nothing.
  if (step.nodeType === 'closure' && (step.script === '' || step.script.startsWith('node:'))) return null;
  return { at, root: rootNamed('global', nameOf(step), step, null) };
}

function isGlobalObject({ nodeName, edgeName, edgeType }: RawStep, at: number): boolean {
  return (
    edgeName === 'global_object' ||
    nodeName.includes('[JSGlobalObject]') ||
    (at === 1 && edgeType === 'shortcut') ||
    // Newer V8 tells the names of its constructor and of its class, too: `global (global*)`.
    /^global(?: \(global\*?\))?$/.test(nodeName)
  );
}

/** A timer or handle holds what a function remembers for it; what is nearer to the buffer says more than the rest. */
function betterOf(found: Anchor | null, known: Anchor | null): Anchor | null {
  return found === null || (known !== null && !known.isInner) ? known : found;
}

function handleAt(way: readonly RawStep[], at: number): Anchor | null {
  const step = way[at] as RawStep;
  if (step.nodeName === 'Timeout' || step.nodeName === 'Immediate') {
    return { at, root: rootNamed('timer', step.nodeName, step, null) };
  }
  if (step.nodeName === 'Module' && way[at + 1]?.edgeName === 'exports') {
    const where = step.script === '' ? null : { function: '', file: step.script, line: 0, column: 0 };
    return { at: at + 1, root: rootNamed('exports', '', way[at + 1] as RawStep, where) };
  }
  const handle = /^Node \/ ([A-Z]\w*(?:Wrap|Req|Port|Handle|Session|Stream|Parser|Context))$/.exec(
    step.nodeName,
  );
  if (handle !== null) {
    const name = handle[1] ?? '';
    return { at, root: { kind: 'handle', name, class: name, where: null } };
  }
  return null;
}

/** What the way begins with, where nothing on it is known to the program. */
function rootOf(way: readonly RawStep[]): Anchor {
  const subroot = way.findIndex(
    ({ nodeType, nodeName }) => nodeType === 'synthetic' && nodeName !== '(GC roots)' && nodeName !== '',
  );
  const at = Math.max(subroot, 0) + 1 < way.length ? Math.max(subroot, 0) + 1 : way.length - 1;
  const first = way[at] as RawStep;
  const name = way[subroot]?.nodeName ?? '';
  const kind: RootKind = /Micro tasks/.test(name)
    ? 'microtask'
    : /Stack roots|Handle scope/.test(name)
      ? 'local'
      : /handles/.test(name)
        ? 'native'
        : 'other';
  return { at, root: rootNamed(kind, kind === 'other' ? name : '', first, null) };
}

function rootNamed(kind: RootKind, name: string, step: RawStep, where: Place | null): SketchedPath['root'] {
  return { kind, name, class: classOf(step), where };
}

/** The steps behind an anchor that mean something to a person. */
function stepsAfter(way: readonly RawStep[], anchor: number, sources: Sources): Placed<PathStep>[] {
  const steps: Placed<PathStep>[] = [];
  let repeats = false;
  // What native code has between an object and the memory, nobody can act on.
  const isNative = ({ nodeName }: RawStep) => nodeName.startsWith('Node / ');
  const last = way.at(-1);
  const native =
    last !== undefined && isNative(last) ? way.findIndex((one, at) => at > anchor && isNative(one)) : -1;
  const end = native < 0 ? way.length : native;
  for (let at = anchor + 1; at < end; at += 1) {
    const step = way[at] as RawStep;
    repeats ||= step.repeats;
    const made = stepAt(way, at, sources);
    if (made === null) continue;
    steps.push({ ...made, class: classOf(step), where: placeOfNode(step, sources), repeats });
    repeats = false;
  }
  return steps;
}

function stepAt(
  way: readonly RawStep[],
  at: number,
  sources: Sources,
): Pick<PathStep, 'type' | 'name'> | null {
  const step = way[at] as RawStep;
  const { edgeType, edgeName } = step;
  if (sources.originOf(step.script) === 'self') return null;
  if (edgeName.startsWith(PART_OF_KEY)) return weakEntry(edgeName.slice(PART_OF_KEY.length), way[at - 1]);
  switch (edgeType) {
    case 'context':
      return { type: 'variable', name: nameOfVariable(step, way[at - 1], sources) };
    case 'property': {
      const name = nameOf(step);
      return { type: name.startsWith('#') ? 'private' : 'property', name };
    }
    case 'element':
      return { type: 'element', name: '' };
    default: {
      const holder = way[at - 1];
      if (edgeName === '' && holder?.edgeName === 'table' && isCollection(way[at - 2]))
        return { type: 'entry', name: '' };
      if (edgeName === 'bound_this' || edgeName === 'bound_function')
        return { type: 'internal', name: edgeName.replace('_', ' ') };
      if (edgeName.startsWith('bound_argument')) return { type: 'internal', name: 'bound argument' };
      const local = localAt(way, at, sources)?.root.name;
      if (local) return { type: 'variable', name: local };
      return isWorthTelling(step) ? { type: 'internal', name: '' } : null;
    }
  }
}

/** What compilers make of `#chunks` for older engines is a WeakMap called `_chunks` or `_Store_chunks`. */
function weakEntry(mapName: string, key: RawStep | undefined): Pick<PathStep, 'type' | 'name'> {
  const name = mapName.replace(/^<symbol (.*)>$/s, '$1');
  const lowered = /^_(.+)$/.exec(name)?.[1];
  if (lowered === undefined || key === undefined || key.nodeName === 'Object')
    return { type: 'weak-entry', name };
  const ofClass = `${key.nodeName}_`;
  return {
    type: 'private',
    name: `#${lowered.startsWith(ofClass) ? lowered.slice(ofClass.length) : lowered}`,
  };
}

function isCollection(step: RawStep | undefined): boolean {
  return step !== undefined && step.nodeType === 'object' && !isScope(step);
}

/** Of what V8 and Node have between them, only objects of a class and functions are known to a person. */
function isWorthTelling(step: RawStep): boolean {
  if (step.nodeType === 'closure') return step.line > 0 && !step.script.startsWith('node:');
  if (step.nodeType !== 'object' || isScope(step) || isGenerator(step)) return false;
  return step.nodeName !== '' && !step.nodeName.startsWith('system / ');
}

function isScope({ nodeName }: RawStep): boolean {
  return nodeName.startsWith('system / Context');
}

function isGenerator(step: RawStep | undefined): boolean {
  return step !== undefined && /Generator|AsyncFunction/.test(step.nodeName) && step.nodeType === 'object';
}

/** Symbols come as `<symbol kQueue>`, private names in some versions as `<symbol #queue>`. */
function nameOf({ edgeName, anyName }: RawStep): string {
  if (anyName) return '*';
  const symbol = /^<symbol (.*)>$/s.exec(edgeName);
  if (symbol === null) return edgeName;
  return symbol[1]?.startsWith('#') ? symbol[1] : `[${symbol[1]}]`;
}

function classOf({ nodeType, nodeName }: RawStep): string {
  if (nodeType === 'closure') return `${nodeName || 'anonymous'}()`;
  if (nodeType === 'array' || nodeName.startsWith('system / ')) return '';
  return nodeName === 'FastBuffer' ? 'Buffer' : nodeName.replace(/^Node \/ /, '');
}

function placeOfNode(step: RawStep, sources: Sources): Place | null {
  const origin = sources.originOf(step.script);
  return origin === 'user' || origin === 'dependency' ? placeOf(step) : null;
}

function placeOf({ script, function: name, line, column, nodeName, nodeType }: RawStep): Place | null {
  if (script === '' || line === 0) return null;
  return {
    function: name || (nodeType === 'object' && !nodeName.startsWith('system / ') ? nodeName : ''),
    file: script,
    line,
    column,
  };
}

function pick({ line, column }: Declaration): { line: number; column: number } {
  return { line, column };
}

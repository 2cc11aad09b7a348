// The sampling heap profile of V8 (`HeapProfiler.SamplingHeapProfile` of the DevTools protocol, saved as
// `.heapprofile`): the Memory panel of Chrome's DevTools, VS Code and speedscope open it.
import { pathToFileURL } from 'node:url';
import type { Place } from '../analysis/owner';
import type { Dump } from '../dump/format';
import { METRIC_MEANINGS, type Metric } from './metric';
import { type ExportOptions, resolveExportOptions } from './options';
import { createExportStacks, functionName } from './stacks';

/** A place in code as the DevTools protocol has it: lines and columns are 0-based, -1 if unknown. */
export interface CallFrame {
  functionName: string;
  scriptId: string;
  url: string;
  lineNumber: number;
  columnNumber: number;
}

/** A node of the tree of calls, callers above callees. */
export interface HeapProfileNode {
  callFrame: CallFrame;
  /** Bytes allocated right here, not below. */
  selfSize: number;
  /** Unique in the file. */
  id: number;
  children: HeapProfileNode[];
}

/** A sampling heap profile. */
export interface HeapProfile {
  head: HeapProfileNode;
  /** The bytes of each node once more: DevTools adds them up by `nodeId`. */
  samples: { size: number; nodeId: number; ordinal: number }[];
}

/** The format knows sizes only. */
export const HEAP_PROFILE_METRICS: readonly Metric[] = ['live', 'total', 'peak'];

/** Pieces are cut at about this many UTF-16 units. */
const PIECE_LENGTH = 1 << 20;
const SAMPLES_PER_PIECE = 10_000;
const ROOT_ID = 1;
const ROOT: CallFrame = { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };

/** A node as it is come across, callers before callees. */
interface Visit {
  /** 0 for the root. */
  depth: number;
  callFrame: CallFrame;
  selfSize: number;
  id: number;
}

/**
 * Turns a dump into a sampling heap profile.
 * @param dump as dump() and readDump() return it
 * @param options what to show; the metric must be `live`, `total` or `peak`
 * @returns plain JSON; {@link exportDump} writes big ones that JSON.stringify could not
 * @throws TypeError, RangeError for wrong options
 */
export function toHeapProfile(dump: Dump, options: ExportOptions = {}): HeapProfile {
  const samples: HeapProfile['samples'] = [];
  const head: HeapProfileNode = { callFrame: ROOT, selfSize: 0, id: ROOT_ID, children: [] };
  const path = [head];
  for (const { depth, callFrame, selfSize, id } of visitNodes(dump, options)) {
    const node: HeapProfileNode = { callFrame, selfSize, id, children: [] };
    path.length = depth;
    path[depth - 1]?.children.push(node);
    path.push(node);
    if (selfSize > 0) samples.push({ size: selfSize, nodeId: id, ordinal: samples.length + 1 });
  }
  return { head, samples };
}

/**
 * Writes the profile of {@link toHeapProfile} as JSON, piece by piece: a big tree is more than one string can hold.
 * @param dump as dump() and readDump() return it
 * @param options as of {@link toHeapProfile}
 * @returns pieces of text
 * @throws TypeError, RangeError for wrong options
 */
export function* heapProfilePieces(
  dump: Dump,
  options: ExportOptions = {},
): Generator<string, void, undefined> {
  const texts = new Map<CallFrame, string>();
  const begin = (callFrame: CallFrame, selfSize: number, id: number): string => {
    const text = texts.get(callFrame) ?? JSON.stringify(callFrame);
    texts.set(callFrame, text);
    return `{"callFrame":${text},"selfSize":${selfSize},"id":${id},"children":[`;
  };
  const samples: string[] = [];
  let piece = `{"head":${begin(ROOT, 0, ROOT_ID)}`;
  let openDepth = 0;
  for (const { depth, callFrame, selfSize, id } of visitNodes(dump, options)) {
    if (depth <= openDepth) piece += `${']}'.repeat(openDepth - depth + 1)},`;
    piece += begin(callFrame, selfSize, id);
    openDepth = depth;
    if (selfSize > 0) samples.push(`{"size":${selfSize},"nodeId":${id},"ordinal":${samples.length + 1}}`);
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}${']}'.repeat(openDepth + 1)},\n"samples":[`;
  for (let start = 0; start < samples.length; start += SAMPLES_PER_PIECE) {
    yield (start === 0 ? '' : ',') + samples.slice(start, start + SAMPLES_PER_PIECE).join(',');
  }
  yield ']}\n';
}

/**
 * Goes through the tree that the stacks of a dump make, without building it: in the order of their frames, outermost
 * first, each stack follows those that share its beginning, and those that are its beginning.
 */
function* visitNodes(dump: Dump, options: ExportOptions): Generator<Visit, void, undefined> {
  const { join, metric } = resolveExportOptions('toHeapProfile', dump, options, HEAP_PROFILE_METRICS);
  const { figureOf } = METRIC_MEANINGS[metric];
  const stacks = createExportStacks(dump, join);
  const callFrames = createCallFrames(stacks.places);
  const sizes = new Map<readonly number[], number>();
  for (const site of dump.sites) {
    const value = figureOf(site);
    const stack = stacks.of(site);
    if (value > 0) sizes.set(stack, (sizes.get(stack) ?? 0) + value);
  }
  const sorted = [...sizes].sort(([a], [b]) => compareStacks(a, b));
  let before: readonly number[] = [];
  let id = ROOT_ID;
  for (let at = 0; at < sorted.length; ) {
    const stack = sorted[at]?.[0] ?? [];
    let selfSize = 0;
    // Equal stacks may stand in a dump more than once.
    for (; at < sorted.length && compareStacks(sorted[at]?.[0] ?? [], stack) === 0; at += 1)
      selfSize += sorted[at]?.[1] ?? 0;
    for (let depth = sharedDepth(before, stack) + 1; depth <= stack.length; depth += 1) {
      id += 1;
      const callFrame = callFrames[stack.at(-depth) ?? -1] ?? ROOT;
      yield { depth, callFrame, selfSize: depth === stack.length ? selfSize : 0, id };
    }
    before = stack;
  }
}

/** How many of their outermost frames two stacks share. */
function sharedDepth(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let depth = 0;
  while (depth < most && a[a.length - 1 - depth] === b[b.length - 1 - depth]) depth += 1;
  return depth;
}

function compareStacks(a: readonly number[], b: readonly number[]): number {
  const depth = sharedDepth(a, b);
  return (a[a.length - 1 - depth] ?? -1) - (b[b.length - 1 - depth] ?? -1);
}

function createCallFrames(places: readonly Place[]): CallFrame[] {
  const scriptIds = new Map<string, string>();
  return places.map((place) => {
    const { file, line, column } = place;
    const scriptId = file === '' ? '0' : (scriptIds.get(file) ?? String(scriptIds.size + 1));
    if (file !== '') scriptIds.set(file, scriptId);
    return {
      functionName: functionName(place),
      scriptId,
      url: urlOf(file),
      lineNumber: line - 1,
      columnNumber: column - 1,
    };
  });
}

function urlOf(file: string): string {
  return file.startsWith('/') ? pathToFileURL(file).href : file;
}

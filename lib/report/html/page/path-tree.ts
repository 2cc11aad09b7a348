// Merges retaining paths that begin alike into a tree, biggest branches first.
import type { ReportTables } from '../report-data';

/** A step that some memory is kept by, and what comes after it. */
export interface PathNode {
  /** Index into the steps. */
  step: number;
  bytes: number;
  count: number;
  children: PathNode[];
}

/**
 * Builds the tree of what keeps memory.
 * @param chosen the sites that count; null for all
 */
export function buildPathTree(
  { holdings, paths }: ReportTables,
  chosen: ReadonlySet<number> | null,
): PathNode[] {
  const roots: PathNode[] = [];
  for (const { site, path, bytes, count } of holdings) {
    if (chosen !== null && !chosen.has(site)) continue;
    let level = roots;
    for (const step of paths[path] ?? []) {
      let node = level.find((each) => each.step === step);
      if (node === undefined) {
        node = { step, bytes: 0, count: 0, children: [] };
        level.push(node);
      }
      node.bytes += bytes;
      node.count += count;
      level = node.children;
    }
  }
  sortTree(roots);
  return roots;
}

function sortTree(nodes: PathNode[]): void {
  nodes.sort((a, b) => b.bytes - a.bytes || a.step - b.step);
  for (const { children } of nodes) sortTree(children);
}

/** What a path starts at, in words. */
export const ROOT_WORDS: Record<string, string> = {
  module: 'module variable',
  global: 'global',
  closure: 'closure variable',
  local: 'local variable',
  timer: 'timer',
  handle: 'handle',
  microtask: 'microtask',
  exports: 'exports',
  native: 'native code',
  other: 'runtime',
};

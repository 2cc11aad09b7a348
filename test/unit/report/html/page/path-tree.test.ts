import { describe, expect, it } from 'vitest';
import { stepName } from '../../../../../lib/report/html/page/items';
import { buildPathTree, type PathNode } from '../../../../../lib/report/html/page/path-tree';
import { buildTables } from '../../../../../lib/report/html/tables';
import { storyAt } from '../sample-dumps';

const tables = buildTables([storyAt(34)]);
const names = (nodes: PathNode[]) => nodes.map(({ step }) => stepName(tables, step));

describe('the tree of what keeps memory', () => {
  it('merges paths that begin alike, biggest first', () => {
    const roots = buildPathTree(tables, null);
    expect(names(roots)).toEqual(['module variable sessions: Map', 'closure variable cache: LruCache']);
    const [session] = roots[0]?.children ?? [];
    expect(names(session?.children ?? [])).toEqual(['.chunks: Array', '.avatar: ArrayBuffer']);
    expect(session?.bytes).toBe(2_720_000_000 + 110_000_000);
  });

  it('is of chosen sites only', () => {
    const held = tables.holdings.find(({ path }) => path === 2)?.site ?? -1;
    expect(names(buildPathTree(tables, new Set([held])))).toEqual(['closure variable cache: LruCache']);
    expect(buildPathTree(tables, new Set())).toEqual([]);
  });
});

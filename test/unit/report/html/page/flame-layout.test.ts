import { describe, expect, it } from 'vitest';
import { boxAt, layOut, neighbour } from '../../../../../lib/report/html/page/flame-layout';
import { buildTree, sumUp } from '../../../../../lib/report/html/page/flame-tree';
import { buildTables } from '../../../../../lib/report/html/tables';
import { buildDump } from '../../../dump/dump-builder';
import { manySites } from '../sample-dumps';

const tables = buildTables([
  buildDump({
    sites: [
      { stack: ['user read /a.js:1:1', 'user main /a.js:9:1'], liveBytes: 75 },
      { stack: ['user write /a.js:2:1', 'user main /a.js:9:1'], liveBytes: 25 },
    ],
  }),
]);
const tree = buildTree(tables, { arrangement: 'stack', inverted: false, hideInternals: false });
const values = sumUp(tree, tables.figures[0]?.liveBytes ?? []);

describe('the layout of a flame graph', () => {
  it('gives each box its share of the width, biggest first', () => {
    const { rows } = layOut(tree, values, 0, 400);
    expect(rows.map((row) => row.map(({ left, width }) => [left, width]))).toEqual([
      [[0, 400]],
      [[0, 400]],
      [
        [0, 300],
        [300, 100],
      ],
    ]);
  });

  it('gives a box that is zoomed into the whole width, below those above it', () => {
    const smaller = layOut(tree, values, 0, 400).rows[2]?.[1]?.node ?? 0;
    const { rows } = layOut(tree, values, smaller, 400);
    expect(rows.map((row) => row.map(({ width }) => width))).toEqual([[400], [400], [400]]);
    expect(rows[2]?.[0]?.node).toBe(smaller);
  });

  it('finds the box at a point', () => {
    const layout = layOut(tree, values, 0, 400);
    expect(boxAt(layout, 2, 299)).toBe(layout.rows[2]?.[0]);
    expect(boxAt(layout, 2, 300)).toBe(layout.rows[2]?.[1]);
    expect(boxAt(layout, 3, 10)).toBeNull();
    expect(boxAt(layout, 2, 500)).toBeNull();
  });

  it('leads from box to box by arrow keys', () => {
    const layout = layOut(tree, values, 0, 400);
    const [root, main, read, write] = layout.rows.flat();
    expect(neighbour(tree, layout, 0, 'in')).toBe(main);
    expect(neighbour(tree, layout, main?.node ?? 0, 'in')).toBe(read);
    expect(neighbour(tree, layout, read?.node ?? 0, 'right')).toBe(write);
    expect(neighbour(tree, layout, write?.node ?? 0, 'right')).toBeNull();
    expect(neighbour(tree, layout, main?.node ?? 0, 'out')).toBe(root);
  });

  it('puts together what would be too narrow to be seen, so that nothing of the width is missing', () => {
    const many = buildTables([manySites(3_000)]);
    const large = buildTree(many, { arrangement: 'cause', inverted: false, hideInternals: false });
    const { rows } = layOut(large, sumUp(large, many.figures[0]?.liveBytes ?? []), 0, 1_000);
    expect(rows.flat().length).toBeLessThan(large.item.length / 2);
    expect(Math.min(...rows.flat().map(({ width }) => width))).toBeGreaterThanOrEqual(1);
    const second = rows[1] ?? [];
    expect(second.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(1_000, 3);
    expect(second.at(-1)?.rest).toBeGreaterThan(100);
    expect(neighbour(large, { rows }, 0, 'in')).toBe(second.find(({ rest }) => rest === 0) ?? null);
  });

  it('is one box for a tree of nothing', () => {
    const { rows } = layOut(tree, new Float64Array(values.length), 0, 400);
    expect(rows.flat()).toHaveLength(1);
  });
});

// Says where the boxes of a flame graph are, for the part that can be seen: what would be narrower than half a pixel is
// left out before it is laid out, so that a million nodes cost what a screenful does.
import { type HierarchyRectangularNode, hierarchy, partition } from 'd3-hierarchy';
import { ancestry, childrenOf, type FlameTree } from './flame-tree';

/** A box, in pixels; rows count from the root. */
export interface Box {
  node: number;
  left: number;
  width: number;
  row: number;
}

/** Where everything is. */
export interface FlameLayout {
  /** Row by row, each from left to right. */
  rows: Box[][];
}

/** Height of a row with the gap below it. */
export const ROW_HEIGHT_PX = 22;
const NARROWEST_PX = 0.5;

/**
 * Lays out a node with all that is below it over the whole width, and the nodes above it in rows of their own.
 * @param width in pixels
 */
export function layOut(tree: FlameTree, values: Float64Array, focus: number, width: number): FlameLayout {
  const way = ancestry(tree, focus);
  const rows: Box[][] = way.slice(0, -1).map((node, row) => [{ node, left: 0, width, row }]);
  const whole = values[focus] ?? 0;
  if (whole <= 0 || width <= 0)
    return { rows: [...rows, [{ node: focus, left: 0, width, row: rows.length }]] };
  const least = (whole * NARROWEST_PX) / width;
  const root = hierarchy(focus, (node) =>
    childrenOf(tree, values, node).filter((child) => (values[child] ?? 0) >= least),
  );
  root.each((each) => {
    Object.assign(each, { value: values[each.data] ?? 0 });
  });
  const placed = partition<number>().size([width, root.height + 1])(root);
  const depth = rows.length;
  placed.each((box: HierarchyRectangularNode<number>) => {
    const row = depth + box.depth;
    rows[row] ??= [];
    rows[row].push({ node: box.data, left: box.x0, width: box.x1 - box.x0, row });
  });
  return { rows };
}

/** The box at a point of a row, if there is one. */
export function boxAt({ rows }: FlameLayout, row: number, x: number): Box | null {
  const boxes = rows[row] ?? [];
  let [low, high] = [0, boxes.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const box = boxes[middle];
    if (!box) return null;
    if (x < box.left) high = middle - 1;
    else if (x >= box.left + box.width) low = middle + 1;
    else return box;
  }
  return null;
}

/** The box that one comes to from a node by an arrow key; null if there is none that way. */
export function neighbour(
  tree: FlameTree,
  layout: FlameLayout,
  node: number,
  way: 'in' | 'out' | 'left' | 'right',
): Box | null {
  const boxes = layout.rows.flat();
  const box = boxes.find((each) => each.node === node);
  if (!box) return boxes[0] ?? null;
  if (way === 'out') return boxes.find((each) => each.node === tree.parent[node]) ?? null;
  if (way === 'in') return layout.rows[box.row + 1]?.find((each) => tree.parent[each.node] === node) ?? null;
  const row = layout.rows[box.row] ?? [];
  return row[row.indexOf(box) + (way === 'left' ? -1 : 1)] ?? null;
}

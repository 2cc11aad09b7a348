// Says where the boxes of a flame graph are, for the part that can be seen: what would be too narrow is put together
// into one box before it is laid out, so that a million nodes cost what a screenful does.
import { type HierarchyRectangularNode, hierarchy, partition } from 'd3-hierarchy';
import { ancestry, childrenOf, type FlameTree } from './flame-tree';

/** A box, in pixels; rows count from the root. */
export interface Box {
  /** The node that it stands for, or the one above those that it puts together. */
  node: number;
  /** How many nodes it puts together because each would be too narrow; 0 for a node of its own. */
  rest: number;
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
const NARROWEST_PX = 1;

/**
 * Lays out a node with all that is below it over the whole width, and the nodes above it in rows of their own.
 * @param width in pixels
 */
export function layOut(tree: FlameTree, values: Float64Array, focus: number, width: number): FlameLayout {
  const way = ancestry(tree, focus);
  const rows: Box[][] = way.slice(0, -1).map((node, row) => [{ node, rest: 0, left: 0, width, row }]);
  const whole = values[focus] ?? 0;
  if (whole <= 0 || width <= 0)
    return { rows: [...rows, [{ node: focus, rest: 0, left: 0, width, row: rows.length }]] };
  const least = (whole * NARROWEST_PX) / width;
  const root = hierarchy<Part>({ node: focus, rest: 0, value: whole }, ({ node, rest }) =>
    rest > 0 ? [] : partsOf(tree, values, node, least),
  );
  root.each((each) => {
    Object.assign(each, { value: each.data.value });
  });
  const placed = partition<Part>().size([width, root.height + 1])(root);
  const depth = rows.length;
  placed.each(({ data: { node, rest }, x0, x1, depth: below }: HierarchyRectangularNode<Part>) => {
    const row = depth + below;
    rows[row] ??= [];
    rows[row].push({ node, rest, left: x0, width: x1 - x0, row });
  });
  return { rows };
}

interface Part {
  node: number;
  rest: number;
  value: number;
}

/** The children of a node that are worth a box, and one for all the others together. */
function partsOf(tree: FlameTree, values: Float64Array, node: number, least: number): Part[] {
  const children = childrenOf(tree, values, node).map((child) => ({
    node: child,
    rest: 0,
    value: values[child] ?? 0,
  }));
  const shown = children.filter(({ value }) => value >= least);
  const hidden = children.slice(shown.length).reduce((sum, { value }) => sum + value, 0);
  if (hidden < least) return shown;
  return [...shown, { node, rest: children.length - shown.length, value: hidden }];
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
  const own = ({ rest }: Box) => rest === 0;
  const boxes = layout.rows.flat().filter(own);
  const box = boxes.find((each) => each.node === node);
  if (!box) return boxes[0] ?? null;
  if (way === 'out') return boxes.find((each) => each.node === tree.parent[node]) ?? null;
  const isChild = (each: Box) => own(each) && tree.parent[each.node] === node;
  if (way === 'in') return layout.rows[box.row + 1]?.find(isChild) ?? null;
  const row = (layout.rows[box.row] ?? []).filter(own);
  return row[row.indexOf(box) + (way === 'left' ? -1 : 1)] ?? null;
}

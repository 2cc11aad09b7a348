// Merges the stacks of sites into one tree, in columns of numbers: a node is an index, children come after their parents.
// Which bytes the nodes stand for is summed up apart, so that another measure costs one pass over the nodes.
//
//   sites   main › handle › read    10 B        tree   root ─ main ─ handle ─ read
//           main › handle › write    5 B                               └──── write
//
// In the columns: parent [-1, 0, 1, 2, 2], item [root, main, handle, read, write].
import type { ReportTables } from '../report-data';
import { framesOf, isInternal } from './names';

/** What a stack is made of: the frames of the allocation, those before it too, or the path that keeps the memory. */
export const ARRANGEMENTS = ['stack', 'cause', 'retainer'] as const;

/** What a stack is made of. */
export type Arrangement = (typeof ARRANGEMENTS)[number];

/** How a tree is built. */
export interface TreeOptions {
  arrangement: Arrangement;
  /** Innermost frames next to the root. */
  inverted: boolean;
  /** Leave out frames of Node and of native code. */
  hideInternals: boolean;
}

/** What a node stands for. */
export type Item =
  | { type: 'frame'; frame: number }
  | { type: 'step'; step: number }
  | { type: 'note'; text: string };

/** A merged tree; node 0 is the root. */
export interface FlameTree {
  /** Index into `items`; -1 for the root. */
  item: Int32Array;
  items: Item[];
  /** -1 for the root; else smaller than the node. */
  parent: Int32Array;
  firstChild: Int32Array;
  nextSibling: Int32Array;
  /** Which site adds to which node, and which part of the site it is, 0 to 1. */
  entries: { site: number; node: number; part: number }[];
}

const NO_JAVASCRIPT = '(no JavaScript on the stack)';
const ONLY_INTERNALS = '(only Node’s own code)';
const NO_CAUSE = '(no cause)';
const LATER = 'later, asynchronously';
const NO_PATH = '(no path found)';

/** Builds the tree of all sites. */
export function buildTree(tables: ReportTables, options: TreeOptions): FlameTree {
  const items = new ItemTable(tables);
  const nodes = new NodeTable();
  const entries: FlameTree['entries'] = [];
  const add = (site: number, sequence: number[], part: number) => {
    const ordered = options.inverted ? sequence.toReversed() : sequence;
    let node = 0;
    for (const item of ordered) node = nodes.child(node, item);
    entries.push({ site, node, part });
  };
  if (options.arrangement === 'retainer') addPaths(tables, items, add);
  else {
    const sequenceOf = createSequencer(tables, items, options);
    for (let site = 0; site < tables.sites.kind.length; site += 1) add(site, sequenceOf(site), 1);
  }
  return { ...nodes.finish(), items: items.items, entries };
}

type Add = (site: number, sequence: number[], part: number) => void;

/** Gives a function that lists the items of a site, outermost first; each stack is looked at once. */
function createSequencer(
  tables: ReportTables,
  items: ItemTable,
  { arrangement, hideInternals }: TreeOptions,
): (site: number) => number[] {
  const known = new Map<number, number[]>();
  const itemsOf = (stack: number): number[] => {
    let found = known.get(stack);
    if (found === undefined) {
      const frames = framesOf(tables, stack).reverse();
      const shown = hideInternals ? frames.filter((frame) => !isInternal(tables, frame)) : frames;
      found = shown.map((frame) => items.frame(frame));
      if (frames.length > 0 && shown.length === 0) found = [items.note(ONLY_INTERNALS)];
      known.set(stack, found);
    }
    return found;
  };
  return (site) => {
    const stack = tables.sites.stack[site] ?? -1;
    const own = stack < 0 ? [items.note(NO_JAVASCRIPT)] : itemsOf(stack);
    if (arrangement === 'stack') return own;
    const cause = tables.sites.cause[site] ?? -1;
    if (cause >= 0) return [...itemsOf(cause), items.note(LATER), ...own];
    return tables.sites.stack[site] === -1 ? [items.note(NO_CAUSE), ...own] : own;
  };
}

function addPaths({ sites, figures, holdings, paths }: ReportTables, items: ItemTable, add: Add): void {
  const live = figures.at(-1)?.liveBytes ?? [];
  const held = new Float64Array(sites.kind.length);
  for (const { site, path, bytes } of holdings) {
    const whole = live[site] ?? 0;
    if (whole === 0) continue;
    held[site] = (held[site] ?? 0) + bytes;
    add(
      site,
      (paths[path] ?? []).map((step) => items.step(step)),
      Math.min(1, bytes / whole),
    );
  }
  for (let site = 0; site < held.length; site += 1) {
    const whole = live[site] ?? 0;
    const rest = whole === 0 ? 1 : 1 - (held[site] ?? 0) / whole;
    if (rest > 0) add(site, [items.note(NO_PATH)], rest);
  }
}

/** Numbers what nodes stand for: frames, steps and notes. */
class ItemTable {
  readonly items: Item[];
  private readonly frameCount: number;
  private readonly notes = new Map<string, number>();

  constructor({ frames, steps }: ReportTables) {
    this.frameCount = frames.function.length;
    this.items = [
      ...frames.function.map((_, frame): Item => ({ type: 'frame', frame })),
      ...steps.type.map((_, step): Item => ({ type: 'step', step })),
    ];
  }

  frame(frame: number): number {
    return frame;
  }

  step(step: number): number {
    return this.frameCount + step;
  }

  note(text: string): number {
    const known = this.notes.get(text) ?? this.items.push({ type: 'note', text }) - 1;
    this.notes.set(text, known);
    return known;
  }
}

/** Nodes, found by parent and item in a table of open addressing: a Map of a million pairs takes ten times as long. */
class NodeTable {
  private item = new Int32Array(1024);
  private parent = new Int32Array(1024);
  private count = 1;
  private slots = new Int32Array(4096);

  constructor() {
    this.item[0] = -1;
    this.parent[0] = -1;
  }

  /** Returns the child of `parent` that stands for `item`, made if it is missing. */
  child(parent: number, item: number): number {
    const mask = this.slots.length - 1;
    let slot = this.hash(parent, item) & mask;
    for (;;) {
      const node = this.slots[slot] ?? 0;
      if (node === 0) break;
      if (this.parent[node] === parent && this.item[node] === item) return node;
      slot = (slot + 1) & mask;
    }
    const node = this.count;
    if (node === this.item.length) this.growNodes();
    this.item[node] = item;
    this.parent[node] = parent;
    this.slots[slot] = node;
    this.count += 1;
    if (this.count * 2 > this.slots.length) this.growSlots();
    return node;
  }

  finish(): Pick<FlameTree, 'item' | 'parent' | 'firstChild' | 'nextSibling'> {
    const item = this.item.slice(0, this.count);
    const parent = this.parent.slice(0, this.count);
    const firstChild = new Int32Array(this.count).fill(-1);
    const nextSibling = new Int32Array(this.count).fill(-1);
    for (let node = this.count - 1; node > 0; node -= 1) {
      const above = parent[node] ?? 0;
      nextSibling[node] = firstChild[above] ?? -1;
      firstChild[above] = node;
    }
    return { item, parent, firstChild, nextSibling };
  }

  private hash(parent: number, item: number): number {
    const mixed = Math.imul(parent ^ Math.imul(item + 1, 0x9e3779b1), 0x85ebca77);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  private growNodes(): void {
    const grow = (old: Int32Array<ArrayBuffer>) => {
      const larger = new Int32Array(old.length * 2);
      larger.set(old);
      return larger;
    };
    this.item = grow(this.item);
    this.parent = grow(this.parent);
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let node = 1; node < this.count; node += 1) {
      let slot = this.hash(this.parent[node] ?? 0, this.item[node] ?? 0) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = node;
    }
  }
}

/**
 * Sums up what every node stands for, itself and all below it.
 * @param weights one for each site; negative ones count as none
 */
export function sumUp({ item, parent, entries }: FlameTree, weights: ArrayLike<number>): Float64Array {
  const values = new Float64Array(item.length);
  for (const { site, node, part } of entries) {
    const weight = weights[site] ?? 0;
    if (weight > 0) values[node] = (values[node] ?? 0) + weight * part;
  }
  for (let node = values.length - 1; node > 0; node -= 1) {
    const above = parent[node] ?? 0;
    values[above] = (values[above] ?? 0) + (values[node] ?? 0);
  }
  return values;
}

/** The nodes from the root down to a node, that one included. */
export function ancestry({ parent }: FlameTree, node: number): number[] {
  const way: number[] = [];
  for (let at = node; at >= 0; at = parent[at] ?? -1) way.unshift(at);
  return way;
}

/** Children of a node that stand for something, biggest first. */
export function childrenOf(
  { firstChild, nextSibling }: FlameTree,
  values: Float64Array,
  node: number,
): number[] {
  const children: number[] = [];
  for (let child = firstChild[node] ?? -1; child >= 0; child = nextSibling[child] ?? -1) {
    if ((values[child] ?? 0) > 0) children.push(child);
  }
  return children.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
}

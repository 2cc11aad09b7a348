import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ARRANGEMENTS,
  ancestry,
  buildTree,
  childrenOf,
  type FlameTree,
  sumUp,
  type TreeOptions,
} from '../../../../../lib/report/html/page/flame-tree';
import { itemName } from '../../../../../lib/report/html/page/items';
import type { ReportTables } from '../../../../../lib/report/html/report-data';
import { buildTables } from '../../../../../lib/report/html/tables';
import { anyDump } from '../../../analysis/dump-arbitrary';
import { buildDump } from '../../../dump/dump-builder';
import { manySites, storyAt } from '../sample-dumps';

const plain: TreeOptions = { arrangement: 'stack', inverted: false, hideInternals: false };
const live = (tables: ReportTables) => tables.figures.at(-1)?.liveBytes ?? [];

/** Writes a tree as lines of names and values, indented. */
function write(tables: ReportTables, tree: FlameTree): string[] {
  const values = sumUp(tree, live(tables));
  const lines = (node: number, depth: number): string[] => {
    const item = tree.items[tree.item[node] ?? -1];
    return [
      `${'  '.repeat(depth)}${item ? itemName(tables, item) : 'all'} ${values[node]}`,
      ...childrenOf(tree, values, node).flatMap((child) => lines(child, depth + 1)),
    ];
  };
  return lines(0, 0);
}

const tables = buildTables([
  buildDump({
    sites: [
      {
        stack: ['node read node:fs:1:1', 'user main /a.js:1:1'],
        cause: ['user start /a.js:9:1'],
        liveBytes: 10,
      },
      { stack: ['node write node:fs:2:1', 'user main /a.js:1:1'], liveBytes: 5 },
      { stack: null, liveBytes: 2 },
    ],
  }),
]);

describe('a flame tree', () => {
  it('merges stacks from their outermost frames', () => {
    expect(write(tables, buildTree(tables, plain))).toEqual([
      'all 17',
      '  main 15',
      '    read 10',
      '    write 5',
      '  (no JavaScript on the stack) 2',
    ]);
  });

  it('puts what caused an allocation before its stack', () => {
    expect(write(tables, buildTree(tables, { ...plain, arrangement: 'cause' }))).toEqual([
      'all 17',
      '  start 10',
      '    later, asynchronously 10',
      '      main 10',
      '        read 10',
      '  main 5',
      '    write 5',
      '  (no cause) 2',
      '    (no JavaScript on the stack) 2',
    ]);
  });

  it('can be inverted, and leave out Node’s own frames', () => {
    expect(write(tables, buildTree(tables, { ...plain, inverted: true })).slice(0, 3)).toEqual([
      'all 17',
      '  read 10',
      '    main 10',
    ]);
    expect(write(tables, buildTree(tables, { ...plain, hideInternals: true }))).toEqual([
      'all 17',
      '  main 15',
      '  (no JavaScript on the stack) 2',
    ]);
  });

  it('follows what keeps the memory, and says what is not known', () => {
    const story = buildTables([storyAt(34)]);
    const lines = write(story, buildTree(story, { ...plain, arrangement: 'retainer' }));
    expect(lines.slice(0, 4).map((line) => line.replace(/ \d+$/, ''))).toEqual([
      'all',
      '  module variable sessions: Map',
      '    { entry }: Session',
      '      .chunks: Array',
    ]);
    expect(lines.some((line) => line.startsWith('  (no path found)'))).toBe(true);
  });

  it('holds all bytes, however it is arranged', () => {
    fc.assert(
      fc.property(
        anyDump,
        fc.constantFrom(...ARRANGEMENTS),
        fc.boolean(),
        fc.boolean(),
        (dump, arrangement, inverted, hideInternals) => {
          const built = buildTables([dump]);
          const tree = buildTree(built, { arrangement, inverted, hideInternals });
          const whole = live(built).reduce((sum, bytes) => sum + bytes, 0);
          expect(sumUp(tree, live(built))[0]).toBeCloseTo(whole, 3);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has children whose ways lead back to the root, in a tree of many nodes', () => {
    const many = buildTables([manySites(2_000)]);
    const tree = buildTree(many, { ...plain, arrangement: 'cause' });
    expect(tree.item.length).toBeGreaterThan(4_000);
    for (let node = 1; node < tree.item.length; node += 97) {
      const way = ancestry(tree, node);
      expect(way[0]).toBe(0);
      expect(way.at(-1)).toBe(node);
    }
  });
});

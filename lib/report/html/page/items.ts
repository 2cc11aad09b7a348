// How the flame graph names and colours what its boxes stand for.
import type { ReportTables } from '../report-data';
import type { Item } from './flame-tree';
import { functionOf, originOf, packageOf, placeOf } from './names';
import { ROOT_WORDS } from './path-tree';

/** What is written in a box: the function's name, the step's, or the words of a note. */
export function itemName(tables: ReportTables, item: Item): string {
  switch (item.type) {
    case 'frame':
      return functionOf(tables, item.frame);
    case 'step':
      return stepName(tables, item.step);
    case 'note':
      return item.text;
  }
}

/** Where it is in code; empty if that is nowhere. */
export function itemPlace(tables: ReportTables, item: Item): string {
  if (item.type === 'note') return '';
  const frame = item.type === 'frame' ? item.frame : (tables.steps.where[item.step] ?? -1);
  return frame < 0 ? '' : placeOf(tables, frame);
}

/** Whose it is, in words: the user's, Node's, or a package's. */
export function itemOrigin(tables: ReportTables, item: Item): string {
  if (item.type === 'step') return 'held on the heap';
  if (item.type === 'note') return '';
  const origin = originOf(tables, item.frame);
  if (origin === 'user') return 'your code';
  if (origin === 'node') return 'Node.js';
  return origin === 'dependency' ? packageOf(tables, item.frame) || 'dependency' : 'native code';
}

/** The name of its colour. */
export function itemColor(tables: ReportTables, item: Item): string {
  if (item.type === 'frame') return originOf(tables, item.frame);
  return item.type === 'step' ? 'step' : 'note';
}

/** A step of a retaining path with the class of what it leads to: `.chunks: Array`. */
export function stepName({ steps, strings }: ReportTables, step: number): string {
  const type = steps.type[step] ?? '';
  const name = strings[steps.name[step] ?? -1] ?? '';
  const className = strings[steps.class[step] ?? -1] ?? '';
  const lead = type.startsWith('root:') ? (ROOT_WORDS[type.slice('root:'.length)] ?? 'root') : '';
  const text = [lead, name || (lead === '' ? `(${type})` : '')].filter(Boolean).join(' ');
  const repeated = steps.repeats[step] === 1 ? ' …' : '';
  // What is an Object, or a function with its name as class, is not said twice.
  const says = className !== '' && className !== 'Object' && className !== `${name}()`;
  return says ? `${text}: ${className}${repeated}` : text + repeated;
}

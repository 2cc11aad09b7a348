// What a dump says of what was not recorded or not done: the addon's counts, and the threads that did not answer.
import type { Dump, Walk } from '../dump/format';
import { kDropReasons } from '../native';

/**
 * Puts the counts of drops in the form of a dump.
 * @param counts as the addon has them, by `kDropReasons`
 * @param uncollectedThreads how many threads were asked to collect their garbage and did not in time
 * @param walks of the heaps of the threads; none if retainers were not asked for
 * @returns those that are not 0
 */
export function dropsOf(counts: number[], uncollectedThreads: number, walks: Walk[]): Dump['drops'] {
  const drops = kDropReasons.map((reason, index) => ({
    reason: reason as string,
    count: counts[index] ?? 0,
  }));
  drops.push({
    reason: 'not-collected: threads that were blocked when a collection was asked for',
    count: uncollectedThreads,
  });
  drops.push({
    reason:
      'not-walked: threads that were blocked, failed, or had read a file in a way that makes heap snapshots crash Node',
    count: walks.filter(({ status }) => status !== 'done').length,
  });
  return drops.filter((drop) => drop.count > 0);
}

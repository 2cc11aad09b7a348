// Memory that native addons declare to V8, summed up by addon. What is given back is mostly declared by finalizers, so
// that only an addon as a whole has a balance.
import type { Dump, Owner } from '../../dump/format';
import { safeText } from '../harmless-text';
import { placeText } from './answer';
import type { DeclaredSummary } from './report-data';

/** Sums up what a dump says was declared, most bytes held first; none if it does not say. */
export function summarizeDeclared({ declared = [], process: { cwd } }: Dump): DeclaredSummary[] {
  const byAddon = new Map<string, DeclaredSummary & { mostBytes: number }>();
  for (const { addon, owner, increasedBytes, decreasedBytes, calls } of declared) {
    const name = addon ?? '';
    const sum = byAddon.get(name) ?? {
      addon: name === '' ? 'unknown addon' : safeText(name),
      heldBytes: 0,
      increasedBytes: 0,
      calls: 0,
      place: '',
      mostBytes: 0,
    };
    byAddon.set(name, sum);
    sum.heldBytes += increasedBytes - decreasedBytes;
    sum.increasedBytes += increasedBytes;
    sum.calls += calls;
    if (owner !== null && increasedBytes > sum.mostBytes) {
      sum.place = describe(owner, cwd);
      sum.mostBytes = increasedBytes;
    }
  }
  return [...byAddon.values()]
    .map(({ mostBytes: _, ...sum }) => sum)
    .sort((a, b) => b.heldBytes - a.heldBytes || b.increasedBytes - a.increasedBytes);
}

function describe(owner: Owner, cwd: string): string {
  return `${safeText(owner.function) || '(anonymous)'} ${placeText(owner, cwd)}`;
}

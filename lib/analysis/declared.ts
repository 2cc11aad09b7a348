// Sums memory that native addons declare to V8 up by addon. What is given back is mostly declared by finalizers, so that
// only an addon as a whole has a balance.
import type { Dump, Owner } from '../dump/format';

/** What one addon declared since tracing started; it may be counted elsewhere too, and is part of no other figure. */
export interface DeclaredTotal {
  /** Name of the addon; null if not known. */
  addon: string | null;
  /** Taken less given back; below zero if more was given back than was taken since the start. */
  heldBytes: number;
  increasedBytes: number;
  decreasedBytes: number;
  calls: number;
  /** Who declared most of `increasedBytes`; null if not known. */
  owner: Owner | null;
}

/**
 * What each addon declared.
 * @param dump as dump() and readDump() return it
 * @returns one for each addon, most bytes held first; none if the dump does not say
 */
export function declaredByAddon({ declared = [] }: Pick<Dump, 'declared'>): DeclaredTotal[] {
  const byAddon = new Map<string | null, DeclaredTotal & { mostBytes: number }>();
  for (const { addon, owner, increasedBytes, decreasedBytes, calls } of declared) {
    const total = byAddon.get(addon) ?? {
      addon,
      heldBytes: 0,
      increasedBytes: 0,
      decreasedBytes: 0,
      calls: 0,
      owner: null,
      mostBytes: 0,
    };
    byAddon.set(addon, total);
    total.heldBytes += increasedBytes - decreasedBytes;
    total.increasedBytes += increasedBytes;
    total.decreasedBytes += decreasedBytes;
    total.calls += calls;
    if (owner !== null && increasedBytes > total.mostBytes) {
      total.owner = owner;
      total.mostBytes = increasedBytes;
    }
  }
  return [...byAddon.values()]
    .map(({ mostBytes: _, ...total }) => total)
    .sort((a, b) => b.heldBytes - a.heldBytes || b.increasedBytes - a.increasedBytes);
}

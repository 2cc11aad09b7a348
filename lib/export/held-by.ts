// What keeps a site's memory, as one text: the only part of retaining paths that formats of stacks and rows have room for.
import { pathParts } from '../analysis/retainers';
import type { Dump, Site } from '../dump/format';

/**
 * Makes a function that names the path which keeps most of a site's live bytes, as in `sessions Map → entry → .chunks
 * Array[] → Uint8Array`.
 * @returns null for a site of which nothing of the kind is known
 */
export function createHoldersText(dump: Dump): (site: Site) => string | null {
  const known = new Map<number, string>();
  return ({ retainers = [] }) => {
    const [first] = retainers;
    const path = dump.paths?.[first?.path ?? -1];
    if (first === undefined || path === undefined) return null;
    const text = known.get(first.path) ?? pathParts(dump, path).join(' → ');
    known.set(first.path, text);
    return text;
  };
}

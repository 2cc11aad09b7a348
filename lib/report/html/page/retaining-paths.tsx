// What keeps the memory of the newest dump alive.
import { useMemo } from 'preact/hooks';
import { formatBytes } from '../../text/figures';
import type { ReportTables } from '../report-data';
import { PathTree } from './path-tree-view';
import type { Matches } from './search';

export function RetainingPaths({ tables, matches }: { tables: ReportTables; matches: Matches | null }) {
  const chosen = useMemo(() => {
    if (matches === null) return null;
    const sites = new Set<number>();
    for (let site = 0; site < matches.sites.length; site += 1) if (matches.sites[site] === 1) sites.add(site);
    return sites;
  }, [matches]);
  const pinned = tables.pinned.filter(({ site }) => chosen === null || chosen.has(site));
  return (
    <section aria-labelledby="paths-title">
      <h2 id="paths-title">What keeps it alive</h2>
      {tables.holdings.length === 0 ? (
        <p class="empty">
          This dump was taken without looking for retaining paths; --retainers asks for them.
        </p>
      ) : (
        <PathTree tables={tables} chosen={chosen} />
      )}
      {pinned.length > 0 && (
        <p class="pinned">
          Views that show {formatBytes(pinned.reduce((sum, { usedBytes }) => sum + usedBytes, 0))} keep{' '}
          {formatBytes(pinned.reduce((sum, { heldBytes }) => sum + heldBytes, 0))} alive.
        </p>
      )}
    </section>
  );
}

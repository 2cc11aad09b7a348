// What was allocated since the last profile: servers add up the profiles that they are sent, and a dump's totals count
// from the start of tracing.
import { createSiteHasher } from '../analysis/site-hash';
import type { Dump, Site } from '../dump/format';

/** What a site allocated in a time. */
export interface Allocated {
  bytes: number;
  count: number;
}

/** Remembers the totals of the last dump, site by site. */
export class AllocationDelta {
  private last = new Map<string, Allocated>();

  /**
   * Tells what each site of a dump allocated since the dump before; since the start of tracing for the first one, and
   * for a site whose totals went back, for then tracing was started anew.
   * @param dump the newest; remembered from now on
   */
  next(dump: Dump): (site: Site) => Allocated {
    const hashOf = createSiteHasher(dump);
    const before = this.last;
    const now = new Map<string, Allocated>();
    const since = new Map<Site, Allocated>();
    for (const site of dump.sites) {
      const key = `${hashOf(site)} ${site.thread}`;
      const totals = { bytes: site.totalBytes, count: site.totalCount };
      const known = before.get(key);
      now.set(key, totals);
      const anew = known === undefined || totals.bytes < known.bytes || totals.count < known.count;
      since.set(
        site,
        anew ? totals : { bytes: totals.bytes - known.bytes, count: totals.count - known.count },
      );
    }
    this.last = now;
    return (site) => since.get(site) ?? { bytes: 0, count: 0 };
  }
}

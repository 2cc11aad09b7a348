// Keeps a part of a dump's sites, for the filters of the command line.
import type { Dump, Site } from '../dump/format';
import { formatLabel, PLAIN_LABEL } from './group';

/**
 * Keeps the sites under a label. All else in the dump stays, so that shares are still those of the whole.
 * @param label text of a plain label, or `name=value`, or `name` for any value
 */
export function withLabel(dump: Dump, label: string): Dump {
  return { ...dump, sites: dump.sites.filter((site) => hasLabel(site, label)) };
}

function hasLabel({ label }: Site, wanted: string): boolean {
  if (label === null) return false;
  if (label[PLAIN_LABEL] === wanted || formatLabel(label) === wanted) return true;
  return Object.entries(label).some(([name, value]) => name === wanted || `${name}=${value}` === wanted);
}

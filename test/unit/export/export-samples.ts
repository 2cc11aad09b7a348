// Dumps that the tests of all exports share.
import type { Dump } from '../../../lib/dump/format';
import type { Metric } from '../../../lib/export/metric';
import { buildDump, buildStory } from '../dump/dump-builder';

/** Names that break formats: separators, line ends, quotes, formulas, escapes, halves of surrogate pairs, length. */
export const HOSTILE_NAMES = [
  'a;b',
  'get value',
  'line\nend\r',
  '"quoted", ,',
  '=cmd|\u2019/c calc\u2019!A1',
  '</script><b>',
  '\u202eevil\u0000',
  'half \ud800',
  '100%25',
  '__proto__',
  'n'.repeat(10_000),
];

/** A dump whose functions, files and labels have such names. */
export function buildHostile(): Dump {
  const dump = buildDump({
    sites: HOSTILE_NAMES.map((_, index) => ({
      stack: [`user f${index} /srv/${index}.js:1:1`],
      liveBytes: 1000 + index,
      label: { [`k${index}`]: `v${index}` },
    })),
  });
  const rename = (text: string) => {
    const index = Number(/^(?:f|k|v|\/srv\/)(\d+)/.exec(text)?.[1] ?? -1);
    return HOSTILE_NAMES[index] ?? text;
  };
  return {
    ...dump,
    strings: dump.strings.map((text) => (text.startsWith('/srv/') ? `/srv/${rename(text)}` : rename(text))),
    sites: dump.sites.map((site) => ({
      ...site,
      owner: site.owner && { ...site.owner, function: rename(site.owner.function) },
      label: Object.fromEntries(
        Object.entries(site.label ?? {}).map(([key, value]) => [rename(key), rename(value)]),
      ),
    })),
  };
}

/** The sum over all sites of what a metric shows. */
export function totalOf(dump: Dump, metric: Metric): number {
  const fields = {
    live: 'liveBytes',
    total: 'totalBytes',
    peak: 'peakBytes',
    count: 'liveCount',
    'total-count': 'totalCount',
    'peak-count': 'peakCount',
  } as const;
  return dump.sites.reduce((sum, site) => sum + site[fields[metric]], 0);
}

export { buildStory };

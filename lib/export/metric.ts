// The figures of a site that an export can show, and what they are measured in.
import type { Site } from '../dump/format';

/** Names of the figures that can be exported. */
export const METRICS = ['live', 'total', 'peak', 'count', 'total-count', 'peak-count'] as const;

/**
 * A figure of a site: bytes that are `live`, allocated in `total` or alive at the site's `peak`; or how many
 * allocations those are: `count` (live), `total-count`, `peak-count`.
 */
export type Metric = (typeof METRICS)[number];

/** How a figure is read and named. */
export interface MetricMeaning {
  /** As a person would call it. */
  title: string;
  unit: 'bytes' | 'objects';
  /** Name of the sample type in pprof, as Node's and Go's heap profiles have it. */
  sampleType: string;
  figureOf: (site: Site) => number;
}

/** What each metric means. The order is that of the sample types in pprof. */
export const METRIC_MEANINGS: Readonly<Record<Metric, MetricMeaning>> = {
  count: {
    title: 'live allocations',
    unit: 'objects',
    sampleType: 'objects',
    figureOf: ({ liveCount }) => liveCount,
  },
  live: { title: 'live bytes', unit: 'bytes', sampleType: 'space', figureOf: ({ liveBytes }) => liveBytes },
  'total-count': {
    title: 'allocations in total',
    unit: 'objects',
    sampleType: 'alloc_objects',
    figureOf: ({ totalCount }) => totalCount,
  },
  total: {
    title: 'bytes allocated in total',
    unit: 'bytes',
    sampleType: 'alloc_space',
    figureOf: ({ totalBytes }) => totalBytes,
  },
  'peak-count': {
    title: "live allocations at each site's peak",
    unit: 'objects',
    sampleType: 'peak_objects',
    figureOf: ({ peakCount }) => peakCount,
  },
  peak: {
    title: "live bytes at each site's peak",
    unit: 'bytes',
    sampleType: 'peak_space',
    figureOf: ({ peakBytes }) => peakBytes,
  },
};

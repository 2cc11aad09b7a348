// The metrics that Prometheus gets, in text or by prom-client: names, meanings, labels, values.
import type { Reading } from './reading';

/** One value with its labels. */
export interface MetricSample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** All values of one name. */
export interface MetricFamily {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  labelNames: readonly string[];
  samplesOf: (reading: Reading | null) => MetricSample[];
}

const OWNER_LABELS = ['function', 'file', 'line', 'package'] as const;

/** The metrics, in the order in which they are written. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  {
    name: 'abtrace_tracing',
    help: 'Whether the process is being traced: 1 or 0.',
    type: 'gauge',
    labelNames: [],
    samplesOf: (reading) => [{ labels: {}, value: reading === null ? 0 : 1 }],
  },
  {
    name: 'abtrace_owner_live_bytes',
    help: 'Live ArrayBuffer memory by the line of code that owns it; the biggest owners, and the others summed.',
    type: 'gauge',
    labelNames: OWNER_LABELS,
    samplesOf: (reading) => ownerSamples(reading, 'liveBytes'),
  },
  {
    name: 'abtrace_owner_live_allocations',
    help: 'Live allocations behind abtrace_owner_live_bytes.',
    type: 'gauge',
    labelNames: OWNER_LABELS,
    samplesOf: (reading) => ownerSamples(reading, 'liveCount'),
  },
  {
    name: 'abtrace_array_buffers_bytes',
    help: 'Memory of ArrayBuffers over all traced threads, as Node counts it.',
    type: 'gauge',
    labelNames: [],
    samplesOf: (reading) => (reading ? [{ labels: {}, value: reading.arrayBuffersBytes }] : []),
  },
  {
    name: 'abtrace_coverage_bytes',
    help: 'How abtrace_array_buffers_bytes adds up, by category.',
    type: 'gauge',
    labelNames: ['category'],
    samplesOf: (reading) =>
      [...(reading?.coverageBytes ?? [])].map(([category, value]) => ({ labels: { category }, value })),
  },
  {
    name: 'abtrace_dropped_allocations_total',
    help: 'Allocations that were not recorded, or not fully, by reason.',
    type: 'counter',
    labelNames: ['reason'],
    samplesOf: (reading) =>
      [...(reading?.drops ?? [])].map(([reason, value]) => ({ labels: { reason }, value })),
  },
  {
    name: 'abtrace_reading_seconds',
    help: 'How long the latest reading of the tracer took.',
    type: 'gauge',
    labelNames: [],
    samplesOf: (reading) => (reading ? [{ labels: {}, value: reading.tookMs / 1000 }] : []),
  },
  {
    name: 'abtrace_reading_timestamp_seconds',
    help: 'When the latest reading was taken, in seconds since 1970.',
    type: 'gauge',
    labelNames: [],
    samplesOf: (reading) => (reading ? [{ labels: {}, value: reading.takenAtMs / 1000 }] : []),
  },
];

function ownerSamples(reading: Reading | null, of: 'liveBytes' | 'liveCount'): MetricSample[] {
  return (reading?.owners ?? []).map((owner) => ({
    labels: {
      function: owner.function,
      file: owner.file,
      line: String(owner.line),
      package: owner.package,
    },
    value: owner[of],
  }));
}

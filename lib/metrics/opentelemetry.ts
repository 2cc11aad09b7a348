// Metrics for OpenTelemetry: observable gauges, which the SDK reads when it exports. Attributes are named by its
// semantic conventions (https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/).
import { checkOptions } from '../analysis/arguments';
import { ownVersion } from '../own-version';
import { type OwnerReading, type ReadingOptions, read, resolveReadingOptions } from './reading';

/** What an observation is attributed to. */
type Attributes = Record<string, string | number>;

/** What {@link observeOpenTelemetry} needs of a `Meter` of `@opentelemetry/api`. */
export interface MeterLike {
  createObservableGauge(name: string, options?: { unit?: string; description?: string }): object;
  addBatchObservableCallback(observe: BatchCallback, observables: object[]): void;
  removeBatchObservableCallback(observe: BatchCallback, observables: object[]): void;
}

/** Gives the values of several gauges. */
export type BatchCallback = (result: {
  observe(observable: object, value: number, attributes?: Attributes): void;
}) => void;

/** Where to observe, and what. */
export interface OpenTelemetryOptions extends ReadingOptions {
  /** Default: that of the global meter provider, named `abtrace`. */
  meter?: MeterLike;
}

/**
 * Makes observable gauges: `abtrace.owner.live_bytes` (By) and `abtrace.owner.live_allocations` by owner,
 * `abtrace.array_buffers` (By), and `abtrace.coverage` (By) by category. While the process is not being traced they
 * observe nothing.
 * @param options `meter`: default that of `@opentelemetry/api`, which must be installed; `topOwners`: owners observed
 *   one by one, default 20; `minIntervalMs`: how long a reading is used again, default 10,000
 * @returns a function that stops observing
 * @throws TypeError, RangeError for wrong options; Error if `@opentelemetry/api` is not installed
 */
export function observeOpenTelemetry(options: OpenTelemetryOptions = {}): () => void {
  checkOptions('observeOpenTelemetry', options, ['topOwners', 'minIntervalMs', 'meter']);
  const { meter = globalMeter(), ...rest } = options;
  const reading = resolveReadingOptions('observeOpenTelemetry', rest);
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(name, { unit, description });
  const bytes = gauge('abtrace.owner.live_bytes', 'By', 'Live ArrayBuffer memory by the code that owns it');
  const counts = gauge('abtrace.owner.live_allocations', '{allocation}', 'Live ArrayBuffers by owner');
  const total = gauge('abtrace.array_buffers', 'By', 'Memory of ArrayBuffers over all traced threads');
  const coverage = gauge('abtrace.coverage', 'By', 'How abtrace.array_buffers adds up');
  const gauges = [bytes, counts, total, coverage];
  const observe: BatchCallback = (result) => {
    const taken = read(reading);
    if (taken === null) return;
    for (const owner of taken.owners) {
      const attributes = attributesOf(owner);
      result.observe(bytes, owner.liveBytes, attributes);
      result.observe(counts, owner.liveCount, attributes);
    }
    result.observe(total, taken.arrayBuffersBytes);
    for (const [category, value] of taken.coverageBytes)
      result.observe(coverage, value, { 'abtrace.category': category });
  };
  meter.addBatchObservableCallback(observe, gauges);
  return () => meter.removeBatchObservableCallback(observe, gauges);
}

function attributesOf({ function: name, file, line, package: owner }: OwnerReading): Attributes {
  return {
    'code.function.name': name,
    ...(file !== '' && { 'code.file.path': file, 'code.line.number': line }),
    ...(owner !== '' && { 'abtrace.package': owner }),
  };
}

function globalMeter(): MeterLike {
  const { metrics } = require('@opentelemetry/api') as {
    metrics: { getMeter(name: string, version: string): MeterLike };
  };
  return metrics.getMeter('abtrace', ownVersion());
}

// Metrics for Prometheus: as text, which needs no library, or through the registry of prom-client.
import { checkOptions } from '../analysis/arguments';
import { METRIC_FAMILIES, type MetricFamily } from './families';
import { type Reading, type ReadingOptions, read, resolveReadingOptions } from './reading';

/** What {@link registerPromClient} needs of prom-client. */
export interface PromClientLike {
  Gauge: new (configuration: {
    name: string;
    help: string;
    labelNames: string[];
    registers: unknown[];
    collect(this: PromGauge): void;
  }) => PromGauge;
  register: unknown;
}

/** A gauge of prom-client. */
export interface PromGauge {
  reset(): void;
  set(labels: Record<string, string>, value: number): void;
}

/** Where to register, and what. */
export interface PromClientOptions extends ReadingOptions {
  /** The library; default `require('prom-client')`. */
  client?: PromClientLike;
  /** The registry; default that of the library. */
  register?: unknown;
}

/**
 * The metrics in the text format of Prometheus, version 0.0.4, for the handler of `/metrics`.
 * @param options `topOwners`: owners shown one by one, default 20; `minIntervalMs`: how long a reading is used again,
 *   default 10,000
 * @returns the text; the content type is `text/plain; version=0.0.4; charset=utf-8`. Of a process that is not being
 *   traced it says just that.
 * @throws TypeError, RangeError for wrong options
 */
export function prometheusText(options: ReadingOptions = {}): string {
  checkOptions('prometheusText', options, ['topOwners', 'minIntervalMs']);
  return formatReading(read(resolveReadingOptions('prometheusText', options)));
}

/** Writes a reading as text; names without values are left out. */
export function formatReading(reading: Reading | null): string {
  return METRIC_FAMILIES.map((family) => formatFamily(family, reading)).join('');
}

/**
 * Registers the metrics with prom-client, under the same names; they are read when the registry is.
 * @param options as of {@link prometheusText}, and `client` (default `require('prom-client')`) and `register` (default
 *   the client's own registry)
 * @returns the gauges, by name
 * @throws TypeError, RangeError for wrong options; Error if prom-client is not installed, or a name is taken
 */
export function registerPromClient(options: PromClientOptions = {}): Map<string, PromGauge> {
  checkOptions('registerPromClient', options, ['topOwners', 'minIntervalMs', 'client', 'register']);
  const { client = require('prom-client') as PromClientLike, register = client.register, ...rest } = options;
  const reading = resolveReadingOptions('registerPromClient', rest);
  return new Map(
    METRIC_FAMILIES.map(({ name, help, labelNames, samplesOf }) => [
      name,
      new client.Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [register],
        collect() {
          this.reset();
          for (const { labels, value } of samplesOf(read(reading))) this.set({ ...labels }, value);
        },
      }),
    ]),
  );
}

function formatFamily({ name, help, type, samplesOf }: MetricFamily, reading: Reading | null): string {
  const samples = samplesOf(reading);
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels, value }) => {
    const texts = Object.entries(labels).map(([label, text]) => `${label}="${escapeValue(text)}"`);
    return `${name}${texts.length === 0 ? '' : `{${texts.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** In values of labels, `\`, `"` and line feeds are written as `\\`, `\"` and `\n`. */
function escapeValue(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

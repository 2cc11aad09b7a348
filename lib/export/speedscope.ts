// The file format of speedscope (https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources), sampled
// profiles: https://www.speedscope.app/file-format-schema.json. Besides speedscope, Perfetto and others read it.
import path from 'node:path';
import type { Dump } from '../dump/format';
import { ownVersion } from '../own-version';
import { METRIC_MEANINGS, type Metric } from './metric';
import { type ExportOptions, resolveExportOptions } from './options';
import { createExportStacks, type ExportStacks, functionName } from './stacks';

/** A place in code; lines and columns are 1-based and left out where unknown. */
export interface SpeedscopeFrame {
  name: string;
  file?: string;
  line?: number;
  col?: number;
}

/** One metric. */
export interface SpeedscopeProfile {
  type: 'sampled';
  name: string;
  unit: 'bytes' | 'none';
  startValue: 0;
  /** The sum of the weights. */
  endValue: number;
  /** Stacks, outermost frame first, as indices into the frames. */
  samples: number[][];
  /** The metric's value of each sample. */
  weights: number[];
}

/** A file of speedscope. */
export interface SpeedscopeFile {
  $schema: 'https://www.speedscope.app/file-format-schema.json';
  shared: { frames: SpeedscopeFrame[] };
  profiles: SpeedscopeProfile[];
  name: string;
  activeProfileIndex: number;
  exporter: string;
}

/** What speedscope offers to switch between. */
const SHOWN: readonly Metric[] = ['live', 'total', 'peak', 'count'];

/**
 * Turns a dump into a file of speedscope, with a profile for each of live, total and peak bytes and live allocations
 * (and for the metric asked for, if it is another); sites with the same stack are one sample.
 * @param dump as dump() and readDump() return it
 * @param options what to show; the metric is the one that is shown first
 * @returns plain JSON
 * @throws TypeError, RangeError for wrong options
 */
export function toSpeedscope(dump: Dump, options: ExportOptions = {}): SpeedscopeFile {
  const { join, metric } = resolveExportOptions('toSpeedscope', dump, options);
  const stacks = createExportStacks(dump, join);
  const shown = SHOWN.includes(metric) ? SHOWN : [...SHOWN, metric];
  const program =
    dump.process.script === null ? dump.process.title : path.posix.basename(dump.process.script);
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: {
      frames: stacks.places.map((place) => ({
        name: functionName(place),
        ...(place.file !== '' && { file: place.file }),
        ...(place.line > 0 && { line: place.line }),
        ...(place.column > 0 && { col: place.column }),
      })),
    },
    profiles: shown.map((one) => profileOf(dump, stacks, one)),
    name: `${program} ${dump.createdAt}`,
    activeProfileIndex: shown.indexOf(metric),
    exporter: `abtrace@${ownVersion()}`,
  };
}

function profileOf(dump: Dump, stacks: ExportStacks, metric: Metric): SpeedscopeProfile {
  const { title, unit, figureOf } = METRIC_MEANINGS[metric];
  const indices = new Map<readonly number[], number>();
  const samples: number[][] = [];
  const weights: number[] = [];
  let endValue = 0;
  for (const site of dump.sites) {
    const value = figureOf(site);
    if (value === 0) continue;
    endValue += value;
    const stack = stacks.of(site);
    const known = indices.get(stack);
    if (known === undefined) {
      indices.set(stack, samples.push([...stack].reverse()) - 1);
      weights.push(value);
    } else {
      weights[known] = (weights[known] ?? 0) + value;
    }
  }
  return {
    type: 'sampled',
    name: title,
    unit: unit === 'bytes' ? 'bytes' : 'none',
    startValue: 0,
    endValue,
    samples,
    weights,
  };
}

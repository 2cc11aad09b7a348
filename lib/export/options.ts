// The options that the functions of this folder share, and their check.
import { checkDump, checkOneOf, checkOptions } from '../analysis/arguments';
import type { Dump } from '../dump/format';
import { METRICS, type Metric } from './metric';
import { JOINS, type Join } from './stacks';

/** What an export shows. */
export interface ExportOptions {
  /** What goes below each stack: `none`, or the `cause`, as in an async stack trace. Default `none`. */
  join?: Join;
  /** The figure that the export shows, or shows first. Default `live`. */
  metric?: Metric;
}

/**
 * Checks the arguments of an export and fills in the defaults.
 * @param where name of the function, for messages
 * @param metrics the metrics that the format can show
 * @throws TypeError, RangeError
 */
export function resolveExportOptions(
  where: string,
  dump: Dump,
  options: ExportOptions,
  metrics: readonly Metric[] = METRICS,
): Required<ExportOptions> {
  checkDump(`${where}: dump`, dump);
  checkOptions(where, options, ['join', 'metric']);
  const { join = 'none', metric = 'live' } = options;
  checkOneOf(`${where}: join`, join, JOINS);
  checkOneOf(`${where}: metric`, metric, metrics);
  return { join, metric };
}

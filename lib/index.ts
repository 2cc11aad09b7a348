// The public API: what `require('abtrace')` and `import 'abtrace'` give. Only re-exports.

export type { CoverageRow, CoverageTable } from './analysis/coverage';
export { explainCoverage } from './analysis/coverage';
export type { DiffOptions, DiffRow, DumpDiff } from './analysis/diff';
export { diff } from './analysis/diff';
export type { TopOptions, TopRow } from './analysis/top';
export { topSites } from './analysis/top';
export type { Verdict, VerdictName } from './analysis/verdict';
export type { GroupVerdict, VerdictOptions, Verdicts } from './analysis/verdicts';
export { judge } from './analysis/verdicts';
export type { Growth, NoGrowthOptions } from './capture/assert-no-growth';
export { assertNoGrowth, GrowthError } from './capture/assert-no-growth';
export type { DumpOptions } from './capture/dump';
export { dump, label, writeDump, writeDumpSync } from './capture/dump';
export type { DumpWhenOptions } from './capture/dump-when';
export { dumpWhen } from './capture/dump-when';
export type { Label } from './capture/labels';
export type { StartOptions } from './capture/options';
export type { RetainersCost } from './capture/retainers-cost';
export { estimateRetainers } from './capture/retainers-cost';
export { isTracing, start, stop } from './capture/tracing';
export type { Dump, Frame, Kind, Origin, Owner, Path, PathStep, Site, Via, Walk } from './dump/format';
export { readDump } from './dump/read';
export {
  AbtraceError,
  DumpFileError,
  NativeLoadError,
  StateError,
  UnsupportedRuntimeError,
  UsageError,
} from './errors';
export { toCollapsed } from './export/collapsed';
export { toCsv } from './export/csv';
export type { ExportDumpOptions, ExportFormat } from './export/export-dump';
export { exportDump } from './export/export-dump';
export type { CallFrame, HeapProfile, HeapProfileNode } from './export/heapprofile';
export { toHeapProfile } from './export/heapprofile';
export type { Metric } from './export/metric';
export type { ExportOptions } from './export/options';
export { toPprof } from './export/pprof';
export type { SpeedscopeFile, SpeedscopeFrame, SpeedscopeProfile } from './export/speedscope';
export { toSpeedscope } from './export/speedscope';
export type { Join } from './export/stacks';

// What `require('abtrace')` runs: the exports of index.ts, each of which loads its code when it is first called. Only
// what starts a tracer is loaded at once.
import { later } from './capture/later';
import type * as api from './index';

export { isTracing, start, stop } from './capture/tracing';
export {
  AbtraceError,
  DumpFileError,
  NativeLoadError,
  StateError,
  UnsupportedRuntimeError,
  UsageError,
} from './errors';

const loadDump = () => require('./capture/dump') as typeof import('./capture/dump');
const loadNoGrowth = () =>
  require('./capture/assert-no-growth') as typeof import('./capture/assert-no-growth');

export const dump = later(loadDump, 'dump');
export const label: typeof api.label = later(loadDump, 'label');
export const writeDump = later(loadDump, 'writeDump');
export const writeDumpSync = later(loadDump, 'writeDumpSync');
export const assertNoGrowth = later(loadNoGrowth, 'assertNoGrowth');
export const dumpWhen = later(
  () => require('./capture/dump-when') as typeof import('./capture/dump-when'),
  'dumpWhen',
);
export const estimateRetainers = later(
  () => require('./capture/retainers-cost') as typeof import('./capture/retainers-cost'),
  'estimateRetainers',
);
export const readDump = later(() => require('./dump/read') as typeof import('./dump/read'), 'readDump');
export const explainCoverage = later(
  () => require('./analysis/coverage') as typeof import('./analysis/coverage'),
  'explainCoverage',
);
export const diff = later(() => require('./analysis/diff') as typeof import('./analysis/diff'), 'diff');
export const topSites = later(() => require('./analysis/top') as typeof import('./analysis/top'), 'topSites');
export const judge = later(
  () => require('./analysis/verdicts') as typeof import('./analysis/verdicts'),
  'judge',
);
export const toCollapsed = later(
  () => require('./export/collapsed') as typeof import('./export/collapsed'),
  'toCollapsed',
);
export const toCsv = later(() => require('./export/csv') as typeof import('./export/csv'), 'toCsv');
export const exportDump = later(
  () => require('./export/export-dump') as typeof import('./export/export-dump'),
  'exportDump',
);
export const toHeapProfile = later(
  () => require('./export/heapprofile') as typeof import('./export/heapprofile'),
  'toHeapProfile',
);
export const toPprof = later(() => require('./export/pprof') as typeof import('./export/pprof'), 'toPprof');
export const toSpeedscope = later(
  () => require('./export/speedscope') as typeof import('./export/speedscope'),
  'toSpeedscope',
);

// A class cannot stand for another: this one is loaded when it is looked at. Reflect's method, because Node's lexer of
// CommonJS leaves out what Object's makes a getter that it does not know.
export let GrowthError: typeof api.GrowthError;
Reflect.defineProperty(module.exports, 'GrowthError', {
  enumerable: true,
  configurable: true,
  get: () => loadNoGrowth().GrowthError,
});

// The profile.proto format of pprof (https://github.com/google/pprof/blob/main/proto/profile.proto), which
// `go tool pprof`, Pyroscope, Grafana, Parca, Datadog, Google Cloud and speedscope read.
//
//   sample    values: objects, space, alloc_objects, alloc_space     labels: kind, thread, via, held_by, those of label()
//      │ location ids, innermost first
//   location  line, column ──► function  name, file
//      └────► mapping: the program, Node, or the package that the code belongs to
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Profile, Sample, StringTable } from 'pprof-format';
import type { Place } from '../analysis/owner';
import type { Dump, Site } from '../dump/format';
import { ownVersion } from '../own-version';
import { createHoldersText } from './held-by';
import { METRIC_MEANINGS, type Metric } from './metric';
import { type ExportOptions, resolveExportOptions } from './options';
import { createExportStacks, functionName } from './stacks';

type Format = typeof import('pprof-format');

/** The sample types of every profile, in this order; those of peaks are added only where they are asked for. */
const ALWAYS: readonly Metric[] = ['count', 'live', 'total-count', 'total'];
const PEAKS: readonly Metric[] = ['peak-count', 'peak'];
/** Names of labels that are abtrace's; a label of the program's with such a name is written as `label.kind`. */
const OWN_LABELS: readonly string[] = ['kind', 'thread', 'via', 'held_by'];
/** Sites done in one step. */
const BATCH = 1_000;

/** What may be different in a profile that is not for a file. */
export interface PprofShape {
  /** Names of the sample types by metric, where they differ from those of Node's profiles. */
  sampleTypes?: Partial<Record<Metric, string>>;
  /** The value to write for a site's metric, where it is not the dump's. */
  figureOf?: (site: Site, metric: Metric) => number;
}

/**
 * Encodes a dump for pprof, gzipped as its tools expect. Sample types are `objects`, `space`, `alloc_objects` and
 * `alloc_space` (with a metric of peaks also `peak_objects` and `peak_space`); the metric's is the default one. The
 * values of a sample type add up to what the dump's sites do.
 * @param dump as dump() and readDump() return it
 * @param options what to show
 * @returns the bytes of a `.pb.gz` file
 * @throws TypeError, RangeError for wrong options
 */
export function toPprof(dump: Dump, options: ExportOptions = {}): Uint8Array {
  const steps = pprofSteps(dump, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return gzipSync(value.encode());
  }
}

/**
 * Builds the profile of {@link toPprof} in steps of a millisecond or so, between which the caller may do other work.
 * @param dump must not change before the last step
 * @param options what to show
 * @param shape how it differs from a file's profile
 */
export function* pprofSteps(
  dump: Dump,
  options: ExportOptions = {},
  shape: PprofShape = {},
): Generator<undefined, Profile, undefined> {
  const { join, metric } = resolveExportOptions('toPprof', dump, options);
  const metrics = PEAKS.includes(metric) ? [...ALWAYS, ...PEAKS] : ALWAYS;
  const format = require('pprof-format') as Format;
  const table = new format.StringTable();
  const text = (value: string) => table.dedup(value);
  const typeOf = (one: Metric) => ({
    type: text(shape.sampleTypes?.[one] ?? METRIC_MEANINGS[one].sampleType),
    unit: text(METRIC_MEANINGS[one].unit === 'bytes' ? 'bytes' : 'count'),
  });
  const stacks = createExportStacks(dump, join);
  const code = describeCode(format, dump, stacks.places, table);
  yield;

  const figureOf = shape.figureOf ?? ((site, one) => METRIC_MEANINGS[one].figureOf(site));
  const labelsOf = createLabels(dump, format, table);
  const locations = new Map<readonly number[], number[]>();
  const samples: Sample[] = [];
  for (const [index, site] of dump.sites.entries()) {
    if (index % BATCH === BATCH - 1) yield;
    const values = metrics.map((one) => figureOf(site, one));
    if (values.every((value) => value === 0)) continue;
    const stack = stacks.of(site);
    // Ids are 1-based: 0 means that there is none.
    const locationId = locations.get(stack) ?? stack.map((place) => place + 1);
    locations.set(stack, locationId);
    const sample = new format.Sample({ locationId, value: values });
    sample.label = labelsOf(site);
    samples.push(sample);
  }
  const profile = new format.Profile({
    sampleType: metrics.map(typeOf),
    ...code,
    stringTable: table,
    timeNanos: BigInt(Date.parse(dump.createdAt)) * 1_000_000n,
    durationNanos: BigInt(Math.round(dump.process.tracedSeconds * 1e3)) * 1_000_000n,
    periodType: typeOf('live'),
    period: 1,
    defaultSampleType: typeOf(metric).type,
    comment: commentsOf(dump).map(text),
  });
  profile.sample = samples;
  return profile;
}

/** Functions, locations and mappings of all places; location ids are places' indices + 1. */
function describeCode(format: Format, dump: Dump, places: readonly Place[], table: StringTable) {
  const program = dump.process.script ?? dump.process.execPath;
  const mappingIds = new Map<string, number>([[program, 1]]);
  const functionIds = new Map<string, number>();
  const functions: InstanceType<Format['Function']>[] = [];
  const locations = places.map((place, index) => {
    const name = pprofName(place);
    const key = `${name}\0${place.file}`;
    let functionId = functionIds.get(key);
    if (functionId === undefined) {
      functionId = functionIds.size + 1;
      functionIds.set(key, functionId);
      const nameIndex = table.dedup(name);
      functions.push(
        new format.Function({
          id: functionId,
          name: nameIndex,
          systemName: nameIndex,
          filename: table.dedup(place.file),
        }),
      );
    }
    const owner = mappingName(place, program, dump);
    const mappingId = mappingIds.get(owner) ?? mappingIds.size + 1;
    mappingIds.set(owner, mappingId);
    return new format.Location({
      id: index + 1,
      mappingId,
      line: [{ functionId, line: place.line, column: place.column }],
    });
  });
  const mapping = [...mappingIds].map(
    ([name, id]) =>
      new format.Mapping({
        id,
        filename: table.dedup(name),
        // Names are there: pprof need not look for a binary to find them.
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
        hasInlineFrames: true,
      }),
  );
  return { function: functions, location: locations, mapping };
}

/** pprof tells functions apart by their names alone, unless told otherwise: those without one get their place. */
function pprofName(place: Place): string {
  if (place.function !== '' || place.file === '') return functionName(place);
  return `(anonymous ${path.posix.basename(place.file)}:${place.line}:${place.column})`;
}

function mappingName(place: Place, program: string, dump: Dump): string {
  if (place.origin === 'node') return `node ${dump.process.node}`;
  return place.origin === 'dependency' && place.package !== null ? place.package : program;
}

/** Makes a function that gives the labels of a site; equal ones are the same objects. */
function createLabels(dump: Dump, format: Format, table: StringTable) {
  const known = new Map<string, InstanceType<Format['Label']>>();
  const labelOf = (key: string, value: string) => {
    const text = `${key}\0${value}`;
    const label = known.get(text) ?? new format.Label({ key: table.dedup(key), str: table.dedup(value) });
    known.set(text, label);
    return label;
  };
  const threadNames = new Map(dump.process.threads.map(({ id, name }) => [id, name]));
  const heldBy = createHoldersText(dump);
  return (site: Site) => {
    const { kind, thread, owner, label } = site;
    const name = threadNames.get(thread);
    const holder = heldBy(site);
    return [
      labelOf('kind', kind),
      labelOf('thread', name ? `${thread} ${name}` : thread === 0 ? '0 main' : String(thread)),
      labelOf('via', owner?.via ?? 'none'),
      ...(holder === null ? [] : [labelOf('held_by', holder)]),
      ...Object.entries(label ?? {}).map(([key, value]) =>
        labelOf(OWN_LABELS.includes(key) ? `label.${key}` : key, value),
      ),
    ];
  };
}

/** What `pprof -comments` prints: where the profile comes from, and what of the memory it does not show. */
function commentsOf({ process: about, coverage, createdAt }: Dump): string[] {
  const hidden = coverage.arrayBuffersBytes - coverage.attributedBytes;
  return [
    `abtrace ${ownVersion()}: pid ${about.pid}, node ${about.node}, dump of ${createdAt}`,
    `${coverage.attributedBytes} of ${coverage.arrayBuffersBytes} bytes of ArrayBuffers are attributed to sites; ${hidden} are not shown`,
  ];
}

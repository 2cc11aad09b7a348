// All formats behind one function, for callers that get the format by name.
import { checkDump, checkOneOf, checkOptions } from '../analysis/arguments';
import type { Dump } from '../dump/format';
import { serialize } from '../dump/serialize';
import { collapsedPieces } from './collapsed';
import { csvPieces } from './csv';
import { HEAP_PROFILE_METRICS, heapProfilePieces } from './heapprofile';
import { METRICS, type Metric } from './metric';
import type { ExportOptions } from './options';
import { toPprof } from './pprof';
import { toSpeedscope } from './speedscope';

/** Names of the formats that other tools read. */
export const EXPORT_FORMATS = ['pprof', 'speedscope', 'heapprofile', 'collapsed', 'csv'] as const;

/** A format that other tools read. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** How to export a dump. */
export interface ExportDumpOptions extends ExportOptions {
  format: ExportFormat;
}

/** What a format is like. */
export interface FormatTraits {
  /** Usual end of a file's name. */
  extension: string;
  /** True if a terminal cannot show it. */
  binary: boolean;
  metrics: readonly Metric[];
  piecesOf: (dump: Dump, options: ExportOptions) => Iterable<string | Uint8Array>;
}

/** What each format is like. */
export const FORMAT_TRAITS: Readonly<Record<ExportFormat, FormatTraits>> = {
  pprof: {
    extension: '.pb.gz',
    binary: true,
    metrics: METRICS,
    piecesOf: (dump, options) => [toPprof(dump, options)],
  },
  speedscope: {
    extension: '.speedscope.json',
    binary: false,
    metrics: METRICS,
    piecesOf: (dump, options) => serialize(toSpeedscope(dump, options)),
  },
  heapprofile: {
    extension: '.heapprofile',
    binary: false,
    metrics: HEAP_PROFILE_METRICS,
    piecesOf: heapProfilePieces,
  },
  collapsed: { extension: '.txt', binary: false, metrics: METRICS, piecesOf: collapsedPieces },
  csv: { extension: '.csv', binary: false, metrics: METRICS, piecesOf: csvPieces },
};

/**
 * Writes a dump in a format that other tools read.
 * @param dump as dump() and readDump() return it
 * @param options `format`: `pprof` (gzipped), `speedscope`, `heapprofile`, `collapsed` or `csv`; `join`: `none`
 *   (default) or `cause`; `metric`: `live` (default), `total`, `peak`, `count`, `total-count` or `peak-count`, of which
 *   `heapprofile` knows the first three
 * @returns the bytes of the file
 * @throws TypeError, RangeError for wrong options
 */
export function exportDump(dump: Dump, options: ExportDumpOptions): Buffer {
  checkDump('exportDump: dump', dump);
  checkOptions('exportDump', options, ['format', 'join', 'metric']);
  const { format, ...rest } = options;
  checkOneOf('exportDump: format', format, EXPORT_FORMATS);
  const pieces = [...FORMAT_TRAITS[format].piecesOf(dump, rest)];
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

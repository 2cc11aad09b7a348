// How the figures of process.memoryUsage() add up, as the parts of bars. What a figure leaves out has bytes below zero.
import { explainCoverage } from '../../analysis/coverage';
import type { Dump } from '../../dump/format';
import type { CoverageSummary } from './report-data';

/** Splits `arrayBuffers`, and `external` where the dump says what it is made of. */
export function coverageParts(dump: Dump): CoverageSummary[] {
  return explainCoverage(dump).map(({ of, totalBytes, rows, remainderBytes }) => ({
    name: of,
    wholeBytes: totalBytes,
    parts: [
      ...rows
        .filter(({ bytes, note }) => bytes !== 0 || note !== undefined)
        .map(({ name, bytes, note = '' }) => ({ label: name, bytes, note, isRest: false })),
      ...(remainderBytes === 0
        ? []
        : [{ label: 'unexplained', bytes: remainderBytes, note: '', isRest: true }]),
    ],
  }));
}

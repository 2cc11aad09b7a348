// The judgements that a dump carries, for the page. A dump without any has an empty list.
import type { Dump } from '../../dump/format';
import { safeText } from '../harmless-text';
import { formatShare } from '../text/figures';
import type { VerdictSummary } from './report-data';

/** Reads the verdicts of a dump; what is not of their shape is left out. */
export function verdictsOf(dump: Dump): VerdictSummary[] {
  const { verdicts } = dump as { verdicts?: unknown };
  if (!Array.isArray(verdicts)) return [];
  return verdicts.flatMap((entry: unknown): VerdictSummary[] => {
    const { verdict, confidence, about, evidence } = Object(entry) as Record<string, unknown>;
    if (typeof verdict !== 'string') return [];
    return [
      {
        verdict: safeText(verdict),
        confidence:
          typeof confidence === 'number'
            ? formatShare(confidence)
            : typeof confidence === 'string'
              ? safeText(confidence)
              : null,
        about: typeof about === 'string' ? safeText(about) : null,
        evidence: Array.isArray(evidence) ? evidence.map((line) => safeText(String(line))) : [],
      },
    ];
  });
}

// What the dumps are judged to show, in words for the page: the process first, then its biggest owners.
import type { Verdict, VerdictName } from '../../analysis/verdict';
import { judge } from '../../analysis/verdicts';
import type { Dump, Owner } from '../../dump/format';
import { safeText } from '../harmless-text';
import { formatRate } from '../text/figures';
import { placeText } from './answer';
import type { VerdictSummary } from './report-data';

const WORDS: Record<VerdictName, string> = {
  leak: 'Leak',
  'collector-lag': 'Garbage that was not collected yet',
  'bounded-cache': 'A cache within its bounds',
  pinned: 'Pinned by small views',
  'held-natively': 'Held by native code',
  burst: 'A burst that is over',
  'allocator-retention': 'Freed memory that malloc keeps',
  'untouched-pages': 'Memory that was never written to',
  'not-enough-evidence': 'Not enough evidence for a verdict',
};
/** So many owners are looked at. */
const MOST_OWNERS = 5;
/** Owners with less of the live bytes are not worth a verdict at the top of a page. */
const LEAST_SHARE = 0.05;
/** An owner with this share of the live bytes is what the process is judged by. */
const WHOLE_SHARE = 0.9;

/**
 * Judges dumps.
 * @param dumps at least one
 */
export function verdictsOf(dumps: readonly Dump[]): VerdictSummary[] {
  const { process, groups } = judge([...dumps], { limit: MOST_OWNERS });
  const cwd = dumps.at(-1)?.process.cwd ?? '';
  const ofOwners = groups.filter(
    ({ verdict, row }) => verdict !== 'not-enough-evidence' && row.share >= LEAST_SHARE,
  );
  const owners = ofOwners.map((group) => {
    const { owner } = group.row;
    return describe(group, owner === null ? 'no owner' : ownerText(owner, cwd), cwd);
  });
  // A process that leaks is judged by its worst owner, whose evidence stands with that one.
  const told = new Set(owners.flatMap(({ evidence }) => evidence));
  const whole = describe(process, null, cwd);
  const [only] = owners;
  // One owner that is all there is to the process need not be told twice.
  const isTold =
    owners.length === 1 && only?.verdict === whole.verdict && only.confidence === whole.confidence;
  if (isTold && (ofOwners[0]?.row.share ?? 0) >= WHOLE_SHARE) return owners;
  return [{ ...whole, evidence: whole.evidence.filter((line) => !told.has(line)) }, ...owners];
}

function describe(
  { verdict, confidence, evidence, mbPerHour }: Verdict,
  about: string | null,
  cwd: string,
): VerdictSummary {
  return {
    verdict: WORDS[verdict],
    confidence,
    rate: mbPerHour === null ? null : formatRate(mbPerHour),
    isLeak: verdict === 'leak',
    about,
    evidence: evidence.map((line) => safeText(line.replaceAll(`${cwd}/`, ''))),
  };
}

function ownerText(owner: Owner, cwd: string): string {
  return `${safeText(owner.function) || '(anonymous)'} ${placeText(owner, cwd)}`;
}

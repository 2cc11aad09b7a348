// What `abtrace top` and `abtrace diff` print of the verdicts: the process first, then its biggest groups, each with
// its evidence; what both rest on stands once.
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import type { Verdict } from '../../analysis/verdict';
import type { GroupVerdict, Verdicts } from '../../analysis/verdicts';
import { formatBytes, formatRate } from './figures';
import { locationText } from './place-text';
import { safeText } from './safe-text';
import { terminalWidth } from './table';
import type { TextOptions } from './top-table';
import { wrapWords } from './wrap';

const NAMES: Record<Verdict['verdict'], string> = {
  leak: 'leak',
  'collector-lag': 'collector lag',
  'bounded-cache': 'bounded cache',
  pinned: 'pinned pool or slice',
  'held-natively': 'held natively',
  burst: 'high-water burst',
  'allocator-retention': 'allocator retention',
  'untouched-pages': 'untouched pages',
  'not-enough-evidence': 'not enough evidence',
};
/** Groups with less than this part of the biggest one's bytes are not worth the lines. */
const LEAST_SHARE = 0.05;
const MOST_GROUPS = 5;

/**
 * Writes verdicts, below an empty line.
 * @returns lines joined by newlines, without one at the end
 */
export function renderVerdicts(
  verdicts: Verdicts,
  options: Pick<TextOptions, 'width' | 'color' | 'cwd'> = {},
): string {
  const { width = terminalWidth(), color = false, cwd = '' } = options;
  const colors = pc.createColors(color);
  const { process, groups, dumps, notes } = verdicts;
  const from = dumps === 1 ? 'from one dump' : `from ${dumps} dumps`;
  const least = (groups[0]?.row.liveBytes ?? 0) * LEAST_SHARE;
  const shown = groups
    .filter(
      ({ row, verdict }) => verdict !== 'not-enough-evidence' && row.liveBytes > 0 && row.liveBytes >= least,
    )
    .slice(0, MOST_GROUPS);
  const evidence = shown.some(({ row }) => row.key === process.group) ? [] : process.evidence;
  return [
    '',
    ...paragraph(`verdict, ${from}: ${nameOf(process)}`, evidence, width, paintOf(process, colors)),
    ...shown.flatMap((group) => groupLines(group, width, cwd, colors)),
    ...notes.flatMap((note) => wrapWords(`note: ${note}`, width)),
  ].join('\n');
}

function groupLines(group: GroupVerdict, width: number, cwd: string, colors: Colors): string[] {
  const { owner, key, liveBytes } = group.row;
  const isOwner = owner !== null && key.endsWith(locationText(owner, '', Number.POSITIVE_INFINITY));
  const name = isOwner
    ? `${safeText(owner.function || '(anonymous)')}  ${locationText(owner, cwd, width)}`
    : safeText(key);
  const head = `${formatBytes(liveBytes)}  ${nameOf(group)}: ${name}`;
  return paragraph(head, group.evidence, width, paintOf(group, colors));
}

function nameOf({ verdict, confidence, mbPerHour }: Verdict): string {
  if (verdict === 'not-enough-evidence') return NAMES[verdict];
  const rate = mbPerHour === null ? '' : `, ${formatRate(mbPerHour)}`;
  return `${NAMES[verdict]} (confidence ${confidence}${rate})`;
}

function paintOf({ verdict }: Verdict, colors: Colors): (text: string) => string {
  if (verdict === 'leak') return colors.red;
  return verdict === 'not-enough-evidence' ? colors.dim : colors.green;
}

function paragraph(
  head: string,
  evidence: string[],
  width: number,
  paint: (text: string) => string,
): string[] {
  return [
    ...wrapWords(head, width).map(paint),
    ...evidence.flatMap((text) =>
      wrapWords(safeText(text), width - 4).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`),
    ),
  ];
}

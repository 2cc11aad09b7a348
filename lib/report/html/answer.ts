// The sentence at the top of a report: how much, whose, held by what, growing how fast. It says what the dumps know
// and nothing more.
import path from 'node:path';
import { diff } from '../../analysis/diff';
import { groupSites, type TopRow } from '../../analysis/top';
import type { Dump, Kind, Owner, Site } from '../../dump/format';
import { safeText } from '../harmless-text';
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from '../text/figures';
import { locationText } from '../text/place-text';
import { holderOf } from './holders';
import type { Phrase } from './report-data';

/** A name longer than this is cut in the sentence; the table has it whole. */
const LONGEST_NAME = 80;
/** Below this share it is only the biggest of many. */
const MAIN_SHARE = 0.5;
/** What has less than this of all bytes is not worth words in the sentence. */
const NOTABLE_SHARE = 0.02;
/** Memory that does not pass the allocator of ArrayBuffers. */
const PAST_WORDS: Partial<Record<Kind, string>> = {
  resizable: 'resizable buffers',
  wasm: 'WebAssembly memory',
  external: 'buffers that native code brought along',
};

/**
 * Writes the answer that dumps of one program give.
 * @param dumps oldest first, at least one
 * @returns pieces of one sentence, to be set one after another
 */
export function writeAnswer(dumps: readonly Dump[]): Phrase[] {
  const last = dumps.at(-1);
  if (!last) return [];
  const [top] = groupSites(last, 'owner');
  const parts = [
    [...amountPhrases(last), ...pastPhrases(last)],
    top && top.liveBytes > 0 ? ownerPhrases(last, top) : [words('nothing that is alive was recorded')],
    top ? holderPhrases(last, top) : [],
    growthPhrases(dumps),
  ].filter((part) => part.length > 0);
  const sentence = parts.flatMap((part, index) => (index === 0 ? part : [words('; '), ...part]));
  return [...sentence, words('.')];
}

/** The place that the answer names: the owner with most live bytes. */
export function mainOwner(dump: Dump): Owner | null {
  const [top] = groupSites(dump, 'owner');
  return top && top.liveBytes > 0 ? top.owner : null;
}

const words = (text: string): Phrase => ({ text, as: 'words' });
const figure = (text: string): Phrase => ({ text, as: 'figure' });

function amountPhrases({ memory, coverage, process: { threads } }: Dump): Phrase[] {
  const { arrayBuffersBytes: own, externalBytes } = memory;
  const whole = coverage.arrayBuffersBytes;
  if (threads.length > 1 && whole !== own)
    return [figure(formatBytes(whole)), words(` is ArrayBuffers, in ${formatCount(threads.length)} threads`)];
  // Some versions of Node leave part of arrayBuffers out of external.
  if (own === 0 || externalBytes < own) return [figure(formatBytes(own)), words(' is ArrayBuffers')];
  return [
    figure(formatBytes(own)),
    words(' of '),
    figure(formatBytes(externalBytes)),
    words(' external is ArrayBuffers'),
  ];
}

/** What is no part of arrayBuffers, if it is much. */
function pastPhrases(dump: Dump): Phrase[] {
  const past = dump.sites.filter(isPast);
  const bytes = bytesOf(past);
  if (bytes === 0 || bytes < wholeOf(dump) * NOTABLE_SHARE) return [];
  const kinds = new Set(past.map(({ kind }) => kind));
  const [only] = kinds;
  const what = kinds.size === 1 && only !== undefined ? PAST_WORDS[only] : undefined;
  return [
    words(', beside '),
    figure(formatBytes(bytes)),
    words(` of ${what ?? 'memory past their allocator'}`),
  ];
}

/** Whether Node leaves a site out of `arrayBuffers`; what was found from before the start is part of that. */
function isPast({ pastAllocator, found, kind }: Site): boolean {
  return pastAllocator === true || (found === true && kind !== 'array-buffer' && kind !== 'shared');
}

/** All bytes that a share can be of. */
function wholeOf({ coverage, sites }: Dump): number {
  return Math.max(coverage.arrayBuffersBytes, coverage.attributedBytes) + bytesOf(sites.filter(isPast));
}

function bytesOf(sites: readonly Site[]): number {
  return sites.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
}

function ownerPhrases(dump: Dump, { owner, liveBytes }: TopRow): Phrase[] {
  const { cwd } = dump.process;
  const whole = wholeOf(dump);
  const share = whole === 0 ? 0 : liveBytes / whole;
  const lead =
    share < MAIN_SHARE
      ? [words('the most, '), figure(formatShare(share)), words(',')]
      : [figure(formatShare(share))];
  if (owner === null) return [...lead, words(' has no JavaScript on record')];
  const name = owner.function === '' ? 'an unnamed function' : cutName(safeText(owner.function));
  const verb = owner.via === 'cause' ? ' was caused by ' : ' was allocated by ';
  return [
    ...lead,
    words(verb),
    owner.function === '' ? words(name) : { text: name, as: 'code' },
    ...(owner.via === 'dependency' && owner.package !== null
      ? [words(' of the package '), { text: cutName(safeText(owner.package)), as: 'code' } as const]
      : []),
    words(' at '),
    { text: placeText(owner, cwd), as: 'place' },
  ];
}

/** File and line, relative to where the program ran. */
export function placeText(owner: Pick<Owner, 'file' | 'line'>, cwd: string): string {
  return locationText(
    { ...owner, column: 0, function: '', origin: 'user', package: null },
    cwd,
    LONGEST_NAME,
  );
}

function holderPhrases(dump: Dump, row: TopRow): Phrase[] {
  const holder = holderOf(dump, row.sites);
  return holder === null ? [] : [words('held by '), { text: cutName(holder), as: 'code' }];
}

function growthPhrases(dumps: readonly Dump[]): Phrase[] {
  const [first, last] = [dumps[0], dumps.at(-1)];
  if (!first || !last) return [];
  if (first === last) return ratePhrases(last.growth.mbPerHour, last.growth.overSeconds);
  const { mbPerHour, elapsedSeconds } = diff(first, last);
  return mbPerHour === null ? [] : ratePhrases(mbPerHour, elapsedSeconds);
}

function ratePhrases(mbPerHour: number, overSeconds: number): Phrase[] {
  const over = words(` over ${formatDuration(overSeconds)}`);
  const rate = formatRate(mbPerHour);
  if (rate === formatRate(0)) return [words('not growing'), over];
  return [words(mbPerHour > 0 ? 'growing ' : 'shrinking '), figure(rate.slice(1)), over];
}

function cutName(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

/** Name of the traced program's file, or the title of its process. */
export function programName({ process: { script, title } }: Dump): string {
  return safeText(script === null ? title : path.posix.basename(script.replaceAll('\\', '/')));
}

// What a report says at once, before the page has unpacked its tables: the answer, and the facts of each dump.
import path from 'node:path';
import { diff } from '../../analysis/diff';
import type { Dump } from '../../dump/format';
import { ownVersion } from '../../own-version';
import { safeText } from '../harmless-text';
import { formatBytes, formatCount, formatDuration, formatRate } from '../text/figures';
import { mainOwner, placeText, programName, writeAnswer } from './answer';
import { coverageParts } from './coverage-parts';
import { summarizeDeclared } from './declared';
import type { ExcerptReader } from './excerpts';
import type { DumpSummary, Fact, ReportSummary } from './report-data';
import { verdictsOf } from './verdicts';

/** A dump and the name of its file. */
export interface NamedDump {
  name: string;
  dump: Dump;
}

/**
 * Sums dumps up.
 * @param named oldest first, at least one
 * @param siteCount how many sites there are in all of them
 */
export function summarize(
  named: readonly NamedDump[],
  siteCount: number,
  readExcerpt: ExcerptReader,
): ReportSummary {
  const dumps = named.map(({ dump }) => dump);
  const [first, last] = [dumps[0], dumps.at(-1)];
  if (!first || !last) throw new TypeError('summarize: at least one dump is needed');
  const owner = mainOwner(last);
  const excerpt = owner === null ? null : readExcerpt(owner);
  const { pid, node, platform, arch } = last.process;
  return {
    program: programName(last),
    process: safeText(`pid ${pid} · node ${node} · ${platform} ${arch}`),
    answer: writeAnswer(dumps),
    excerpt:
      owner === null || excerpt === null
        ? null
        : { frame: -1, ...excerpt, line: owner.line, place: placeText(owner, last.process.cwd) },
    dumps: named.map((each) => summarizeDump(each, first)),
    verdicts: verdictsOf(dumps),
    notes: notesOf(dumps),
    madeBy: `abtrace ${ownVersion()}`,
    siteCount,
  };
}

function summarizeDump({ name, dump }: NamedDump, first: Dump): DumpSummary {
  return {
    name: safeText(path.basename(name)),
    createdAt: dump.createdAt,
    uptimeSeconds: dump.process.uptimeSeconds,
    coverage: coverageParts(dump),
    memory: memoryFacts(dump, first),
    about: aboutFacts(dump),
    notes: dump.drops
      .filter(({ count }) => count > 0)
      .map(({ reason, count }) => `not recorded: ${formatCount(count)} (${safeText(reason)})`),
    declared: summarizeDeclared(dump),
  };
}

function notesOf(dumps: readonly Dump[]): string[] {
  const notes = dumps.slice(1).flatMap((dump, index) => diff(dumps[index] ?? dump, dump).notes);
  const programs = new Set(dumps.map(programName));
  if (programs.size > 1) notes.unshift(`the dumps are of different programs: ${[...programs].join(', ')}`);
  return [...new Set(notes)];
}

function memoryFacts(dump: Dump, first: Dump): Fact[] {
  const {
    memory,
    coverage,
    process: { threads },
  } = dump;
  const inAll = threads.length > 1;
  return [
    {
      name: inAll ? 'ArrayBuffers, all threads' : 'ArrayBuffers',
      value: formatBytes(coverage.arrayBuffersBytes),
    },
    { name: inAll ? 'external, this thread' : 'external', value: formatBytes(memory.externalBytes) },
    { name: 'heap used', value: formatBytes(memory.heapUsedBytes) },
    { name: 'RSS', value: formatBytes(memory.rssBytes) },
    growthFact(dump, first),
  ];
}

/** The same figure as in the answer. */
function growthFact(dump: Dump, first: Dump): Fact {
  const { mbPerHour, elapsedSeconds } =
    dump === first ? { mbPerHour: null, elapsedSeconds: 0 } : diff(first, dump);
  if (mbPerHour !== null)
    return { name: `growth over ${formatDuration(elapsedSeconds)}`, value: formatRate(mbPerHour) };
  const { overSeconds, mbPerHour: whileTraced } = dump.growth;
  return { name: `growth in ${formatDuration(overSeconds)} of tracing`, value: formatRate(whileTraced) };
}

function aboutFacts({ process: about, memory, options }: Dump): Fact[] {
  const facts: [string, string][] = [
    ['program', about.script ?? about.title],
    ['working directory', about.cwd],
    ['Node.js', `${about.node}, V8 ${about.v8}, ${about.platform} ${about.arch}`],
    ['pid', String(about.pid)],
    ['up', formatDuration(about.uptimeSeconds)],
    ['traced', formatDuration(about.tracedSeconds)],
    ['heap limit', formatBytes(memory.heapLimitBytes)],
    ['highest RSS', formatBytes(memory.maxRssBytes)],
    ['threshold', formatBytes(options.thresholdBytes)],
    ['stack depth', formatCount(options.stackDepth)],
    ['causes', options.causes ? 'followed' : 'not followed'],
    ['garbage collected first', options.gc ? 'yes' : 'no'],
    ...about.threads.map((thread): [string, string] => [
      `thread ${thread.id}${thread.name === '' ? '' : ` ${thread.name}`}`,
      `${formatBytes(thread.liveBytes)} live in ${formatCount(thread.liveCount)} buffers${thread.alive ? '' : '; the thread has ended'}`,
    ]),
  ];
  return facts.map(([name, value]) => ({ name: safeText(name), value: safeText(value) }));
}

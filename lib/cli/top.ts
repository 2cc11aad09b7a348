// `abtrace top`: what owns the memory in one dump.
import { Command } from 'commander';
import { explainCoverage, liveBytesOf } from '../analysis/coverage';
import { declaredByAddon } from '../analysis/declared';
import { topSites } from '../analysis/top';
import { judge, type Verdicts } from '../analysis/verdicts';
import type { Dump } from '../dump/format';
import { renderTop } from '../report/text/top-table';
import { renderVerdicts } from '../report/text/verdict-text';
import {
  addInputOptions,
  findDumpFiles,
  type InputOptions,
  parseLimit,
  readEarlier,
  readInput,
  wantsColor,
} from './dump-input';
import { printJson, printText, tell } from './output';

const HELP = `
Given a directory, the newest dump in it is shown, and the verdict rests on the
ten latest of its process; a dump of the program's end in which most is gone is
passed over. 1 MB is 1,000,000 bytes.

Examples:
  abtrace top dump.json                    the lines of code that own most
  abtrace top dumps --by package           which npm packages allocate
  abtrace top dump.json --label tool=fetch what was allocated under a label
  abtrace top first.json … last.json       the last one, and how it came about
  abtrace top dump.json --coverage         how every byte is accounted for
  abtrace top dump.json --json | jq '.rows[0].owner'
`;

/** What `abtrace run` names the dump at a program's end. */
const END_NAME = /-exit\.json$/;

interface TopCommandOptions extends InputOptions {
  coverage?: boolean;
}

export function createTopCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('top')
    .description('show what owns the memory in a dump, as a table')
    .argument(
      '<dump...>',
      'a dump, or a directory with dumps; further dumps of the same process for the verdict',
    )
    .addHelpText('after', HELP);
  addInputOptions(command).option('--coverage', 'also show how arrayBuffers and external add up');
  return command.action((places: string[], options: TopCommandOptions) => {
    const limit = parseLimit(options.limit);
    const dumps = readInput(places, options, tell);
    const earlier = places.length === 1 ? readEarlier(places[0] ?? '', options, tell) : [];
    const looked = earlier.length > 0 ? withoutEnd([...dumps, ...earlier], places[0] ?? '') : dumps;
    const latest = looked.reduce((a, b) => (Date.parse(b.createdAt) > Date.parse(a.createdAt) ? b : a));
    printTop(latest, judge(looked, { by: options.by }), options, limit);
    finish(0);
  });
}

/**
 * Leaves out the dump of a program's end, if garbage was collected before it and most was gone by then: at its end
 * nothing needs the memory any more, be it a leak or not.
 * @param dumps those of a directory, newest first
 */
function withoutEnd(dumps: Dump[], place: string): Dump[] {
  const [end, before] = dumps;
  if (end === undefined || before === undefined || !end.options.gc || !before.options.gc) return dumps;
  const isEnd = END_NAME.test(findDumpFiles(place)[0] ?? '') && end.process.pid === before.process.pid;
  if (!isEnd || liveBytesOf(end) > liveBytesOf(before) / 2) return dumps;
  tell('looking at the one before it: at its end the program had let go of most of its memory');
  return dumps.slice(1);
}

function printTop(
  dump: Dump,
  verdicts: Verdicts,
  { by, json, color, coverage: whole = false, label: labels }: TopCommandOptions,
  limit: number,
): void {
  if (!json) {
    const colored = wantsColor(color);
    printText(renderTop(dump, { by, limit, coverage: whole, color: colored, ...(labels && { labels }) }));
    if (dump.sites.length > 0) printText(renderVerdicts(verdicts, { color: colored, cwd: dump.process.cwd }));
    return;
  }
  const { createdAt, process, memory, growth, coverage } = dump;
  const tables = whole ? { coverageTables: explainCoverage(dump) } : {};
  printJson({
    by,
    createdAt,
    process,
    memory,
    growth,
    coverage,
    ...tables,
    verdicts,
    rows: topSites(dump, { by, limit }),
    declared: declaredByAddon(dump),
  });
}

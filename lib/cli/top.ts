// `abtrace top`: what owns the memory in one dump.
import { Command } from 'commander';
import { explainCoverage } from '../analysis/coverage';
import { topSites } from '../analysis/top';
import type { Dump } from '../dump/format';
import { renderTop } from '../report/text/top-table';
import { addInputOptions, type InputOptions, parseLimit, readInput, wantsColor } from './dump-input';
import { printJson, printText, tell } from './output';

const HELP = `
Given a directory, the newest dump in it is read. 1 MB is 1,000,000 bytes.

Examples:
  abtrace top dump.json                    the lines of code that own most
  abtrace top dumps --by package           which npm packages allocate
  abtrace top dump.json --label tool=fetch what was allocated under a label
  abtrace top dump.json --coverage         how every byte is accounted for
  abtrace top dump.json --json | jq '.rows[0].owner'
`;

interface TopCommandOptions extends InputOptions {
  coverage?: boolean;
}

export function createTopCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('top')
    .description('show what owns the memory in a dump, as a table')
    .argument('<dump>', 'a dump, or a directory with dumps')
    .addHelpText('after', HELP);
  addInputOptions(command).option('--coverage', 'also show how arrayBuffers and external add up');
  return command.action((place: string, options: TopCommandOptions) => {
    const limit = parseLimit(options.limit);
    const [dump] = readInput([place], options, tell);
    if (dump) printTop(dump, options, limit);
    finish(0);
  });
}

function printTop(
  dump: Dump,
  { by, json, color, coverage: whole = false }: TopCommandOptions,
  limit: number,
): void {
  if (!json) {
    printText(renderTop(dump, { by, limit, coverage: whole, color: wantsColor(color) }));
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
    rows: topSites(dump, { by, limit }),
  });
}

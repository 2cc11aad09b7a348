// `abtrace top`: what owns the memory in one dump.
import { Command } from 'commander';
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
  abtrace top dump.json --json | jq '.rows[0].owner'
`;

export function createTopCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('top')
    .description('show what owns the memory in a dump, as a table')
    .argument('<dump>', 'a dump, or a directory with dumps')
    .addHelpText('after', HELP);
  return addInputOptions(command).action((place: string, options: InputOptions) => {
    const limit = parseLimit(options.limit);
    const [dump] = readInput([place], options, tell);
    if (dump) printTop(dump, options, limit);
    finish(0);
  });
}

function printTop(dump: Dump, { by, json, color }: InputOptions, limit: number): void {
  if (!json) {
    printText(renderTop(dump, { by, limit, color: wantsColor(color) }));
    return;
  }
  const { createdAt, process, memory, growth, coverage } = dump;
  printJson({ by, createdAt, process, memory, growth, coverage, rows: topSites(dump, { by, limit }) });
}

// `abtrace diff`: what grew between two dumps, and whether it grew too much.
import { Command } from 'commander';
import { type DumpDiff, diff } from '../analysis/diff';
import { judge } from '../analysis/verdicts';
import { renderDiff } from '../report/text/diff-table';
import { formatBytes } from '../report/text/figures';
import { renderVerdicts } from '../report/text/verdict-text';
import { addInputOptions, type InputOptions, parseLimit, readInput, wantsColor } from './dump-input';
import { printJson, printText, tell } from './output';
import { parseSize } from './quantities';

interface DiffCommandOptions extends InputOptions {
  failOver?: string;
}

const LIMIT_EXCEEDED = 3;
/** By how many standard errors an estimate must be over the limit to count as over it. */
const SURE_ERRORS = 2;

const HELP = `
The exit code is 3 if the live bytes, of all rows together or of any one, grew
by more than --fail-over says; so no leak hides behind something that shrank.
Of estimates, twice their standard error is taken off first.

Examples:
  abtrace diff before.json after.json
  abtrace diff before.json after.json --by package
  abtrace diff before.json after.json --fail-over 10MB    in a test
`;

export function createDiffCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('diff')
    .description('show what grew between two dumps, in bytes and MB per hour')
    .argument('<before>', 'the earlier dump, or a directory with dumps')
    .argument('<after>', 'the later one')
    .addHelpText('after', HELP);
  return addInputOptions(command)
    .option('--fail-over <size>', 'exit with code 3 if more than this grew, e.g. 10MB')
    .action((before: string, after: string, options: DiffCommandOptions) => {
      finish(runDiff([before, after], options));
    });
}

function runDiff(places: string[], options: DiffCommandOptions): number {
  const limit = parseLimit(options.limit);
  const mostBytes = options.failOver === undefined ? null : parseSize(options.failOver, '--fail-over');
  const [before, after] = readInput(places, options, tell);
  if (!before || !after) return 0;
  const result = diff(before, after, { by: options.by });
  const excess = mostBytes === null ? null : findExcess(result, mostBytes);
  if (options.json) {
    const verdict = mostBytes === null ? {} : { failOverBytes: mostBytes, exceeded: excess !== null };
    const verdicts = judge([before, after], { by: options.by });
    printJson({ ...result, ...verdict, verdicts, rows: result.rows.slice(0, limit) });
  } else {
    const color = wantsColor(options.color);
    printText(renderDiff(result, { limit, color }));
    if (result.sameProcess && result.elapsedSeconds >= 0) {
      const verdicts = judge([before, after], { by: options.by });
      printText(renderVerdicts(verdicts, { color, cwd: after.process.cwd }));
    }
  }
  if (excess === null) return 0;
  tell(`limit exceeded: ${excess}, more than ${formatBytes(mostBytes ?? 0)}`);
  return LIMIT_EXCEEDED;
}

/** Says what grew by more than the limit, or null. */
function findExcess(result: DumpDiff, mostBytes: number): string | null {
  const isOver = ({ liveBytes, liveBytesError }: Pick<DumpDiff, 'liveBytes' | 'liveBytesError'>) =>
    liveBytes.delta - SURE_ERRORS * liveBytesError > mostBytes;
  if (isOver(result)) return `live bytes grew by ${formatBytes(result.liveBytes.delta)}`;
  const worst = result.rows.find(isOver);
  return worst ? `${worst.key} grew by ${formatBytes(worst.liveBytes.delta)}` : null;
}

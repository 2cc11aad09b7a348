// Prints what `npm run bench` measured: for people, in tables.
import Table from 'cli-table3';

/** @param {string[]} head @param {number} leftColumns the rest are figures, to the right */
function makeTable(head, leftColumns) {
  return new Table({
    head,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: head.map((_, index) => (index < leftColumns ? 'left' : 'right')),
  });
}

/** Times of each workload by variant. @param {import('./main.mjs').Result[]} results */
export function timesTable(results) {
  const head = ['workload', 'variant', 'median', 'spread', 'ratio', 'quartiles', 'CPU', 'ratio', 'quartiles'];
  const table = makeTable(head, 2);
  let workload = '';
  for (const result of results) {
    const isFirst = result.workload !== workload;
    workload = result.workload;
    const name = isFirst ? `${workload}, per ${result.unit}` : '';
    if (result.missing !== null) {
      table.push([name, result.variant, result.missing, '', '', '', '', '', '']);
      continue;
    }
    const { time, comparison, cpuTime, cpuComparison } = result;
    table.push([
      name,
      result.variant,
      duration(time.median),
      `${duration(time.lowest)} to ${duration(time.highest)}`,
      ...ratioCells(isFirst ? null : comparison),
      duration(cpuTime.median),
      ...ratioCells(isFirst ? null : cpuComparison),
    ]);
  }
  return table.toString();
}

/** @param {import('./main.mjs').Result['comparison'] | null} comparison */
function ratioCells(comparison) {
  if (comparison === null) return ['', ''];
  const { ratio, from, to } = comparison;
  return [`× ${ratio.toFixed(2)}`, `${from.toFixed(2)} to ${to.toFixed(2)}`];
}

/** What workloads measured beside their time. @param {import('./main.mjs').Result[]} results */
export function figuresTable(results) {
  const table = makeTable(['workload', 'variant', 'figure', 'median', 'spread', 'over plain'], 3);
  for (const { workload, variant, figures } of results) {
    const plain = results.find((result) => result.workload === workload)?.figures ?? {};
    for (const [figure, { median, lowest, highest }] of Object.entries(figures)) {
      const base = variant === results[0]?.variant ? undefined : plain[figure];
      table.push([
        workload,
        variant,
        figure,
        number(median),
        `${number(lowest)} to ${number(highest)}`,
        base === undefined ? '' : number(median - base.median),
      ]);
    }
  }
  return table.toString();
}

/**
 * The rows of the README: CPU time of each workload that it quotes, and the ratios to it, as Markdown.
 * @param {import('./main.mjs').Result[]} results
 * @param {Map<string, string>} titles what the README calls a workload, by its name
 */
export function readmeTable(results, titles) {
  const variants = [...new Set(results.map(({ variant }) => variant))];
  const lines = [row(['workload', ...variants]), `|${'---|'.repeat(variants.length + 1)}`];
  for (const [workload, title] of titles) {
    const cells = results
      .filter((result) => result.workload === workload)
      .map(({ cpuTime, cpuComparison }, at) =>
        at === 0 ? duration(cpuTime.median) : `× ${cpuComparison.ratio.toFixed(2)}`,
      );
    lines.push(row([title, ...cells]));
  }
  return lines.join('\n');
}

/** @param {string[]} cells */
function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

/** Shares of leaked bytes. @param {import('./attribution.mjs').Attribution[]} attributions */
export function attributionTable(attributions) {
  const table = makeTable(['who', 'allocated by its own line', 'bodies read through fetch'], 1);
  for (const { variant, missing, shares } of attributions) {
    const text = (/** @type {number | undefined} */ share) =>
      missing ?? (share === undefined ? '' : `${(100 * share).toFixed(1)} %`);
    table.push([variant, text(shares.allocated), text(shares.fetched)]);
  }
  return table.toString();
}

/** @param {number} ns */
function duration(ns) {
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`;
  return ns >= 1000 ? `${(ns / 1000).toFixed(2)} µs` : `${ns.toFixed(0)} ns`;
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 });
}

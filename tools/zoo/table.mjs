// Prints the scores of the zoo: a table for each Node, with a line for each program and a sum for each group.
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';
import { goals } from './score.mjs';

/**
 * @typedef {object} Result
 * @property {import('./programs.mjs').Program} program
 * @property {number} major of Node
 * @property {'good' | 'bad' | 'known' | 'stale' | 'later'} verdict
 * @property {string | null} problem
 * @property {import('./score.mjs').Score | null} score
 * @property {number} elapsedSeconds
 */

const signs = {
  good: pc.green('✓'),
  bad: pc.red('✗'),
  known: pc.yellow('known'),
  stale: pc.red('✗ passes now'),
  later: pc.dim('later'),
};

/**
 * @param {string} version of Node
 * @param {Result[]} results
 */
export function printTable(version, results) {
  console.log(`\n${pc.bold(`Node ${version}`)}`);
  const table = makeTable([
    'program',
    '',
    'top owner',
    'share',
    'remainder',
    'external',
    'blamed',
    'retainer',
    'verdict',
    'expected',
    's',
  ]);
  let group = '';
  for (const result of results) {
    if (result.program.group !== group) {
      group = result.program.group;
      table.push([pc.bold(group)]);
    }
    table.push(programRow(result));
  }
  console.log(table.toString());
  printSums(results);
}

function programRow({ program, verdict, problem, score, elapsedSeconds }) {
  const name = `  ${program.name.split('/')[1]}`;
  const seconds = elapsedSeconds.toFixed(1);
  if (!score)
    return [name, signs[verdict], (problem ?? '').split('\n')[0], '', '', '', '', '', '', '', seconds];
  const mark = (good, text) => (good || verdict === 'later' ? text : pc.red(text));
  const share = program.control ? '' : mark(score.share >= goals.share - score.tolerance, shareText(score));
  return [
    name,
    signs[verdict],
    mark(score.topOwnerRight, score.topOwnerRight && !program.control ? 'right' : score.topOwner),
    share,
    mark(score.remainder <= goals.remainder, percent(score.remainder)),
    mark(score.externalRemainder <= goals.remainder, percent(score.externalRemainder)),
    megabytes(score.blamedBytes),
    program.retainers.length === 0 ? '–' : mark(score.retainerRight, score.retainerRight ? 'right' : 'wrong'),
    mark(score.verdictRight, score.verdict),
    megabytes(score.expectedBytes),
    seconds,
  ];
}

function printSums(results) {
  const table = makeTable([
    'group',
    'programs',
    'good',
    'top owner',
    'retainer',
    'verdict',
    'lowest share',
    'highest remainder',
  ]);
  for (const group of new Set(results.map(({ program }) => program.group))) {
    const members = results.filter(({ program }) => program.group === group);
    const scores = members.flatMap(({ score }) => score ?? []);
    table.push([
      group,
      members.length,
      members.filter(({ score }) => score?.good).length,
      scores.filter(({ topOwnerRight }) => topOwnerRight).length,
      scores.filter(({ retainerRight }) => retainerRight).length,
      scores.filter(({ verdictRight }) => verdictRight).length,
      scores.length ? percent(Math.min(...scores.map(({ share }) => share))) : '',
      scores.length ? percent(Math.max(...scores.map(({ remainder }) => remainder))) : '',
    ]);
  }
  console.log(table.toString());
}

function makeTable(head) {
  const bare = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
  const lines = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' };
  return new Table({
    head: head.map((text) => pc.dim(text)),
    chars: { ...bare, ...lines, right: '', 'right-mid': '', middle: ' ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
  });
}

function shareText({ share, tolerance }) {
  return tolerance > 0 ? `≈${percent(share)}` : percent(share);
}

function percent(part) {
  // Rounded down: 98.99 % is not 99 %.
  return `${(Math.floor(part * 10_000) / 100).toFixed(2)} %`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** @param {Result[]} results those to say more about */
export function printProblems(results) {
  for (const { program, major, verdict, problem, score } of results) {
    const why =
      problem ?? (verdict === 'stale' ? 'is in known.json but passes; take it out' : describeScore(score));
    console.log(`${signs[verdict]} ${program.name} on Node ${major}: ${stripVTControlCharacters(why)}`);
  }
}

function describeScore(score) {
  const { topOwner, topOwnerRight, retainer, retainerRight, share, tolerance, remainder } = score;
  const parts = [];
  if (!topOwnerRight) parts.push(`top owner is ${topOwner}`);
  if (!retainerRight) parts.push(`held by ${retainer ?? 'nobody'}`);
  if (share < goals.share - tolerance) parts.push(`${percent(share)} charged to the marked lines`);
  if (remainder > goals.remainder) parts.push(`${percent(remainder)} of arrayBuffers unexplained`);
  return parts.join(', ');
}

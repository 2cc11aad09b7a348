// Compares what a dump says with what a program of the zoo says about itself. Pure: no files, no processes.
import path from 'node:path';

/** Goals of the zoo: see the table that `npm run zoo` prints. */
export const goals = { share: 0.99, remainder: 0.01, blamedBytes: 1_000_000 };
/** What is sampled may be off by so many standard errors, which must not be more than so large a part of the whole. */
const sampling = { errors: 4, largestPart: 0.06 };

/** What a leak may be judged to be. */
const verdictsOfLeaks = ['leak', 'not-enough-evidence', 'pinned', 'held-natively'];

/**
 * @typedef {object} Score
 * @property {number} expectedBytes
 * @property {boolean} topOwnerRight the row with most live bytes is a marked line; for controls: nobody is blamed
 * @property {string} topOwner that row, for a person
 * @property {number} share of the expected bytes, live bytes charged to marked lines; if owners have names, what is
 *   left of 1 by the owner who got most too much or too little; 1 for controls
 * @property {number} tolerance by how much less than the goal the share may be, as bytes are estimates; 0 if none are
 * @property {number} remainder part of arrayBuffers that the coverage leaves unexplained
 * @property {number} blamedBytes live bytes charged to lines of the program that are not marked
 * @property {string | null} retainer the path that holds most of the top owner's bytes; null if there is none
 * @property {boolean} retainerRight it names a marked holder; true where none is marked
 * @property {number} externalRemainder part of `external` that the coverage leaves unexplained
 * @property {string} verdict of a leak on the top row, of a control on the process
 * @property {boolean} verdictRight one dump cannot tell every leak from what was loaded once: it may say so, but nothing
 *   else than how a leak is held; a control is judged to be what it is
 * @property {boolean} good whether all goals are met; the remainder of external and the verdict are shown, and no goals yet
 */

/**
 * @param {import('./programs.mjs').Program} program
 * @param {{expectedBytes: number, owners: Record<string, number> | null}} said by the program, on its last line
 * @param {import('../../lib/analysis/top').TopRow[]} rows all rows by owner, most live bytes first
 * @param {import('../../lib/dump/format').Coverage} coverage
 * @param {{names: string[], text: string} | null} retainer names on the path that holds most of the top row's bytes
 * @param {{process: string, top: string}} verdicts on the process and on the top row
 * @param {number} externalRemainder bytes of `external` that nothing explains, as a part of it
 * @returns {Score}
 */
export function scoreDump(
  program,
  { expectedBytes, owners },
  rows,
  coverage,
  retainer,
  verdicts,
  externalRemainder,
) {
  const live = rows.filter(({ liveBytes }) => liveBytes > 0);
  const blamed = live.filter(({ owner }) => owner?.origin === 'user' && !isMarked(owner, program.owners));
  const blamedBytes = program.control ? worstBlame(blamed, program.bounded) : sum(blamed);
  const top = live[0]?.owner ?? null;
  const remainder = Math.abs(coverage.remainderBytes) / Math.max(coverage.arrayBuffersBytes, 1);
  const share = program.control ? 1 : shareOf(live, program.owners, expectedBytes, owners);
  const errorPart = program.control ? 0 : errorOf(live, program.owners) / expectedBytes;
  const tolerance = errorPart <= sampling.largestPart ? sampling.errors * errorPart : 0;
  const topOwnerRight = program.control ? blamedBytes <= goals.blamedBytes : isMarked(top, program.owners);
  const retainerRight =
    program.retainers.length === 0 || program.retainers.some((name) => retainer?.names.includes(name));
  const verdict = program.control ? verdicts.process : verdicts.top;
  const verdictRight = (program.verdicts ?? verdictsOfLeaks).includes(verdict);
  return {
    expectedBytes,
    topOwnerRight,
    topOwner: describe(top),
    share,
    tolerance,
    remainder,
    blamedBytes,
    retainer: retainer?.text ?? null,
    retainerRight,
    verdict,
    verdictRight,
    externalRemainder,
    good: topOwnerRight && retainerRight && share >= goals.share - tolerance && remainder <= goals.remainder,
  };
}

function shareOf(rows, marks, expectedBytes, owners) {
  const chargedTo = (some) => sum(rows.filter(({ owner }) => isMarked(owner, some)));
  if (owners === null) return chargedTo(marks) / expectedBytes;
  const errors = Object.entries(owners).map(([name, bytes]) =>
    Math.abs(chargedTo(marks.filter((mark) => mark.name === name)) - bytes),
  );
  return 1 - Math.max(...errors) / expectedBytes;
}

/** The standard error of what is charged to marked lines, in bytes; 0 if all of it is exact. */
function errorOf(rows, marks) {
  return rows
    .filter(({ owner }) => isMarked(owner, marks))
    .reduce((error, { liveBytesError }) => Math.hypot(error, liveBytesError), 0);
}

/** In a control, each line may keep what its BOUNDED mark allows; returns by how much the worst line is over. */
function worstBlame(rows, bounded) {
  const over = rows.map(({ owner, liveBytes }) => {
    const allowance = bounded.find((mark) => isMarked(owner, [mark]));
    return liveBytes - (allowance?.bytes ?? 0);
  });
  return Math.max(0, ...over);
}

/**
 * Bundlers name sources in their own ways (`webpack://…/main.js`), so that only the ends of paths can be compared:
 * the file's name and its folder's, the latter if there is one.
 */
function isMarked(owner, marks) {
  if (!owner) return false;
  const ending = lastParts(owner.file);
  return marks.some(({ file, line }) => line === owner.line && lastParts(file).endsWith(ending));
}

function lastParts(file) {
  const parts = file.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  return parts.slice(-2).join('/');
}

function sum(rows) {
  return rows.reduce((total, { liveBytes }) => total + liveBytes, 0);
}

function describe(owner) {
  if (!owner) return '(nobody)';
  return `${path.basename(owner.file)}:${owner.line} via ${owner.via}`;
}

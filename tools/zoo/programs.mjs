// Finds the programs of test/zoo and reads what they say about themselves: owner lines, holders, allowances.
import fs from 'node:fs';
import path from 'node:path';
import { root, StepError } from '../steps.mjs';

/** The folder of all programs. */
export const zooFolder = path.join(root, 'test', 'zoo');

/**
 * A line of a program that is marked, `line` being 1-based.
 * @typedef {{file: string, line: number}} Mark
 */

/**
 * A line that kept bytes belong to; owners with names keep so much each as the program says under `owners`.
 * @typedef {Mark & {name: string | null}} OwnerMark
 */

/**
 * @typedef {object} Program
 * @property {string} name folder of its group and its own name, as in `fetch/then-chain-feeds.js`
 * @property {string} group title of its group
 * @property {string} entry absolute path of the file to run (or to build)
 * @property {boolean} control true if nobody is to blame
 * @property {OwnerMark[]} owners lines that the kept bytes belong to
 * @property {string[]} retainers identifiers of what holds them
 * @property {(Mark & {bytes: number})[]} bounded lines of a control that keep so many bytes rightly
 * @property {string | null} build how it is compiled first; null if it runs as it stands
 * @property {number[] | null} nodes majors that it runs on; null for all
 * @property {string[] | null} verdicts what a control may be judged to be; null for leaks
 * @property {'arrayBuffers' | 'none'} truth what of memoryUsage() its bytes can be checked against
 * @property {boolean} pins true if what it keeps pins more: views of blocks that hold other bytes too
 * @property {string | null} scoredSince what abtrace must do before the program counts; null if it counts
 * @property {number[] | null} scoredSinceNodes majors that `scoredSince` is about; null for all
 */

/**
 * The programs of the zoo, group by group.
 * @param {RegExp} only what their names must match
 * @returns {Program[]}
 */
export function findPrograms(only) {
  const manifest = JSON.parse(fs.readFileSync(path.join(zooFolder, 'manifest.json'), 'utf8'));
  const programs = manifest.groups.flatMap((group) =>
    fs
      .readdirSync(path.join(zooFolder, group.folder))
      .sort()
      .map((entry) => readProgram(group, entry, manifest.programs[`${group.folder}/${entry}`] ?? {})),
  );
  const names = new Set(programs.map(({ name }) => name));
  for (const name of Object.keys(manifest.programs)) {
    if (!names.has(name)) throw new StepError(`manifest.json names ${name}, which is not there`);
  }
  return programs.filter(({ name }) => only.test(name));
}

/** A program is a file, or a folder with a `main` file. */
function readProgram(group, entry, details) {
  const name = `${group.folder}/${entry}`;
  const place = path.join(zooFolder, group.folder, entry);
  const isFolder = fs.statSync(place).isDirectory();
  const files = isFolder ? fs.readdirSync(place).map((file) => path.join(place, file)) : [place];
  const main = isFolder ? files.find((file) => path.parse(file).name === 'main') : place;
  if (!main) throw new StepError(`${name} has no main file`);
  const marks = files.flatMap(readMarks);
  const of = (kind) => marks.filter((mark) => mark.kind === kind);
  const program = {
    name,
    group: group.title,
    entry: main,
    control: group.folder === 'controls',
    owners: of('OWNER').map(({ file, line, value }) => ({ file, line, name: value || null })),
    retainers: of('RETAINER').map(({ value }) => value),
    bounded: of('BOUNDED').map(({ file, line, value }) => ({ file, line, bytes: Number(value) })),
    build: details.build ?? null,
    nodes: details.nodes ?? null,
    pins: details.pins ?? false,
    verdicts: details.verdicts ?? null,
    truth: details.truth ?? group.truth ?? 'arrayBuffers',
    scoredSince: details.scoredSince ?? group.scoredSince ?? null,
    scoredSinceNodes: details.scoredSinceNodes ?? null,
  };
  checkMarks(program);
  return program;
}

const markPattern = /\/\/ (OWNER|RETAINER|BOUNDED)(?: (?:name|bytes)=([\w$]+))?$/;

/** @param {string} file */
function readMarks(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const match = markPattern.exec(text.trimEnd());
    if (!match) return [];
    return [{ kind: match[1], value: match[2] ?? '', file, line: index + 1 }];
  });
}

/** @param {Program} program */
function checkMarks({ name, control, owners, retainers, verdicts }) {
  if (control !== (verdicts !== null))
    throw new StepError(`${name}: controls, and they alone, have verdicts in manifest.json`);
  if (control && owners.length > 0) throw new StepError(`${name} is a control, but marks an owner`);
  if (!control && owners.length === 0) throw new StepError(`${name} marks no owner`);
  if (!control && retainers.length === 0) throw new StepError(`${name} marks no retainer`);
}

// The leak zoo: runs the programs of test/zoo under `abtrace run` on every supported Node and compares what the dumps
// say with what the programs know. Scores go by Node into a table; --check fails on what is below the goals.
//
//   npm run zoo [-- --node 20,26] [--only pattern] [--check] [--json file] [--jobs 2] [--truth]
//
// --truth runs the programs untraced instead and checks them: do they keep what they say, and nothing more?
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepareNodes, supportedMajors } from './nodes.mjs';
import { runTool, StepError } from './steps.mjs';
import { buildProgram } from './zoo/build.mjs';
import { findPrograms, zooFolder } from './zoo/programs.mjs';
import { runTraced, runUntraced } from './zoo/run.mjs';
import { scoreDump } from './zoo/score.mjs';
import { printProblems, printTable } from './zoo/table.mjs';

const require = createRequire(import.meta.url);

/** A leak has to be this big, so that what the runtime itself keeps is lost beside it. */
const smallestLeakBytes = 8_000_000;
/** What a program may keep beside what it says: pools, caches, Node's own. */
const innocentBytes = 1_000_000;
const mostRetries = 2;

const optionTypes = /** @type {const} */ ({
  node: { type: 'string', default: supportedMajors.join(',') },
  only: { type: 'string', default: '' },
  check: { type: 'boolean', default: false },
  truth: { type: 'boolean', default: false },
  json: { type: 'string' },
  jobs: { type: 'string', default: '2' },
});

await runTool(async () => {
  const options = readOptions();
  const known = readKnown();
  const programs = findPrograms(options.only);
  if (programs.length === 0) throw new StepError('no program has such a name');
  const nodes = prepareNodes(options.majors);
  const files = new Map();
  for (const program of programs) files.set(program, await buildProgram(program));

  const tasks = nodes.flatMap((node) =>
    programs.filter((program) => runsOn(program, node.major)).map((program) => ({ program, node })),
  );
  const work = options.truth ? checkTruth : trace;
  const results = await mapWithJobs(options.jobs, tasks, ({ program, node }) =>
    work(program, node, files.get(program), known),
  );
  report(nodes, results, options);
});

function parseOptions() {
  try {
    return parseArgs({ options: optionTypes }).values;
  } catch (error) {
    throw new StepError(
      `${error.message}\n  npm run zoo [-- ${Object.keys(optionTypes)
        .map((name) => `--${name}`)
        .join(' | ')}]`,
    );
  }
}

function readOptions() {
  const values = parseOptions();
  const majors = values.node.split(',').map(Number);
  const unknown = majors.filter((major) => !supportedMajors.includes(major));
  if (unknown.length > 0)
    throw new StepError(`--node: not among ${supportedMajors.join(', ')}: ${values.node}`);
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new StepError(`--jobs: not a positive number: ${values.jobs}`);
  return { ...values, majors, jobs, only: new RegExp(values.only) };
}

/**
 * Programs that are below the goals on some Nodes, each with the reason; one that passes has to be taken out, unless it
 * is marked as falling short but `sometimes`.
 */
function readKnown() {
  const entries = JSON.parse(fs.readFileSync(path.join(zooFolder, 'known.json'), 'utf8'));
  const names = new Set(findPrograms(/./).map(({ name }) => name));
  for (const { program, nodes, reason } of entries) {
    if (!names.has(program)) throw new StepError(`known.json names ${program}, which is not there`);
    if (!Array.isArray(nodes) || !reason)
      throw new StepError(`known.json: ${program} lacks nodes or a reason`);
  }
  return entries;
}

function runsOn({ nodes }, major) {
  return nodes === null || nodes.includes(major);
}

/** Works on `tasks` with `jobs` at a time and returns the results in their order. */
async function mapWithJobs(jobs, tasks, work) {
  const results = [];
  let next = 0;
  const runner = async () => {
    while (next < tasks.length) {
      const index = next++;
      results[index] = await work(tasks[index]);
      if (process.stderr.isTTY) process.stderr.write(`\r${index + 1}/${tasks.length} `);
    }
  };
  await Promise.all(Array.from({ length: jobs }, runner));
  if (process.stderr.isTTY) process.stderr.write('\r          \r');
  return results;
}

/**
 * Traces a program. How the pieces of a stream fall on its reads is a matter of timing: a program that misses is run
 * again, at most twice, and said to have been.
 */
async function trace(program, node, file, known) {
  let result = await traceOnce(program, node, file, known);
  for (let retries = 1; result.verdict === 'bad' && retries <= mostRetries; retries += 1) {
    result = { ...(await traceOnce(program, node, file, known)), retries };
  }
  return result;
}

/** @returns {Promise<import('./zoo/table.mjs').Result>} */
async function traceOnce(program, node, file, known) {
  const { explainCoverage, judge: judgeDumps, topSites } = require('../dist/index.js');
  const { dump, problem, elapsedSeconds, ...said } = await runTraced(node.execPath, file);
  const rows = dump ? topSites(dump, { by: 'owner', limit: Infinity }) : [];
  const score = dump
    ? scoreDump(
        program,
        said,
        rows,
        dump.coverage,
        retainerOf(dump, rows),
        verdictsOf(judgeDumps(dump)),
        externalRemainderOf(explainCoverage(dump)),
      )
    : null;
  const verdict = judge(program, node.major, score?.good ?? false, known);
  return { program, major: node.major, verdict, problem, score, elapsedSeconds };
}

/** What holds most of the top owner's bytes: the names on that path, and the path for a person. */
function retainerOf(dump, rows) {
  const { holdingOf, pathParts, rootName } = require('../dist/analysis/retainers.js');
  const { path } = holdingOf(dump, rows.find(({ liveBytes }) => liveBytes > 0)?.sites ?? []).paths[0] ?? {};
  if (path === undefined) return null;
  const names = [rootName(dump, path), ...path.steps.map(({ name }) => name.replace(/^#/, ''))];
  return { names, text: pathParts(dump, path).join(' → ') };
}

function verdictsOf({ process: whole, groups }) {
  return { process: whole.verdict, top: groups[0]?.verdict ?? 'not-enough-evidence' };
}

/** @param {import('../lib/analysis/coverage').CoverageTable[]} tables */
function externalRemainderOf(tables) {
  const table = tables.find(({ of }) => of === 'external');
  return table === undefined ? 1 : Math.abs(table.remainderBytes) / Math.max(table.totalBytes, 1);
}

function judge({ name, scoredSince, scoredSinceNodes }, major, good, known) {
  if (scoredSince !== null && (scoredSinceNodes?.includes(major) ?? true)) return 'later';
  const entry = known.find((candidate) => candidate.program === name && candidate.nodes.includes(major));
  if (entry !== undefined) return good && !entry.sometimes ? 'stale' : 'known';
  return good ? 'good' : 'bad';
}

/** @returns {Promise<import('./zoo/table.mjs').Result>} */
async function checkTruth(program, node, file) {
  const outcome = await runUntraced(node.execPath, file);
  const problem = outcome.problem ?? untruthOf(program, outcome);
  const verdict = problem === null ? 'good' : 'bad';
  return {
    program,
    major: node.major,
    verdict,
    problem,
    score: null,
    elapsedSeconds: outcome.elapsedSeconds,
  };
}

/** What a program says wrongly about itself; null if nothing. */
function untruthOf({ control, truth, bounded, pins }, { expectedBytes, arrayBuffersBytes }) {
  if (control && expectedBytes !== 0) return 'is a control, but expects bytes to be kept';
  if (!control && expectedBytes < smallestLeakBytes) return `keeps only ${expectedBytes} bytes`;
  if (truth === 'none') return null;
  const kept = expectedBytes + bounded.reduce((sum, { bytes }) => sum + bytes, 0);
  if (arrayBuffersBytes < kept * 0.999) return `says ${kept} bytes, but only ${arrayBuffersBytes} are alive`;
  if (arrayBuffersBytes > kept * 1.02 + innocentBytes && !pins) {
    return `says ${kept} bytes, but ${arrayBuffersBytes} are alive`;
  }
  return null;
}

function report(nodes, results, options) {
  for (const { major, version } of nodes) {
    printTable(
      version,
      results.filter((result) => result.major === major),
    );
  }
  const failed = results.filter(({ verdict }) => verdict === 'bad' || verdict === 'stale');
  // What is known to fall short has not passed: it is told apart, and counts as neither.
  const known = results.filter(({ verdict }) => verdict === 'known');
  const passed = results.filter(({ verdict }) => verdict === 'good');
  console.log('');
  printProblems(failed);
  if (options.json) writeJson(options.json, results);
  for (const { program, major, retries, verdict } of results) {
    if (retries && verdict === 'good')
      console.log(`${program.name} on Node ${major} passed when run again (${retries})`);
  }
  if (known.length > 0) console.log(`${known.length} known to fall short, see test/zoo/known.json`);
  console.log(`\n${passed.length} passed, ${failed.length} failed`);
  if (options.check && failed.length > 0) process.exitCode = 1;
}

function writeJson(file, results) {
  const plain = results.map(({ program, ...rest }) => ({
    program: program.name,
    group: program.group,
    ...rest,
  }));
  fs.writeFileSync(file, `${JSON.stringify(plain, null, 2)}\n`);
}

// What tracing costs, and what others cost: each workload in each variant, every run in a process of its own, the
// variants interleaved so that a machine that slows down for a while slows them alike. The plain program runs twice a
// round: what its two rows differ by is noise. The README quotes no other figures than these.
//
//   npm run bench [-- --rounds 5] [--only fetch] [--node 20,24] [--quick] [--no-rivals] [--json file]
//   npm run bench -- --readme --node 24       nothing but the README's table, as it stands there
//
// A process is what is measured, so no harness for loops fits: bench/measure.cjs times one, the statistics are
// simple-statistics'.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inspectNode } from '../tools/addon.mjs';
import { prepareNodes, supportedMajors } from '../tools/nodes.mjs';
import { cache, root, runTool, StepError } from '../tools/steps.mjs';
import { attribute } from './attribution.mjs';
import { compare, summarize } from './statistics.mjs';
import { attributionTable, figuresTable, readmeTable, timesTable } from './tables.mjs';
import { commandOf, findVariants, readmeVariants } from './variants.mjs';
import { readmeTitles, workloads } from './workloads.mjs';

/**
 * @typedef {object} Result of one variant of one workload
 * @property {string} workload
 * @property {string} variant
 * @property {string | null} missing why it did not run; null if it did
 * @property {string} unit what one operation is
 * @property {number[]} samplesNs nanoseconds per operation, one of each round
 * @property {number[]} cpuSamplesNs the same of CPU time, of all threads of the process
 * @property {import('./statistics.mjs').Summary} time
 * @property {import('./statistics.mjs').Summary} cpuTime
 * @property {ReturnType<typeof compare>} comparison of the time with that of the plain program
 * @property {ReturnType<typeof compare>} cpuComparison the same of CPU time
 * @property {Record<string, import('./statistics.mjs').Summary>} figures what else the workload measured
 */

/** @typedef {{unit: string, nsPerOperation: number, cpuNsPerOperation: number, figures?: Record<string, number>}} Sample */

const timeoutMs = 300_000;
const QUICK_SCALE = '0.02';
const ATTRIBUTION = 'who names the line';
const defaultJson = path.join(cache, 'bench', 'latest.json');

await runTool(() => {
  const options = readOptions();
  const report = [];
  for (const node of options.nodes) {
    const machine = machineLine(node.version);
    console.log(`${machine}\n${howText(options)}\n`);
    const results = workloads
      .filter(({ name }) => name.includes(options.only) && (!options.readme || readmeTitles.has(name)))
      .flatMap((workload) => measureWorkload(workload, node.execPath, options));
    const isAttributed = !options.readme && ATTRIBUTION.includes(options.only);
    const attributions = isAttributed ? attribute(node.execPath, options.variants) : [];
    if (options.readme) console.log(readmeTable(results, readmeTitles));
    else if (results.length > 0) console.log(timesTable(results));
    if (results.some(({ figures }) => Object.keys(figures).length > 0)) console.log(figuresTable(results));
    if (attributions.length > 0)
      console.log(`\n${ATTRIBUTION}: share of leaked bytes\n${attributionTable(attributions)}`);
    report.push({ machine, results, attributions });
  }
  writeJson(options.json, { rounds: options.rounds, quick: options.quick, nodes: report });
});

function readOptions() {
  const values = parse();
  const rounds = values.rounds === undefined ? (values.quick ? 1 : 5) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new StepError(`--rounds: must be a whole number, 1 or more, got ${values.rounds}`);
  const names = [...workloads.map(({ name }) => name), ATTRIBUTION];
  if (!names.some((name) => name.includes(values.only)))
    throw new StepError(
      `--only: no workload has "${values.only}" in its name; there are\n  ${names.join('\n  ')}`,
    );
  const folder = path.dirname(path.resolve(values.json));
  if (values.json !== defaultJson && !fs.existsSync(folder))
    throw new StepError(`--json: there is no folder ${folder}`);
  const variants = findVariants().filter(({ name, rival }) =>
    values.readme ? readmeVariants.includes(name) : values.rivals || !rival,
  );
  return { ...values, rounds, nodes: nodesOf(values.node), variants };
}

function parse() {
  try {
    return parseArgs({
      allowNegative: true,
      options: {
        rounds: { type: 'string' },
        only: { type: 'string', default: '' },
        node: { type: 'string', default: '' },
        quick: { type: 'boolean', default: false },
        readme: { type: 'boolean', default: false },
        rivals: { type: 'boolean', default: true },
        json: { type: 'string', default: defaultJson },
      },
    }).values;
  } catch (error) {
    throw new StepError(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

/** @param {string} text majors, as in `20,24`; empty for the Node that runs */
function nodesOf(text) {
  if (text === '') return [inspectNode(process.execPath)];
  const majors = text.split(',').map(Number);
  if (majors.some((major) => !supportedMajors.includes(major)))
    throw new StepError(`--node: must be among ${supportedMajors.join(',')}, got ${text}`);
  return prepareNodes(majors);
}

/** @param {string} version of the Node that runs the workloads */
function machineLine(version) {
  const [cpu] = os.cpus();
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  const load = os.loadavg()[0]?.toFixed(1);
  const processors = `${os.availableParallelism()} × ${cpu?.model.trim() || 'unknown processor'}`;
  return `Node ${version}, ${os.platform()} ${os.release()} ${os.arch()}, ${processors}, ${memory}, load ${load}`;
}

/** @param {{rounds: number, quick: boolean}} options */
function howText({ rounds, quick }) {
  const how = `${rounds} ${rounds === 1 ? 'round' : 'rounds'}; spreads are from the lowest to the highest, ratios are medians over the rounds`;
  return quick ? `${how}\nquick: too little is done for the figures to mean anything` : how;
}

/**
 * @param {import('./workloads.mjs').Workload} workload
 * @param {string} node
 * @param {ReturnType<typeof readOptions>} options
 * @returns {Result[]}
 */
function measureWorkload(workload, node, { rounds, quick, variants }) {
  const chosen = variants
    .filter(({ rival }) => workload.rivals || !rival)
    .slice(0, workload.alone ? 1 : undefined);
  const able = chosen.filter(({ missing }) => missing === null);
  /** @type {Map<string, Sample[]>} */
  const samples = new Map(able.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Another variant goes first in each round: what is left warm by the one before favours none.
    for (let i = 0; i < able.length; i++) {
      const variant = able[(i + round) % able.length];
      if (variant) samples.get(variant.name)?.push(runOnce(workload, variant, node, quick));
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${workload.name}: ${round + 1}/${rounds}\x1b[K`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const times = (/** @type {string} */ name) =>
    (samples.get(name) ?? []).map(({ nsPerOperation }) => nsPerOperation);
  const cpuTimes = (/** @type {string} */ name) =>
    (samples.get(name) ?? []).map(({ cpuNsPerOperation }) => cpuNsPerOperation);
  const plain = chosen[0]?.name ?? '';
  return chosen.map(({ name, missing }) => {
    const common = { workload: workload.name, variant: name, missing };
    if (missing !== null) return { ...common, unit: '', samplesNs: [], cpuSamplesNs: [], figures: {} };
    const samplesNs = times(name);
    const cpuSamplesNs = cpuTimes(name);
    return {
      ...common,
      unit: samples.get(name)?.[0]?.unit ?? '',
      samplesNs,
      cpuSamplesNs,
      time: summarize(samplesNs),
      comparison: compare(samplesNs, times(plain)),
      cpuTime: summarize(cpuSamplesNs),
      cpuComparison: compare(cpuSamplesNs, cpuTimes(plain)),
      figures: figuresOf(samples.get(name) ?? []),
    };
  });
}

/** @param {Sample[]} samples */
function figuresOf(samples) {
  const names = Object.keys(samples[0]?.figures ?? {});
  return Object.fromEntries(
    names.map((name) => [name, summarize(samples.map(({ figures }) => figures?.[name] ?? Number.NaN))]),
  );
}

/**
 * @param {import('./workloads.mjs').Workload} workload
 * @param {import('./variants.mjs').Variant} variant
 * @param {string} node
 * @param {boolean} quick
 * @returns {Sample}
 */
function runOnce({ name, file, args, flags }, variant, node, quick) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-bench-'));
  try {
    const program = [...flags, path.join(root, 'bench', 'workloads', file), ...args];
    const command = commandOf(variant, node, program, path.join(folder, 'profile'));
    const env = { ...command.env, ABTRACE_BENCH_SCALE: quick ? QUICK_SCALE : '1' };
    const { status, signal, stdout, stderr } = spawnSync(command.command, command.args, {
      env,
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const line = stdout?.split('\n').findLast((text) => text.startsWith('{'));
    if (status !== 0 || line === undefined)
      throw new StepError(`${name}, ${variant.name}: exited with ${signal ?? status}\n${stderr}`);
    return JSON.parse(line);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Whole or not at all. @param {string} file @param {object} report */
function writeJson(file, report) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(unfinished, `${JSON.stringify(report, null, 2)}\n`);
  fs.renameSync(unfinished, file);
  console.log(`\nwritten to ${path.relative(process.cwd(), file)}`);
}

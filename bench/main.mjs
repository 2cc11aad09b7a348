// What tracing costs: each workload plain, traced without causes and traced with them, every run in a process of its
// own, the modes interleaved so that a machine that slows down for a while slows them alike. The plain program runs
// twice a round: what its two rows differ by is noise. The README quotes no other figures than these.
//
//   npm run bench [-- --rounds 5] [--only fetch] [--node path-of-a-node] [--json file]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { inspectNode } from '../tools/addon.mjs';
import { root, runTool, StepError } from '../tools/steps.mjs';

/** What `start` gets; null is the program without abtrace. The first mode is what the others are compared with. */
const modes = /** @type {const} */ ({
  plain: null,
  'plain again': null,
  stacks: { causes: false },
  'stacks and causes': { causes: true },
});
const modeNames = /** @type {(keyof typeof modes)[]} */ (Object.keys(modes));

/**
 * @typedef {object} Result of one mode of one workload
 * @property {string} workload
 * @property {string} mode
 * @property {string} unit what one operation is
 * @property {number[]} samplesNs nanoseconds per operation, one of each round
 * @property {number} medianNs
 * @property {number} addedNs what the median has more than that of the plain program
 * @property {number} ratio median over that of the plain program
 */

await runTool(() => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
      node: { type: 'string', default: process.execPath },
      json: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new StepError(`--rounds: not a positive number: ${values.rounds}`);
  }
  const machine = machineLine(inspectNode(values.node).version);
  console.log(`${machine}\n${rounds} rounds; the spread is from the lowest to the highest\n`);
  const folder = path.join(root, 'bench', 'workloads');
  const files = fs.readdirSync(folder).filter((name) => name.includes(values.only));
  const results = files.flatMap((file) => compare(values.node, path.join(folder, file), rounds));
  console.log(tableOf(results));
  if (values.json)
    fs.writeFileSync(values.json, `${JSON.stringify({ machine, rounds, results }, null, 2)}\n`);
});

/** @param {string} version of the Node that runs the workloads */
function machineLine(version) {
  const [cpu] = os.cpus();
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  const load = os.loadavg()[0]?.toFixed(1);
  const processors = `${os.availableParallelism()} × ${cpu?.model.trim() || 'unknown processor'}`;
  return `Node ${version}, ${os.platform()} ${os.arch()}, ${processors}, ${memory}, load ${load}`;
}

/**
 * @param {string} node
 * @param {string} file
 * @param {number} rounds
 * @returns {Result[]}
 */
function compare(node, file, rounds) {
  /** @type {Map<string, number[]>} */
  const samples = new Map(modeNames.map((mode) => [mode, []]));
  let unit = '';
  for (let round = 0; round < rounds; round++) {
    // Another mode goes first in each round: what is left warm by the one before favours none.
    for (let i = 0; i < modeNames.length; i++) {
      const mode = modeNames[(i + round) % modeNames.length] ?? 'plain';
      const result = runOnce(node, file, modes[mode]);
      samples.get(mode)?.push(result.nsPerOperation);
      unit = result.unit;
    }
  }
  const plainNs = median(samples.get('plain') ?? []);
  return [...samples].map(([mode, samplesNs]) => {
    const medianNs = median(samplesNs);
    const workload = path.basename(file, '.cjs');
    return {
      workload,
      mode,
      unit,
      samplesNs,
      medianNs,
      addedNs: medianNs - plainNs,
      ratio: medianNs / plainNs,
    };
  });
}

/**
 * @param {string} node
 * @param {string} file
 * @param {object | null} options
 * @returns {{unit: string, nsPerOperation: number}}
 */
function runOnce(node, file, options) {
  const args = ['--require', path.join(root, 'bench', 'start.cjs'), file];
  const env = { ...process.env, ABTRACE_BENCH_OPTIONS: JSON.stringify(options) };
  const { status, stdout, stderr } = spawnSync(node, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new StepError(`${path.basename(file)} exited with ${status}\n${stderr}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** @param {Result[]} results */
function tableOf(results) {
  const table = new Table({
    head: ['workload', 'mode', 'median', 'spread', 'added', 'time', 'throughput'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const { workload, mode, unit, samplesNs, medianNs, addedNs, ratio } of results) {
    const isBase = mode === modeNames[0];
    table.push([
      isBase ? `${workload}, per ${unit}` : '',
      mode,
      time(medianNs),
      `${time(Math.min(...samplesNs))} to ${time(Math.max(...samplesNs))}`,
      isBase ? '' : `${addedNs < 0 ? '−' : '+'}${time(Math.abs(addedNs))}`,
      isBase ? '' : `× ${ratio.toFixed(2)}`,
      isBase ? '' : `${(100 / ratio).toFixed(0)} %`,
    ]);
  }
  return table.toString();
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** @param {number} ns */
function time(ns) {
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`;
  return ns >= 1000 ? `${(ns / 1000).toFixed(2)} µs` : `${ns.toFixed(0)} ns`;
}

// What tracing costs: each workload plain and traced, every run in a process of its own, the modes interleaved so that
// a machine that slows down for a while slows them alike. Prints medians and ranges; the README quotes no others.
//
//   npm run bench [-- --rounds 7] [--only fetch] [--node path-of-a-node]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inspectNode } from '../tools/addon.mjs';
import { root, runTool, StepError } from '../tools/steps.mjs';

/** What `start` gets; null is the program without abtrace. */
const modes = {
  plain: null,
  'causes: false': { causes: false },
  'causes: true': { causes: true },
};

await runTool(() => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', default: '' },
      node: { type: 'string', default: process.execPath },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new StepError(`--rounds: not a positive number: ${values.rounds}`);
  }
  console.log(`Node ${inspectNode(values.node).version}, ${rounds} rounds; median (lowest to highest)\n`);
  const folder = path.join(root, 'bench', 'workloads');
  for (const file of fs.readdirSync(folder).filter((name) => name.includes(values.only))) {
    print(path.basename(file, '.cjs'), compare(values.node, path.join(folder, file), rounds));
  }
});

/**
 * @param {string} node
 * @param {string} file
 * @param {number} rounds
 */
function compare(node, file, rounds) {
  const names = Object.keys(modes);
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  let unit = '';
  for (let round = 0; round < rounds; round++) {
    // Another mode goes first in each round: what is left warm by the one before favours none.
    const order = names.map((_, i) => names[(i + round) % names.length] ?? '');
    for (const name of order) {
      const result = runOnce(node, file, modes[/** @type {keyof typeof modes} */ (name)]);
      samples[name]?.push(result.nsPerOperation);
      unit = result.unit;
    }
  }
  return { unit, samples };
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

/**
 * @param {string} title
 * @param {ReturnType<typeof compare>} result
 */
function print(title, { unit, samples }) {
  console.log(title);
  const plainNs = median(samples.plain ?? []);
  for (const [mode, values] of Object.entries(samples)) {
    const addedNs = median(values) - plainNs;
    const percent = (100 * addedNs) / plainNs;
    const sign = addedNs < 0 ? '−' : '+';
    const added =
      mode === 'plain' ? '' : `  ${sign}${time(Math.abs(addedNs))}, ${sign}${Math.abs(percent).toFixed(0)} %`;
    const range = `(${time(Math.min(...values))} to ${time(Math.max(...values))})`;
    console.log(`  ${mode.padEnd(14)} ${time(median(values)).padStart(9)} per ${unit}  ${range}${added}`);
  }
  console.log('');
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

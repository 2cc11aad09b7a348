// Who names the line: runs the leaks of bench/leak.cjs under each variant that says where memory comes from, and asks
// what share of the leaked bytes it charges to the line that leaks.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, StepError } from '../tools/steps.mjs';
import { commandOf } from './variants.mjs';

/**
 * @typedef {object} Attribution
 * @property {string} variant
 * @property {string | null} missing why it did not run; null if it did
 * @property {Record<string, number>} shares of the leaked bytes, by the way in which they leak
 */

const timeoutMs = 300_000;
/** Variants that say nothing of lines, nor claim to. */
const SILENT = [
  'plain',
  'plain again',
  'loaded',
  'counting only',
  'empty async hooks',
  'jemalloc, not profiling',
];

/**
 * @param {string} node
 * @param {import('./variants.mjs').Variant[]} variants
 * @returns {Attribution[]}
 */
export function attribute(node, variants) {
  return variants.filter(({ name }) => !SILENT.includes(name)).map((variant) => attributeBy(node, variant));
}

function attributeBy(node, variant) {
  if (variant.missing !== null) return { variant: variant.name, missing: variant.missing, shares: {} };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-bench-'));
  try {
    const leak = path.join(root, 'bench', 'leak.cjs');
    const { command, args, env } = commandOf(variant, node, [leak], path.join(folder, 'profile'));
    const { status, stdout, stderr } = spawnSync(command, args, {
      env,
      cwd: folder,
      encoding: 'utf8',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const line = stdout?.split('\n').findLast((text) => text.startsWith('['));
    if (status !== 0 || line === undefined)
      throw new StepError(`${variant.name}: leak.cjs exited with ${status}\n${stderr}`);
    const isOutside = variant.inProcess === null;
    const shares = JSON.parse(line).map(({ way, bytes, chargedBytes }) => [
      way,
      (isOutside ? bytesNamedIn(folder) : chargedBytes) / bytes,
    ]);
    return { variant: variant.name, missing: null, shares: Object.fromEntries(shares) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What a profiler of native code charges to the file, in the text that it is read by: nothing, if it does not name it,
 * for code of V8 is addresses to it.
 * @param {string} folder with what it wrote
 */
function bytesNamedIn(folder) {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    const isHeaptrack = /\.(gz|zst)$/.test(name);
    const text = isHeaptrack
      ? spawnSync('heaptrack_print', [file], { encoding: 'utf8', maxBuffer: 1 << 30 }).stdout
      : fs.readFileSync(file, 'latin1');
    if (text.includes('keepAllocated') || text.includes('keepFetched'))
      throw new StepError(`${name} names JavaScript now: bench/attribution.mjs has to learn to read it`);
  }
  return 0;
}

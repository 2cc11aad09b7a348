// Runs one program of the zoo under one Node, traced or not, and returns what came of it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../steps.mjs';

const require = createRequire(import.meta.url);
const timeoutMs = 60_000;
const truthPreload = fileURLToPath(new URL('./truth-preload.cjs', import.meta.url));

/**
 * @typedef {object} Outcome
 * @property {number | null} expectedBytes what the program says it keeps; null if it did not say
 * @property {Record<string, number> | null} owners how that is split, in bytes, between owners with names
 * @property {string | null} problem why the run cannot be scored; null if it can
 * @property {number} elapsedSeconds
 */

/**
 * Runs a program under `abtrace run --gc --retainers` and reads its dump, in terms of the original source.
 * @param {string} execPath the Node to run it with
 * @param {string} file
 * @returns {Promise<Outcome & {dump: import('../../lib/dump/format').Dump | null}>}
 */
export function runTraced(execPath, file) {
  return inTemporaryFolder(async (folder) => {
    const cli = path.join(root, 'dist', 'cli', 'main.js');
    const outcome = await runChild(
      execPath,
      [cli, 'run', '--quiet', '--gc', '--retainers', '--out', folder, file],
      {},
    );
    const dump = outcome.problem === null ? findDump(folder, file) : null;
    if (outcome.problem === null && dump === null) return { ...outcome, dump, problem: 'left no dump' };
    return { ...outcome, dump };
  });
}

/**
 * Runs a program untraced and asks Node what is alive at its end, after a full collection, in its main thread.
 * @param {string} execPath the Node to run it with
 * @param {string} file
 * @returns {Promise<Outcome & {arrayBuffersBytes: number}>}
 */
export function runUntraced(execPath, file) {
  return inTemporaryFolder(async (folder) => {
    const env = { ZOO_TRUTH_FILE: path.join(folder, 'truth.json') };
    const outcome = await runChild(execPath, ['-r', truthPreload, file], env);
    const text = outcome.problem === null ? fs.readFileSync(env.ZOO_TRUTH_FILE, 'utf8') : '{}';
    return { ...outcome, arrayBuffersBytes: JSON.parse(text).arrayBuffersBytes ?? 0 };
  });
}

async function inTemporaryFolder(work) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-zoo-'));
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Child processes of the program may leave dumps too: its own is the one that names its file. */
function findDump(folder, file) {
  const { readDump } = require('../../dist/index.js');
  const { applySourceMaps } = require('../../dist/analysis/source-maps.js');
  const dumps = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readDump(path.join(folder, name)))
    .filter((dump) => dump.process.script === fs.realpathSync(file));
  return dumps.length > 0 ? applySourceMaps(dumps.at(-1)).dump : null;
}

function runChild(execPath, args, env) {
  return new Promise((resolve) => {
    const startMs = Date.now();
    const child = spawn(execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (part) => (text[name] += part));
    child.on('error', (error) => resolve({ ...nothingSaid, problem: error.message, elapsedSeconds: 0 }));
    child.on('close', (code, signal) => {
      const said = readLastLine(text.stdout);
      resolve({
        ...said,
        problem: problemOf(code, signal, said.expectedBytes, text.stderr),
        elapsedSeconds: (Date.now() - startMs) / 1000,
      });
    });
  });
}

function problemOf(code, signal, expectedBytes, stderr) {
  const said = stderr.trim().split('\n').slice(-12).join('\n');
  if (signal) return `ended by ${signal}${said && `\n${said}`}`;
  if (code !== 0) return `exit code ${code}${said && `\n${said}`}`;
  if (expectedBytes === null) return 'did not print {"expectedBytes": n} as its last line';
  return null;
}

const nothingSaid = { expectedBytes: null, owners: null };

function readLastLine(stdout) {
  try {
    const { expectedBytes, owners = null } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    return Number.isInteger(expectedBytes) ? { expectedBytes, owners } : nothingSaid;
  } catch {
    return nothingSaid;
  }
}

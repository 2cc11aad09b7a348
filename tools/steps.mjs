// What the tools share: running a command as one reported step, hashing files, and a lock per checkout.
// Uses nothing but Node itself: tools/setup.mjs runs before any package is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Where everything that can be made again is kept; git ignores it. */
export const cache = path.join(root, '.cache');

/** A failure whose message is all that the person needs: no stack is printed. */
export class StepError extends Error {}

/**
 * Runs `main`, and turns a StepError into one line and exit code 1.
 * @param {() => void | Promise<void>} main
 */
export async function runTool(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`\n✗ ${error.message}`);
    process.exitCode = 1;
  }
}

/**
 * Whether `work` ends without a StepError, whose message it prints otherwise.
 * @param {() => void} work
 */
export function succeeds(work) {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`✗ ${error.message}`);
    return false;
  }
}

/**
 * Prints `title`, does `work`, and prints how long it took.
 * @template T
 * @param {string} title
 * @param {() => T} work
 * @returns {T}
 */
export function step(title, work) {
  const startMs = Date.now();
  console.error(`• ${title}`);
  const result = work();
  const elapsedSeconds = (Date.now() - startMs) / 1000;
  if (elapsedSeconds > 1) console.error(`  done in ${elapsedSeconds.toFixed(1)} s`);
  return result;
}

/**
 * Runs a command in the checkout. Its output is kept back and shown only if it fails, unless `show` is set.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, hint?: string}} [options] `hint`: what to do when it fails
 * @returns {string} what it printed, without the last line break
 */
export function run(command, args, { cwd = root, env = process.env, show = false, hint = '' } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.error || result.status !== 0) {
    if (!show) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    const why =
      result.error?.message ??
      (result.signal ? `was killed by ${result.signal}` : `exited with ${result.status}`);
    const line = [path.basename(command), ...args].join(' ');
    throw new StepError(
      `${line.length > 160 ? `${line.slice(0, 160)}…` : line}: ${why}${hint ? `\n  ${hint}` : ''}`,
    );
  }
  return (result.stdout ?? '').trimEnd();
}

/**
 * Runs the command-line program of an installed package with the Node that runs now.
 * @param {string} script path below node_modules
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runPackage(script, args, options) {
  return run(process.execPath, [path.join(root, 'node_modules', script), ...args], options);
}

/**
 * The files below a folder of the checkout that match, as sorted relative paths; none if there is no such folder.
 * @param {string} folder
 * @param {RegExp} pattern
 */
export function filesBelow(folder, pattern) {
  const start = path.join(root, folder);
  if (!fs.existsSync(start)) return [];
  return fs
    .readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/**
 * A hash over names and contents of files, and over other things that a result depends on.
 * @param {string[]} files relative to the checkout
 * @param {string[]} [extra]
 */
export function hashFiles(files, extra = []) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(root, file)))
      .update('\0');
  for (const text of extra) hash.update(`${text}\0`);
  return hash.digest('hex');
}

/** @param {string} file */
export function readIfThere(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
}

/**
 * Does `work` while no other process of this checkout does: two `npm test` at once must not build into one folder.
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
export function withLock(work) {
  fs.mkdirSync(cache, { recursive: true });
  const lock = path.join(cache, 'lock');
  let told = false;
  while (!takeLock(lock)) {
    if (!told) console.error(`• waiting for process ${readIfThere(lock)}, which is setting up this checkout`);
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    return work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

/** @param {string} lock */
function takeLock(lock) {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const holder = Number(readIfThere(lock));
  if (holder > 0 && !isAlive(holder)) fs.rmSync(lock, { force: true });
  return false;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

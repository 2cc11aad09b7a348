// The steps of continuous integration, started by .ci/run: the local gate, then what it leaves out. Every step runs,
// whatever failed before it; each says how long it took, and the last line is the sum of all their tests.
//
//   node tools/ci.mjs [part of a step's title]     only the steps whose titles contain it
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findVariants } from '../bench/variants.mjs';
import { workloads } from '../bench/workloads.mjs';
import { prepareArm64 } from './arm64.mjs';
import { runNativeTests } from './native-tests.mjs';
import { prepareNodes, supportedMajors } from './nodes.mjs';
import { root } from './steps.mjs';

/** @typedef {{passed: number, failed: number}} Counts */

const reports = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-ci-'));
const stepTimeoutMs = 30 * 60_000;

/**
 * The V8 flags under which a tracer that reads stacks and frees blocks in odd moments would break, if it did.
 * Children of the integration tests get them; the test runner itself does not.
 */
const stressFlags = [
  '--gc-interval=7 --stress-compaction',
  '--stress-scavenge=50',
  '--always-sparkplug',
  '--max-lazy',
];

/** What reads dumps or drives commands, and so does the same under any flags of V8. */
const sameUnderStress = 'test/integration/{attach*,bench,cli-*,hunt,metrics,watch}.test.ts';

/** The tests of memory that addons and Node bring along. */
const pastAllocator = ['external', 'node-memory'].map((name) => `test/integration/${name}.test.ts`);

/** So many workers come and go while an addon is in use. */
const manyWorkers = { ABTRACE_TEST_WORKER_ROUNDS: '500' };

const chosen = process.argv[2] ?? '';
/** @type {(Counts & {title: string, elapsedSeconds: number})[]} */
const results = [];

perform('npm test', () =>
  vitest('npm', ['test', '--'], { ABTRACE_TEST_PROMISES: '10000000', ...manyWorkers }),
);
perform('npm run demo', () => succeeding('npm', ['run', 'demo']));
perform('a quick benchmark prints all its rows', () => checkBench());
perform('npm run docs', () => succeeding('npm', ['run', 'docs']));
perform('native/core', () => runNativeTests({ sanitizer: 'none', required: true }));
perform('native/core under AddressSanitizer and UBSan', () =>
  runNativeTests({ sanitizer: 'address,undefined', required: true }),
);
perform('native/core under ThreadSanitizer', () => runNativeTests({ sanitizer: 'thread', required: true }));
if (process.platform === 'linux')
  perform('memory past the allocator under AddressSanitizer', () => underAddressSanitizer());
if (process.platform === 'linux' && process.arch === 'x64')
  perform('memory past the allocator on arm64, emulated', () => onArm64());
perform('exports opened by other tools', () => vitestUnder(process.execPath, ['consumers']));
perform('the report page in Chromium', () => vitestUnder(process.execPath, ['browser']));
perform('an installed package', () => vitestUnder(process.execPath, ['package']));
for (const major of supportedMajors) {
  // `npm test` covers the Node that runs.
  if (major === Number.parseInt(process.versions.node, 10)) continue;
  perform(`the suite under Node ${major}`, () =>
    vitestUnder(binaryOf(major), ['unit', 'integration'], '', [], manyWorkers),
  );
}
// Each set of flags under one Node: verify.test.ts goes through all of them, and more, under every Node.
for (const [index, flags] of stressFlags.entries()) {
  const major = supportedMajors[index % supportedMajors.length];
  perform(`the integration suite under Node ${major} ${flags}`, () =>
    vitestUnder(binaryOf(major), ['integration'], flags, ['--exclude', sameUnderStress]),
  );
}
perform('leak zoo', () => lastCounts('npm', ['run', 'zoo', '--', '--check']));
fs.rmSync(reports, { recursive: true, force: true });
summarize();

/**
 * Installs a Node of the matrix, and builds the addon for it, if need be.
 * @param {number} major
 */
function binaryOf(major) {
  return prepareNodes([major])[0]?.execPath ?? '';
}

/**
 * Runs projects of vitest.config.ts with a given Node.
 * @param {string} execPath
 * @param {string[]} projects
 * @param {string} [flags] V8 flags for the children that the tests start
 * @param {string[]} [options] further options of vitest
 * @param {Record<string, string>} [env]
 */
function vitestUnder(execPath, projects, flags = '', options = [], env = {}) {
  const runner = path.join('node_modules', 'vitest', 'vitest.mjs');
  const chosenProjects = projects.flatMap((project) => ['--project', project]);
  return vitest(execPath, [runner, 'run', '--configLoader', 'runner', ...chosenProjects, ...options], {
    ABTRACE_TEST_NODE_FLAGS: flags,
    ...env,
  });
}

/**
 * Builds the addon for the Node that runs with AddressSanitizer, and runs the tests of memory past the allocator.
 * Leaks are not looked for: Node frees little when it ends.
 */
function underAddressSanitizer() {
  const folder = path.join('.cache', 'asan-addon');
  const options = ['--debug', '--out', folder, '--CDABTRACE_SANITIZE=address', '--target', 'abtrace'];
  if (!show('npx', ['cmake-js', 'build', ...options]).ok) return { passed: 0, failed: 1 };
  const compiler = (process.env.CXX ?? 'g++').split(' ').at(-1) ?? '';
  const library = spawnSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  return vitestUnder(process.execPath, ['integration'], '', pastAllocator, {
    LD_PRELOAD: library.stdout.trim(),
    ASAN_OPTIONS: 'detect_leaks=0',
    ABTRACE_ADDON: path.resolve(root, folder, 'Debug', 'abtrace.node'),
    ABTRACE_TEST_SCALE: '0.05',
  });
}

/** Runs the same tests, but those of packages whose binaries are for this machine, with children on arm64. */
function onArm64() {
  const env = { ...prepareArm64(), ABTRACE_TEST_SCALE: '0.02' };
  const options = ['--testNamePattern', '^(?!.*sharp)', ...pastAllocator];
  return vitestUnder(process.execPath, ['integration'], '', options, env);
}

/**
 * Runs a command line that ends in vitest, and counts the tests in the report of vitest.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Counts}
 */
function vitest(command, args, env = {}) {
  const report = path.join(reports, 'vitest.json');
  fs.rmSync(report, { force: true });
  const ok = show(
    command,
    [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    env,
  ).ok;
  if (!fs.existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests } = JSON.parse(fs.readFileSync(report, 'utf8'));
  // A file that cannot be loaded, or an error outside of a test, fails the run without failing a test.
  return { passed: numPassedTests, failed: ok ? numFailedTests : Math.max(1, numFailedTests) };
}

/**
 * Runs a command whose success is one test.
 * @param {string} command
 * @param {string[]} args
 * @returns {Counts}
 */
function succeeding(command, args) {
  return show(command, args).ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs the benchmark, too short to say anything, and looks for each workload and variant in what it prints. */
function checkBench() {
  const { ok, output } = show('node', ['bench/main.mjs', '--quick'], {}, true);
  const missing = [...workloads, ...findVariants()].filter(({ name }) => !output.includes(name));
  for (const { name } of missing) console.error(`✗ the benchmark printed no row for ${name}`);
  return ok && missing.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs a command that ends by printing `N passed, N failed`.
 * @param {string} command
 * @param {string[]} args
 * @returns {Counts}
 */
function lastCounts(command, args) {
  const { ok, output } = show(command, args, {}, true);
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  if (!last) return { passed: 0, failed: 1 };
  return { passed: Number(last[1]), failed: ok ? Number(last[2]) : Math.max(1, Number(last[2])) };
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @param {boolean} [keep] keep what it prints on standard output and print it at the end, instead of as it comes
 */
function show(command, args, env = {}, keep = false) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', keep ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: stepTimeoutMs,
    killSignal: 'SIGKILL',
  });
  if (keep) process.stdout.write(result.stdout ?? '');
  if (result.error) console.error(`✗ ${result.error.message}`);
  return { ok: result.status === 0, output: result.stdout ?? '' };
}

/**
 * Runs one step, unless it was not chosen, and notes its counts. A step that throws has failed.
 * @param {string} title
 * @param {() => Counts} work
 */
function perform(title, work) {
  if (!title.includes(chosen)) return;
  console.log(`\n=== ${title}`);
  const startMs = Date.now();
  let counts = { passed: 0, failed: 1 };
  try {
    counts = work();
  } catch (error) {
    console.error(error instanceof Error ? `✗ ${error.message}` : error);
    if (error instanceof Error && 'counts' in error) counts = /** @type {Counts} */ (error.counts);
  }
  results.push({ title, ...counts, elapsedSeconds: (Date.now() - startMs) / 1000 });
}

function summarize() {
  console.log('\n=== all steps');
  for (const { title, passed, failed, elapsedSeconds } of results) {
    const seconds = elapsedSeconds.toFixed(0).padStart(5);
    console.log(`${failed > 0 ? '✗' : '✓'} ${seconds} s  ${title}: ${passed} passed, ${failed} failed`);
  }
  const sum = (/** @type {'passed' | 'failed' | 'elapsedSeconds'} */ field) =>
    results.reduce((total, result) => total + result[field], 0);
  console.log(`${(sum('elapsedSeconds') / 60).toFixed(1)} minutes in all\n`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  if (sum('failed') > 0 || results.length === 0) process.exitCode = 1;
}

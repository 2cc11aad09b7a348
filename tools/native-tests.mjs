// Builds and runs the tests of native/core (test/native, GoogleTest), plain or under sanitizers.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cache, root, run, StepError, step } from './steps.mjs';

/** @typedef {'none' | 'address,undefined' | 'thread'} Sanitizer */

/**
 * @param {object} options
 * @param {Sanitizer} options.sanitizer
 * @param {boolean} options.required false: without CMake or GoogleTest, say so and pass
 * @returns {{passed: number, failed: number}}
 */
export function runNativeTests({ sanitizer, required }) {
  const title = `native/core${sanitizer === 'none' ? '' : ` under -fsanitize=${sanitizer}`}`;
  if (spawnSync('cmake', ['--version']).error) return missing('CMake', title, required);
  const folder = path.join(cache, 'native-tests', sanitizer.replace(',', '-'));
  const program = path.join(folder, process.platform === 'win32' ? 'core_tests.exe' : 'core_tests');
  step(`building the tests of ${title}`, () => {
    const sanitize = sanitizer === 'none' ? '' : sanitizer;
    run('cmake', [
      '-S',
      root,
      '-B',
      folder,
      `-DABTRACE_SANITIZE=${sanitize}`,
      '-DCMAKE_BUILD_TYPE=RelWithDebInfo',
    ]);
    run('cmake', ['--build', folder, '--parallel', String(os.availableParallelism())]);
  });
  if (!fs.existsSync(program)) return missing('GoogleTest', title, required);
  return step(`testing ${title}`, () => runProgram(program, folder, sanitizer));
}

/**
 * @param {string} program
 * @param {string} folder
 * @param {Sanitizer} sanitizer
 */
function runProgram(program, folder, sanitizer) {
  const report = path.join(folder, 'report.json');
  fs.rmSync(report, { force: true });
  let failure = null;
  try {
    // ThreadSanitizer of GCC 12 cannot map its shadow memory where the kernel randomises addresses widely.
    const withoutAslr = sanitizer === 'thread' && spawnSync('setarch', ['-R', 'true']).status === 0;
    const command = [
      ...(withoutAslr ? ['setarch', '-R'] : []),
      program,
      '--gtest_brief=1',
      `--gtest_output=json:${report}`,
    ];
    run(/** @type {string} */ (command[0]), command.slice(1));
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    failure = error;
  }
  // A sanitizer ends the program at its first finding, before there is a report.
  const counts = fs.existsSync(report)
    ? JSON.parse(fs.readFileSync(report, 'utf8'))
    : { tests: 1, failures: 1 };
  const failed = counts.failures > 0 || failure === null ? counts.failures : 1;
  const result = { passed: counts.tests - failed, failed };
  if (failure) throw Object.assign(failure, { counts: result });
  console.error(`  ${result.passed} tests passed`);
  return result;
}

/**
 * @param {string} what
 * @param {string} title
 * @param {boolean} required
 */
function missing(what, title, required) {
  if (required) throw new StepError(`${what} is needed to test ${title}.`);
  console.error(`• not testing ${title}: ${what} is not installed`);
  return { passed: 0, failed: 0 };
}

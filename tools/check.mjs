// Everything of `npm test` that comes before the tests: types, lint, formatting of C++, the package's shape, the
// docstrings of what is public, and the tests of native/core. With --fix it formats instead of complaining (`npm run format`).
import path from 'node:path';
import { runNativeTests } from './native-tests.mjs';
import { filesBelow, root, run, runPackage, runTool, StepError, step, succeeds } from './steps.mjs';

const fix = process.argv.includes('--fix');

await runTool(() => {
  const checks = fix ? [formatCpp, lint] : [types, lint, formatCpp, packageShape, docstrings, nativeTests];
  const failed = checks.filter((check) => !succeeds(check));
  if (failed.length > 0) throw new StepError(`failed: ${failed.map((check) => check.name).join(', ')}`);
});

function types() {
  step('checking types', () => {
    // The report page and what its tests do there run in browsers: other globals, and JSX.
    for (const project of [
      'tsconfig.test.json',
      'lib/report/html/page/tsconfig.json',
      'test/browser/tsconfig.json',
    ])
      runPackage('typescript/bin/tsc', ['--project', project]);
  });
}

function lint() {
  const title = fix ? 'formatting JavaScript and TypeScript' : 'checking style (biome)';
  const args = ['check', '--error-on-warnings', `--colors=${process.stderr.isTTY ? 'force' : 'off'}`];
  if (fix) args.push('--write');
  step(title, () => runPackage('@biomejs/biome/bin/biome', args));
}

function formatCpp() {
  const files = ['native', 'test'].flatMap((folder) => filesBelow(folder, /\.(cc|h)$/));
  if (files.length === 0) return;
  const args = fix ? ['-i'] : ['--dry-run', '--Werror'];
  step(`${fix ? 'formatting' : 'checking the format of'} C++ (clang-format)`, () =>
    runPackage('clang-format/index.js', [
      ...args,
      '--style=file',
      ...files.map((file) => path.join(root, file)),
    ]),
  );
}

function packageShape() {
  step("checking the package's shape (publint)", () => runPackage('publint/src/cli.js', ['--strict']));
}

function docstrings() {
  step('checking that all that is public is described', () =>
    run(process.execPath, [path.join('tools', 'docs.mjs'), '--check']),
  );
}

function nativeTests() {
  runNativeTests({ sanitizer: 'none', required: false });
}

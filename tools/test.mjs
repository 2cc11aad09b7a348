// `npm test` after set-up: the checks, then unit and integration tests; the tests run whether the checks pass or not.
// Arguments go to vitest: a folder or file to test, `-t` and part of a title.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './steps.mjs';

const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const projects = ['--project', 'unit', '--project', 'integration'];

const passed = [
  [path.join(root, 'tools', 'check.mjs')],
  // Vite's own loader of configurations warns about CommonJS packages (8.0).
  [vitest, 'run', '--configLoader', 'runner', ...projects, ...process.argv.slice(2)],
].map((args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0);

process.exitCode = passed.every(Boolean) ? 0 : 1;

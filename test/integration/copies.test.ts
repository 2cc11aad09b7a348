// Two copies of the package in one process, as two dependencies may bring them: neither harms the other.
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bringerPath, runProgram } from './programs';
import { packageFolder, temporaryFolder } from './support';

/** Copies the built package; its dependencies are shared. */
function copyPackage(folder: string, name: string): string {
  const copy = path.join(folder, name);
  const named = process.env.ABTRACE_ADDON;
  const addons = named === undefined ? ['prebuilds', 'build/Release/abtrace.node'] : [];
  for (const part of ['package.json', 'dist', ...addons]) {
    const from = path.join(packageFolder, part);
    // Files, not links: the addon is loaded twice only if it is two files.
    if (fs.existsSync(from)) fs.cpSync(from, path.join(copy, part), { recursive: true, dereference: true });
  }
  if (named !== undefined) fs.cpSync(named, path.join(copy, 'build/Release/abtrace.node'));
  return copy;
}

/** The folders of two copies of the package. */
function twoCopies(): string[] {
  const folder = temporaryFolder();
  fs.symlinkSync(path.join(packageFolder, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  return [copyPackage(folder, 'a'), copyPackage(folder, 'b')];
}

it('lets two copies trace side by side, in every order of starts and stops', async () => {
  const result = await runProgram('copies.cjs', { args: twoCopies(), env: { ABTRACE_ADDON: undefined } });
  expect(result).toMatchObject({ wrong: [], count: 0 });
});

it('lets two copies see all that an addon brings along, in every order of starts and stops', async () => {
  const env = { ABTRACE_ADDON: undefined, ABTRACE_TEST_BRINGER: await bringerPath() };
  const result = await runProgram('external-copies.cjs', { args: twoCopies(), env });
  expect(result).toMatchObject({ wrong: [], count: 0 });
});

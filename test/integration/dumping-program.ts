// A program that fills memory by a function of known name and line and writes dumps as it is told, for the tests of the
// commands that read dumps.
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { packageFolder, runNode } from './support';

/**
 * Runs the program, in its own folder, for files are shown relative to where a program ran. `fill(count)` allocates 1 MB
 * each, at line 5.
 *
 * @param folder where it is put
 * @param body what it does with `abtrace`, `kept` and `fill`, from line 7 on
 * @returns its path
 */
export async function runDumpingProgram(folder: string, body: string): Promise<string> {
  const app = path.join(folder, 'app.js');
  fs.writeFileSync(
    app,
    `const abtrace = require(${JSON.stringify(packageFolder)});
abtrace.start();
const kept = (globalThis.kept = []);
function fill(count) {
  for (let i = 0; i < count; i++) kept.push(Buffer.alloc(1_000_000));
}
${body}`,
  );
  expect(await runNode([app], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  return app;
}

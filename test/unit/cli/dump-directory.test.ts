// A directory for dumps is made and tried before anything is started.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { prepareDumpDirectory } from '../../../lib/cli/dump-directory';
import { DumpFileError } from '../../../lib/errors';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-test-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const failing = (directory: string, why: string) =>
  expect(() => prepareDumpDirectory(directory)).toThrow(
    expect.objectContaining({
      constructor: DumpFileError,
      message: `cannot write dumps into ${directory}: ${why}`,
    }),
  );

describe('prepareDumpDirectory', () => {
  it('makes what is missing and leaves nothing in it', () => {
    const directory = path.join(folder, 'a', 'b');
    prepareDumpDirectory(directory);
    prepareDumpDirectory(directory);
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('says what is in the way', () => {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '');
    failing(file, 'it is not a directory');
    failing(path.join(file, 'below'), 'a part of the path is not a directory (ENOTDIR)');
  });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dump } from '../../../lib/dump/format';
import { readDump } from '../../../lib/dump/read';
import { writeDumpFile, writeDumpFileSync } from '../../../lib/dump/write';
import { DumpFileError } from '../../../lib/errors';
import { buildStory } from './dump-builder';

let base = '';
let folder = '';
beforeAll(() => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-write-'));
});
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(base, 'x-'));
});
afterAll(() => fs.rmSync(base, { recursive: true, force: true }));

/** A dump that fails while it is serialised, late enough for something to have been written. */
function brokenDump(): Dump {
  const dump = buildStory();
  const site = { ...dump.sites[0], toJSON: () => 'x'.repeat(3_000_000) };
  const bomb = {
    toJSON: () => {
      throw new Error('cannot be serialised');
    },
  };
  return { ...dump, sites: [site, bomb] as unknown as Dump['sites'] };
}

const ways = [
  { name: 'writeDumpFile', write: writeDumpFile },
  { name: 'writeDumpFileSync', write: async (file: string, dump: Dump) => writeDumpFileSync(file, dump) },
];

describe.each(ways)('$name', ({ write }) => {
  const failureOf = async (file: string, dump = buildStory()): Promise<DumpFileError> => {
    const error: unknown = await write(file, dump).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DumpFileError);
    expect((error as Error).message).toContain(`Cannot write dump ${file}: `);
    return error as DumpFileError;
  };

  it('writes what is read back, and returns the path', async () => {
    const file = path.join(folder, 'dump.json');
    expect(await write(file, buildStory())).toBe(file);
    expect(readDump(file)).toEqual(buildStory());
    expect(fs.readdirSync(folder)).toEqual(['dump.json']);
  });

  it('gzips if the name says so', async () => {
    const file = path.join(folder, 'dump.json.gz');
    await write(file, buildStory());
    expect([...fs.readFileSync(file).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect(readDump(file)).toEqual(buildStory());
  });

  it('lets only the owner read, also where others could before', async () => {
    const file = path.join(folder, 'dump.json');
    fs.writeFileSync(file, 'old', { mode: 0o644 });
    await write(file, buildStory());
    // Windows has no such modes.
    expect(fs.statSync(file).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
  });

  it('replaces the file that a symbolic link leads to, not the link', async () => {
    const target = path.join(folder, 'target.json');
    const link = path.join(folder, 'link.json');
    fs.writeFileSync(target, 'old');
    fs.symlinkSync(target, link);
    await write(link, buildStory());
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readDump(target)).toEqual(buildStory());
  });

  it('writes dumps of many pieces', async () => {
    const dump = buildStory();
    const sites = Array.from(
      { length: 30_000 },
      (_, liveCount) => ({ ...dump.sites[0], liveCount }) as Dump['sites'][0],
    );
    for (const name of ['many.json', 'many.json.gz']) {
      const file = path.join(folder, name);
      await write(file, { ...dump, sites });
      expect(readDump(file).sites.map((site) => site.liveCount)).toEqual(sites.map((site) => site.liveCount));
    }
  });

  it('leaves the old file and nothing else behind when it fails half-way', async () => {
    const file = path.join(folder, 'dump.json');
    fs.writeFileSync(file, 'old');
    expect((await failureOf(file, brokenDump())).message).toContain('cannot be serialised');
    expect(fs.readFileSync(file, 'utf8')).toBe('old');
    expect(fs.readdirSync(folder)).toEqual(['dump.json']);
  });

  it('names a folder that does not exist', async () => {
    const missing = path.join(folder, 'no', 'where');
    const error = await failureOf(path.join(missing, 'dump.json'));
    expect(error.message).toContain(`no such folder: ${missing}`);
  });

  it('refuses to write where a directory or something special is', async () => {
    expect((await failureOf(folder)).message).toContain('this is a directory');
    if (process.platform !== 'win32') {
      expect((await failureOf('/dev/null')).message).toContain('not a regular file');
    }
  });

  it('refuses a file for a folder', async () => {
    const file = path.join(folder, 'plain');
    fs.writeFileSync(file, '');
    expect((await failureOf(path.join(file, 'dump.json'))).message).toContain('not a directory');
  });

  it('refuses a path that is no string', async () => {
    await expect(write('', buildStory())).rejects.toThrow(TypeError);
    await expect(write(undefined as unknown as string, buildStory())).rejects.toThrow(
      'path must be a non-empty string, not undefined',
    );
  });
});

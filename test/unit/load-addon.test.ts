import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NativeLoadError } from '../../lib/errors';
import { loadAddon } from '../../lib/load-addon';

const packageFolder = path.join(__dirname, '..', '..');
const platform = `${process.platform}-${process.arch}`;
const fitting = `abtrace.abi${process.versions.modules}.node`;

/** Any shared library will do to see which file is taken: these are not loadable, and the error names them. */
const notAnAddon = 'not a shared library';

let folder: string;

function put(...names: string[]): string {
  const file = path.join(folder, ...names);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, notAnAddon);
  return file;
}

function failure(root: string): NativeLoadError {
  try {
    loadAddon(root);
  } catch (error) {
    if (error instanceof NativeLoadError) return error;
    throw error;
  }
  throw new Error('the addon loaded');
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-load-'));
});

afterEach(() => {
  delete process.env.ABTRACE_ADDON;
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('loadAddon', () => {
  it('loads the addon that set-up built for this Node', () => {
    expect(loadAddon(packageFolder)).toBeTypeOf('object');
  });

  it('names the place of the local build and the way to fix it when nothing was built', () => {
    const error = failure(folder);
    expect(error.code).toBe('ABTRACE_NATIVE_LOAD');
    expect(error.message).toContain(path.join(folder, 'build', 'Release', 'abtrace.node'));
    expect(error.message).toContain('npm rebuild abtrace');
    expect(error.message).toContain(process.version);
  });

  it('tries a prebuild that fits first, then the local build, and says why each failed', () => {
    const prebuild = put('prebuilds', platform, fitting);
    const local = put('build', 'Release', 'abtrace.node');
    const lines = failure(folder).message.split('\n');
    expect(lines[1]).toContain(`${prebuild}: `);
    expect(lines[2]).toContain(`${local}: `);
  });

  it('passes over prebuilds for another ABI, platform or libc', () => {
    const libc = fs.existsSync('/etc/alpine-release') ? 'glibc' : 'musl';
    put('prebuilds', platform, 'abtrace.abi1.node');
    put('prebuilds', platform, `abtrace.abi${process.versions.modules}.${libc}.node`);
    put('prebuilds', 'plan9-mips', fitting);
    expect(failure(folder).message).not.toContain('prebuilds');
  });

  it('tries nothing but the file that ABTRACE_ADDON names', () => {
    const named = put('elsewhere', 'other.node');
    process.env.ABTRACE_ADDON = named;
    const error = failure(packageFolder);
    expect(error.message.split('\n')[1]).toContain(named);
    expect(error.message).not.toContain('build/Release');
    expect(error.cause).toBeInstanceOf(Error);
  });
});

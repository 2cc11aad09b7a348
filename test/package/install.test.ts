// The package as its users get it: packed, installed from the tarball, compiled on their machine or taken prebuilt.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageFolder, temporaryFolder } from '../integration/support';

// Line 4 keeps 100 buffers of 100,000 bytes.
const leak = `const abtrace = require('abtrace');
abtrace.start({ thresholdBytes: 1000 });
const kept = [];
for (let i = 0; i < 100; i++) kept.push(new ArrayBuffer(100000));
const [top] = abtrace.topSites(abtrace.dump(), { by: 'owner', limit: 1 });
abtrace.stop();
console.log(JSON.stringify({ line: top.owner.line, liveBytes: top.liveBytes, kept: kept.length }));
`;
const leakFound = { line: 4, liveBytes: 10_000_000, kept: 100 };

const leakModule = `import { dump, start, stop, topSites } from 'abtrace';
start({ thresholdBytes: 1000 });
const kept = [];
for (let i = 0; i < 100; i++) kept.push(new ArrayBuffer(100000));
const [top] = topSites(dump(), { by: 'owner', limit: 1 });
stop();
console.log(JSON.stringify({ line: top.owner.line, liveBytes: top.liveBytes, kept: kept.length }));
`;

const typedUse = `import { dump, start, topSites, type Dump } from 'abtrace';
start({ thresholdBytes: 4096, causes: false });
const taken: Dump = dump({ gc: true });
const line: number | undefined = topSites(taken, { by: 'owner', limit: 1 })[0]?.owner?.line;
// @ts-expect-error: an option that does not exist
start({ treshold: 1 });
console.log(line);
`;

/** What is packed, unpacked again; without prebuilds, in case somebody made some for a release here. */
let unpacked: string;

beforeAll(() => {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', pack(packageFolder, folder), '-C', folder]);
  unpacked = path.join(folder, 'package');
  fs.rmSync(path.join(unpacked, 'prebuilds'), { recursive: true, force: true });
}, 300_000);

describe('the package, compiled where it is installed', () => {
  let consumer: string;

  beforeAll(() => {
    consumer = install(unpacked);
  }, 300_000);

  it('brought its addon, and nothing that only development needs', () => {
    const installed = path.join(consumer, 'node_modules', 'abtrace');
    expect(fs.readdirSync(installed).sort()).toEqual([
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'binding.gyp',
      'build',
      'dist',
      'docs',
      'native',
      'package.json',
    ]);
    expect(fs.existsSync(path.join(installed, 'build', 'Release', 'abtrace.node'))).toBe(true);
    expect(fs.existsSync(path.join(consumer, 'node_modules', 'typescript'))).toBe(false);
  });

  it('is found by require and traces', () => {
    expect(JSON.parse(runIn(consumer, 'leak.cjs', leak))).toEqual(leakFound);
  });

  it('is found by import and traces', () => {
    expect(JSON.parse(runIn(consumer, 'leak.mjs', leakModule))).toEqual(leakFound);
  });

  it('has its types for import and for require', () => {
    for (const name of ['use.mts', 'use.cts']) fs.writeFileSync(path.join(consumer, name), typedUse);
    const types = path.join(packageFolder, 'node_modules', '@types');
    const tsc = path.join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'node16', '--target', 'es2022', '--types', 'node'];
    execute(consumer, process.execPath, [tsc, ...options, '--typeRoots', types, 'use.mts', 'use.cts']);
  });

  it('publishes the schema of its dumps', () => {
    const source = "console.log(JSON.stringify(require('abtrace/dump.schema.json').required))";
    expect(JSON.parse(runIn(consumer, 'schema.cjs', source))).toContain('sites');
  });

  it('has a command line that runs a program traced and shows what it kept', () => {
    const source = 'globalThis.kept = Array.from({ length: 50 }, () => Buffer.alloc(100000));';
    fs.writeFileSync(path.join(consumer, 'program.js'), source);
    const abtrace = path.join(consumer, 'node_modules', '.bin', 'abtrace');
    execute(consumer, abtrace, ['run', '--out', 'dumps', 'program.js']);
    const dumps = fs.readdirSync(path.join(consumer, 'dumps')).filter((name) => name.endsWith('.json'));
    expect(dumps).toHaveLength(1);
    const table = execute(consumer, abtrace, ['top', path.join('dumps', dumps[0] ?? '')]);
    expect(table).toContain('program.js:1');
  });

  it('traces from a preload, set by the environment', () => {
    fs.writeFileSync(path.join(consumer, 'preloaded.js'), 'globalThis.kept = new Uint8Array(5000000);');
    execute(consumer, process.execPath, ['-r', 'abtrace/register', 'preloaded.js'], {
      ABTRACE_OUT: 'preload-dumps',
    });
    expect(fs.readdirSync(path.join(consumer, 'preload-dumps'))).toHaveLength(1);
  });
});

describe('the package, prebuilt', () => {
  it('takes the prebuild of prebuildify and compiles nothing', () => {
    fs.symlinkSync(path.join(packageFolder, 'node_modules'), path.join(unpacked, 'node_modules'), 'junction');
    execute(unpacked, 'npm', ['run', 'prebuildify', '--', '--target', process.version]);
    for (const name of ['build', 'node_modules']) {
      fs.rmSync(path.join(unpacked, name), { recursive: true, force: true });
    }
    const consumer = install(unpacked);
    expect(fs.existsSync(path.join(consumer, 'node_modules', 'abtrace', 'build'))).toBe(false);
    expect(JSON.parse(runIn(consumer, 'leak.cjs', leak))).toEqual(leakFound);
  });
});

/** Packs a folder without its scripts and returns the path of the tarball. */
function pack(folder: string, destination: string): string {
  const listed: unknown = JSON.parse(
    execute(folder, 'npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', destination]),
  );
  const [{ filename }] = listed as [{ filename: string }];
  return path.join(destination, filename);
}

/** Installs a folder's package, packed, in a fresh project, with its install script. */
function install(folder: string): string {
  const consumer = temporaryFolder();
  fs.writeFileSync(path.join(consumer, 'package.json'), '{ "private": true }');
  execute(consumer, 'npm', ['install', '--no-audit', '--no-fund', pack(folder, temporaryFolder())]);
  return consumer;
}

function runIn(folder: string, name: string, source: string): string {
  fs.writeFileSync(path.join(folder, name), source);
  return execute(folder, process.execPath, [name]);
}

/** Runs a program and returns what it printed; a failure shows all of it. */
function execute(cwd: string, command: string, args: string[], env: Record<string, string> = {}): string {
  const outside = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV)/.test(name));
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...Object.fromEntries(outside), ...headers(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Headers beside the Node that runs spare node-gyp a download. */
function headers(): Record<string, string> {
  const prefix = path.dirname(path.dirname(fs.realpathSync(process.execPath)));
  return fs.existsSync(path.join(prefix, 'include', 'node', 'node_version.h'))
    ? { npm_config_nodedir: prefix }
    : {};
}

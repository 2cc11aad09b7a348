// A program of several sources whose builds by real tools are run, so that stacks of generated code are at hand.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Dump } from '../../../lib/dump/format';
import { buildDump } from '../dump/dump-builder';

const SOURCES = {
  'package.json': '{ "name": "mapped-program", "private": true }',
  'src/store/keep.ts': `
export interface Chunk {
  size: number;
}

export class ChunkStore {
  private readonly chunks: Chunk[] = [];

  rememberChunk(size: number): string {
    this.chunks.push({ size });
    return keepStack(this.chunks.length); // METHOD
  }
}

export function keepStack(count: number): string {
  const sizes = [count, count + 1].map((size) => size * 2);
  return \`\${sizes.length} \${new Error('here').stack}\`; // OWNER
}
`,
  'src/main.ts': `
import { throughDependency } from 'relay';
import { ChunkStore } from './store/keep';

const startStream = (store: ChunkStore, size: number): string => throughDependency(() => store.rememberChunk(size));

function runProgram(): void {
  const store = new ChunkStore();
  console.log(startStream(store, 3)); // MAIN
}

runProgram();
`,
  'node_modules/relay/package.json': '{ "name": "relay", "main": "index.js", "types": "index.d.ts" }',
  'node_modules/relay/index.d.ts': 'export function throughDependency<T>(work: () => T): T;\n',
  'node_modules/relay/index.js': `
exports.throughDependency = function throughDependency(work) {
  return work();
};
`,
};

/** A folder with the sources of the program. */
export interface MappedProgram {
  folder: string;
  /** Absolute path of a file in it. */
  path: (name: string) => string;
  /** 1-based line of a source that ends in a comment with this mark. */
  lineOf: (source: keyof typeof SOURCES, mark: string) => number;
  /** Runs a build and returns a dump with one site, allocated where the program made its stack. */
  run: (script: string) => Dump;
  remove: () => void;
}

/** Writes the sources into a new folder. */
export function createMappedProgram(): MappedProgram {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-maps-')));
  const inFolder = (name: string) => path.join(folder, name);
  for (const [name, text] of Object.entries(SOURCES)) {
    fs.mkdirSync(path.dirname(inFolder(name)), { recursive: true });
    fs.writeFileSync(inFolder(name), text);
  }
  return {
    folder,
    path: inFolder,
    lineOf: (source, mark) =>
      SOURCES[source].split('\n').findIndex((line) => line.endsWith(`// ${mark}`)) + 1,
    run: (script) => dumpWith(runForStack(inFolder(script)), { cwd: folder, script: inFolder(script) }),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** Makes a dump with one site whose stack is given as frames of the dump builder; created in the future. */
export function dumpWith(stack: string[], program: Partial<Dump['process']>): Dump {
  return buildDump({
    sites: [{ stack, liveBytes: 1_000_000 }],
    process: program,
    createdAt: '2999-01-01T00:00:00.000Z',
  });
}

function runForStack(script: string): string[] {
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8', env: {} });
  const frames = [
    ...output.matchAll(/^ +at (?:(?:new )?(\S+)(?: \[as \S+\])? \()?(\/[^)\n]+):(\d+):(\d+)\)?$/gm),
  ];
  return frames.map(([, name = '-', file = '', line, column]) => {
    const origin = /\/node_modules\//.test(file) ? 'dependency' : 'user';
    return `${origin} ${name === 'Object.<anonymous>' ? '-' : name.replace(/^.*\./, '')} ${file}:${line}:${column}`;
  });
}

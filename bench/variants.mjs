// The variants that a workload is run in, abtrace's own and its rivals': how each is brought into a process. Knows
// nothing of workloads.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../tools/steps.mjs';

/**
 * What bench/preload.cjs brings in: abtrace with options (null: loaded, not started), or a file of bench.
 * @typedef {{load: string, options: object | null}} InProcess
 */

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {InProcess | null} inProcess null: nothing
 * @property {boolean} rival
 * @property {Record<string, string>} env of the process
 * @property {string[]} wrapper a command that runs the process, with what stands before `node`
 * @property {string | null} missing why it cannot run here; null if it can
 */

/** No allocation is as large, so that all are below. */
const ABOVE_ALL = 2 ** 40;
/** As V8's and jemalloc's samplers have it. */
const SAMPLE_BYTES = 512 * 1024;

/** @param {string} name @param {Partial<Variant>} more @returns {Variant} */
function variant(name, more) {
  return { name, inProcess: null, rival: false, env: {}, wrapper: [], missing: null, ...more };
}

/** @param {string} name @param {object | null} options of `start` */
function ours(name, options) {
  return variant(name, { inProcess: { load: 'abtrace', options } });
}

/** @param {string} name @param {string} file */
function inProcessRival(name, file) {
  return variant(name, { rival: true, inProcess: { load: `rivals/${file}`, options: null } });
}

/** The variants; the first is what the others are compared with, the second shows what noise is. @returns {Variant[]} */
export function findVariants() {
  return [
    variant('plain', {}),
    variant('plain again', {}),
    ours('loaded', null),
    ours('counting only', { thresholdBytes: ABOVE_ALL, sampleBytes: 0, causes: false }),
    ours('sampling only', { thresholdBytes: ABOVE_ALL, sampleBytes: SAMPLE_BYTES, causes: false }),
    ours('stacks', { causes: false }),
    variant('empty async hooks', { inProcess: { load: 'empty-hooks', options: null } }),
    ours('stacks and causes', {}),
    ours('threshold 0', { thresholdBytes: 0 }),
    inProcessRival('V8 sampling heap profiler', 'sampling-heap-profiler'),
    inProcessRival('V8 allocation timeline', 'allocation-timeline'),
    inProcessRival('@datadog/pprof', 'datadog-pprof'),
    inProcessRival('patched constructors', 'patched-constructors'),
    heaptrack(),
    ...jemalloc(),
  ];
}

function heaptrack() {
  const isThere = spawnSync('heaptrack', ['--version']).status === 0;
  return variant('heaptrack', {
    rival: true,
    wrapper: ['heaptrack', '-o', '{output}'],
    missing: isThere ? null : 'not installed',
  });
}

function jemalloc() {
  const library = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
    .map((folder) => path.join(folder, 'libjemalloc.so.2'))
    .find((file) => fs.existsSync(file));
  const missing = library === undefined ? 'libjemalloc.so.2 is not installed' : null;
  const settings = 'prof:true,prof_active:true,lg_prof_sample:19,prof_final:true,prof_prefix:{output}';
  return [
    variant('jemalloc, not profiling', { rival: true, missing, env: { LD_PRELOAD: library ?? '' } }),
    variant('jemalloc profiling', {
      rival: true,
      missing,
      env: { LD_PRELOAD: library ?? '', MALLOC_CONF: settings },
    }),
  ];
}

/**
 * The command line and environment of a process of a variant.
 * @param {Variant} variant
 * @param {string} node
 * @param {string[]} args what stands behind `node`
 * @param {string} output prefix of files that the variant may write
 */
export function commandOf({ inProcess, env, wrapper }, node, args, output) {
  const fill = (/** @type {string} */ text) => text.replace('{output}', output);
  const preload = ['--require', path.join(root, 'bench', 'preload.cjs')];
  const [command = node, ...rest] = [...wrapper.map(fill), node, ...preload, ...args];
  const filled = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, fill(text)]));
  return {
    command,
    args: rest,
    env: { ...process.env, ...filled, ABTRACE_BENCH_VARIANT: JSON.stringify(inProcess) },
  };
}

/** The columns of the README's table. */
export const readmeVariants = [
  'plain',
  'plain again',
  'counting only',
  'stacks',
  'empty async hooks',
  'stacks and causes',
];

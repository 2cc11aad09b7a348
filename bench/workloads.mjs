// The workloads of `npm run bench`: which file, with which arguments and flags of Node, for which variants.
import os from 'node:os';

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} file in bench/workloads
 * @property {string[]} args
 * @property {string[]} flags of Node
 * @property {boolean} rivals whether the rivals run it too
 * @property {boolean} alone whether it does by itself what the variants do elsewhere
 */

/** No compiler but the bytecode's. */
const INTERPRETED = ['--no-opt', '--no-sparkplug', '--no-maglev'];

/** @param {string} name @param {string} file @param {Partial<Workload>} [more] @returns {Workload} */
function workload(name, file, more = {}) {
  return { name, file, args: [], flags: [], rivals: false, alone: false, ...more };
}

/** @returns {Workload[]} */
function allocations() {
  const sizes = [
    { title: '1 KiB', bytes: 1024 },
    { title: '64 KiB', bytes: 65_536 },
  ];
  const code = [
    { title: 'optimised', flags: [] },
    { title: 'interpreted', flags: INTERPRETED },
  ];
  return sizes.flatMap((size) =>
    [5, 20, 40].flatMap((depth) =>
      code.map(({ title, flags }) =>
        workload(`allocate ${size.title}, ${depth} frames, ${title}`, 'allocate.cjs', {
          args: [String(size.bytes), String(depth)],
          flags,
          rivals: depth === 20 && flags.length === 0,
        }),
      ),
    ),
  );
}

const cores = os.availableParallelism();

/** @type {Workload[]} */
export const workloads = [
  workload('below the threshold, 128 B', 'below-threshold.cjs', { alone: true, args: ['128'] }),
  workload('below the threshold, 1 KiB', 'below-threshold.cjs', { alone: true, args: ['1024'] }),
  ...allocations(),
  workload('external', 'external.cjs'),
  workload('await', 'await.cjs', { rivals: true }),
  workload('fetch', 'fetch.cjs', { rivals: true }),
  workload('http server', 'http-server.cjs', { rivals: true }),
  workload('1 worker', 'workers.cjs', { args: ['1'] }),
  workload(`${cores} workers on ${cores} cores`, 'workers.cjs', { args: [String(cores)] }),
  workload(`${2 * cores} workers on ${cores} cores`, 'workers.cjs', { args: [String(2 * cores)] }),
  workload('bundler', 'bundler.cjs'),
  workload('1,000,000 live records', 'live-records.cjs'),
  workload('retainers', 'retainers.cjs', { alone: true }),
  workload('start-up', 'start-up.cjs'),
];

/** The workloads that the README quotes, and how it calls them. */
export const readmeTitles = new Map([
  ['allocate 1 KiB, 20 frames, optimised', '`new ArrayBuffer` of 1 KiB, 20 frames, each'],
  ['await', '`await` of a settled value, each'],
  ['fetch', 'bodies streamed through `fetch`, each MiB'],
  ['http server', 'an HTTP server, each request'],
]);

// Compiles the programs of the zoo that do not run as they stand, into .cache/zoo; nothing built is committed.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cache, root, runPackage, StepError } from '../steps.mjs';
import { zooFolder } from './programs.mjs';

const require = createRequire(import.meta.url);
const outFolder = path.join(cache, 'zoo');

/** @type {Record<string, (entry: string, folder: string) => void | Promise<void>>} */
const builders = {
  'tsc-file-map': (entry, folder) => runTsc(entry, folder, ['--sourceMap', '--target', 'es2022']),
  'tsc-inline-map': (entry, folder) =>
    runTsc(entry, folder, ['--inlineSourceMap', '--inlineSources', '--target', 'es2016']),
  'esbuild-inline-map': (entry, folder) =>
    runEsbuild(entry, folder, { sourcemap: 'inline', target: 'es2020', bundle: false }),
  'esbuild-bundle': (entry, folder) =>
    runEsbuild(entry, folder, { sourcemap: 'linked', minify: true, bundle: true }),
  'webpack-bundle': runWebpack,
};

/**
 * Builds a program if need be.
 * @param {import('./programs.mjs').Program} program
 * @returns {Promise<string>} the file to run
 */
export async function buildProgram({ name, entry, build }) {
  if (build === null) return entry;
  const builder = builders[build];
  if (!builder) throw new StepError(`manifest.json: ${name}: unknown build ${build}`);
  const folder = path.join(outFolder, name.replace(/\.\w+$/, ''));
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  await builder(entry, folder);
  return path.join(folder, `${path.parse(entry).name}.js`);
}

function runTsc(entry, folder, options) {
  runPackage('typescript/bin/tsc', [
    ...['--ignoreConfig', '--outDir', folder, '--rootDir', path.dirname(entry)],
    ...['--module', 'node16', '--types', 'node', '--strict', '--skipLibCheck'],
    ...options,
    entry,
  ]);
}

async function runEsbuild(entry, folder, options) {
  const external = path.join(zooFolder, 'peers', 'peers.js');
  await require('esbuild').build({
    entryPoints: [entry],
    outdir: folder,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    ...options,
    plugins: [keepOutside(external)],
  });
}

/** The peers find their files by their own place, so a bundle must not take them in. */
function keepOutside(file) {
  return {
    name: 'keep-outside',
    setup({ onResolve }) {
      onResolve({ filter: /peers/ }, () => ({ path: file, external: true }));
    },
  };
}

function runWebpack(entry, folder) {
  const compiler = require('webpack')({
    context: root,
    entry,
    mode: 'production',
    target: 'node20',
    devtool: 'source-map',
    output: { path: folder, filename: 'main.js' },
  });
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error || stats.hasErrors())
        reject(new StepError(`webpack: ${error ?? stats.toString('errors-only')}`));
      else compiler.close(() => resolve());
    });
  });
}

// Builds the addon for one Node into prebuilds/, where the loader looks first, so that one checkout serves every Node.
// Each ABI has a build folder of its own below .cache: a change of one file compiles that file only.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cache, filesBelow, hashFiles, readIfThere, root, run, runPackage, step } from './steps.mjs';

/**
 * @typedef {object} NodeFacts a Node to build for
 * @property {string} execPath
 * @property {string} version such as v20.20.0
 * @property {string} abi such as 115
 */

/** The Node that runs this tool. @returns {NodeFacts} */
export function runningNode() {
  return { execPath: process.execPath, version: process.version, abi: process.versions.modules };
}

/**
 * Asks a Node binary what it is.
 * @param {string} execPath
 * @returns {NodeFacts}
 */
export function inspectNode(execPath) {
  const [version = '', abi = ''] = run(execPath, [
    '-p',
    "process.version + ' ' + process.versions.modules",
  ]).split(' ');
  return { execPath, version, abi };
}

/**
 * Builds the addon for `node` unless it is there already, made from the same sources.
 * @param {NodeFacts} node
 */
export function ensureAddon(node) {
  if (isCurrent(node.abi)) return;
  const stamp = stampOf(node.abi);
  const prebuild = path.join(prebuilds, `abtrace.abi${node.abi}.node`);
  const folder = buildFolder(node.abi);
  step(`building the addon for Node ${node.version} (ABI ${node.abi})`, () => {
    prepareFolder(folder);
    const env = { ...process.env, ...headersOf(node) };
    runPackage(
      'node-gyp/bin/node-gyp.js',
      ['configure', 'build', '--jobs', String(os.availableParallelism())],
      {
        cwd: folder,
        env,
        hint: 'The addon needs Python 3, make and a C++20 compiler (g++ 11, clang 14, Visual Studio 2022 or newer).',
      },
    );
    fs.mkdirSync(prebuilds, { recursive: true });
    // Renamed into place: a process that has the old file loaded keeps it.
    fs.copyFileSync(path.join(folder, 'build', 'Release', 'abtrace.node'), `${prebuild}.new`);
    fs.renameSync(`${prebuild}.new`, prebuild);
    fs.writeFileSync(path.join(folder, 'stamp'), stamp);
  });
}

/**
 * Deletes the addons made from other sources than these: better none for a Node than one that does something else.
 * Those of `npm run prebuildify` have names of their own and stay: they are for a release.
 */
export function removeStaleAddons() {
  if (!fs.existsSync(prebuilds)) return;
  for (const file of fs.readdirSync(prebuilds)) {
    const abi = /^abtrace\.abi(\d+)\.node$/.exec(file)?.[1];
    if (abi !== undefined && !isCurrent(abi)) fs.rmSync(path.join(prebuilds, file));
  }
}

const prebuilds = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);

/** @param {string} abi */
function buildFolder(abi) {
  return path.join(cache, 'addon', `abi${abi}`);
}

/**
 * What an addon is made from, as a hash.
 * @param {string} abi
 */
function stampOf(abi) {
  const sources = [
    'binding.gyp',
    'node_modules/node-addon-api/package.json',
    ...filesBelow('native', /\.(cc|h)$/),
  ];
  return hashFiles(sources, [process.platform, process.arch, abi]);
}

/** @param {string} abi */
function isCurrent(abi) {
  const there = fs.existsSync(path.join(prebuilds, `abtrace.abi${abi}.node`));
  return there && readIfThere(path.join(buildFolder(abi), 'stamp')) === stampOf(abi);
}

/**
 * Makes the build folder look like the package, by links, so that node-gyp builds there and not in the checkout.
 * @param {string} folder
 */
function prepareFolder(folder) {
  fs.mkdirSync(folder, { recursive: true });
  fs.rmSync(path.join(folder, 'stamp'), { force: true });
  for (const name of ['native', 'node_modules']) {
    const link = path.join(folder, name);
    fs.rmSync(link, { force: true });
    fs.symlinkSync(path.join(root, name), link, 'junction');
  }
  for (const name of ['binding.gyp', 'package.json'])
    fs.copyFileSync(path.join(root, name), path.join(folder, name));
}

/**
 * Where node-gyp finds the headers: beside the binary if they are there; otherwise it downloads them.
 * Given by the environment, because node-gyp lets that win over its own arguments.
 * @param {NodeFacts} node
 * @returns {Record<string, string>}
 */
export function headersOf(node) {
  const prefix = path.dirname(path.dirname(fs.realpathSync(node.execPath)));
  const there = fs.existsSync(path.join(prefix, 'include', 'node', 'node_version.h'));
  return there ? { npm_config_nodedir: prefix } : {};
}

// The matrix: every supported Node, installed into .cache/nodes from npm packages that hold the binary and its headers,
// with the addon built for each, so that dist/ runs under all of them.
//
//   node tools/nodes.mjs [--json] [20 22 24 26]
import fs from 'node:fs';
import path from 'node:path';
import { ensureAddon, inspectNode } from './addon.mjs';
import { cache, run, runTool, StepError, step, withLock } from './steps.mjs';

export const supportedMajors = [20, 22, 24, 26];

/** @typedef {import('./addon.mjs').NodeFacts & {major: number}} MatrixNode */

/**
 * Installs the Nodes that are missing, builds the addons that are stale, and says where each Node is.
 * @param {number[]} [majors]
 * @returns {MatrixNode[]}
 */
export function prepareNodes(majors = supportedMajors) {
  return withLock(() =>
    majors.map((major) => {
      const node = { major, ...inspectNode(installNode(major)) };
      ensureAddon(node);
      return node;
    }),
  );
}

/**
 * @param {number} major
 * @param {string} [platform] this machine's unless given
 * @param {string} [arch]
 * @returns {string} path of the binary
 */
export function installNode(major, platform = process.platform, arch = process.arch) {
  const name = `node-${platform}-${arch}`;
  const folder = path.join(cache, 'nodes', arch === process.arch ? String(major) : `${major}-${arch}`);
  const binary = path.join(folder, 'node_modules', name, 'bin', 'node');
  if (fs.existsSync(binary)) return binary;
  step(`installing Node ${major} (${name})`, () => {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    // Without a package.json here, npm would install into the checkout.
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    run(
      'npm',
      // Forced: npm refuses what is for another machine.
      [
        'install',
        '--force',
        '--no-audit',
        '--no-fund',
        '--no-package-lock',
        '--ignore-scripts',
        `${name}@${major}`,
      ],
      {
        cwd: folder,
        hint: `npm has no package ${name}@${major} for this platform, or cannot be reached.`,
      },
    );
  });
  return binary;
}

if (process.argv[1] === import.meta.filename) {
  await runTool(() => {
    const args = process.argv.slice(2).filter((arg) => arg !== '--json');
    const majors = args.map(Number);
    if (majors.some((major) => !supportedMajors.includes(major))) {
      throw new StepError(`Usage: node tools/nodes.mjs [--json] [${supportedMajors.join('|')}]…`);
    }
    const nodes = prepareNodes(majors.length > 0 ? majors : supportedMajors);
    if (process.argv.includes('--json')) return console.log(JSON.stringify(nodes, null, 2));
    for (const node of nodes) console.log(`${node.version.padEnd(10)} ABI ${node.abi}  ${node.execPath}`);
  });
}

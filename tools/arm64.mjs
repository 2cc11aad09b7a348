// Prepares a Node for arm64 on an x64 machine: the Node from npm, run by QEMU's user mode, with abtrace's addon and the
// tests' own built by a cross compiler. Linux only.
import fs from 'node:fs';
import path from 'node:path';
import { installNode } from './nodes.mjs';
import { cache, root, run, step } from './steps.mjs';

const target = 'aarch64-linux-gnu';
const compiler = `${target}-g++`;
const emulator = 'qemu-aarch64-static';
/** That of the Node that runs the tests: they expect what it does. */
const major = Number.parseInt(process.versions.node, 10);

/**
 * Builds what is needed for the integration tests to run their children on arm64.
 * @returns {Record<string, string>} the environment that makes them do so
 */
export function prepareArm64() {
  const node = installNode(major, 'linux', 'arm64');
  const headers = path.join(path.dirname(path.dirname(node)), 'include', 'node');
  const folder = path.join(cache, `arm64-${major}`);
  const addons = path.join(folder, 'test-addons');
  fs.mkdirSync(addons, { recursive: true });
  step('building the addons for arm64', () => {
    buildAddon(headers, folder);
    buildBringer(headers, path.join(addons, 'bringer.node'), []);
    buildBringer(headers, path.join(addons, 'bringer_guarded.node'), ['-fno-plt', '-Wl,-z,relro,-z,now']);
  });
  return {
    ABTRACE_TEST_NODE: `${emulator} ${node}`,
    ABTRACE_TEST_ADDONS: addons,
    ABTRACE_ADDON: path.join(folder, 'abtrace.node'),
    QEMU_LD_PREFIX: `/usr/${target}`,
  };
}

/**
 * @param {string} headers
 * @param {string} folder
 */
function buildAddon(headers, folder) {
  run('cmake', [
    ...['-S', root, '-B', folder, '-DCMAKE_BUILD_TYPE=Release'],
    ...['-DCMAKE_SYSTEM_NAME=Linux', '-DCMAKE_SYSTEM_PROCESSOR=aarch64', `-DCMAKE_CXX_COMPILER=${compiler}`],
    // A GoogleTest that was found would be of this machine.
    ...[`-DABTRACE_NODE_INCLUDE=${headers}`, '-DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON'],
  ]);
  run('cmake', ['--build', folder, '--target', 'abtrace', '--parallel', '2']);
}

/**
 * @param {string} headers
 * @param {string} file
 * @param {string[]} flags
 */
function buildBringer(headers, file, flags) {
  const source = path.join(root, 'test', 'integration', 'bringer', 'bringer.cc');
  const defines = ['-DNODE_GYP_MODULE_NAME=bringer', '-DBUILDING_NODE_EXTENSION'];
  run(compiler, [
    ...['-shared', '-fPIC', '-O2', '-std=c++20', ...defines, ...flags],
    ...['-I', headers, '-o', file, source],
  ]);
}

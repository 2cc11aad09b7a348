// The memory limit of the container (control group) that the process runs in, and how much of it is used; cgroup v1 and
// v2, the tightest limit of all groups around the process. Linux only; elsewhere there is none.
// The files are described in https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A group with a limit. */
export interface ContainerMemory {
  limitBytes: number;
  /** File that holds the bytes in use, page cache included. */
  usageFile: string;
  /** File that says how much of that is cache which the kernel gives back first. */
  statFile: string;
}

interface Version {
  /** How /proc/self/mountinfo and /proc/self/cgroup name it. */
  type: string;
  controller: string;
  limit: string;
  usage: string;
}

const VERSIONS: readonly Version[] = [
  { type: 'cgroup2', controller: '', limit: 'memory.max', usage: 'memory.current' },
  {
    type: 'cgroup',
    controller: 'memory',
    limit: 'memory.limit_in_bytes',
    usage: 'memory.usage_in_bytes',
  },
];

/**
 * Finds the tightest memory limit around this process.
 *
 * @param root where /proc and /sys are; for tests
 * @returns null if there is none below the machine's memory
 */
export function findContainerMemory(root = ''): ContainerMemory | null {
  const groups = readText(path.join(root, '/proc/self/cgroup')).split('\n');
  const mounts = readText(path.join(root, '/proc/self/mountinfo')).split('\n').map(parseMount);
  const found = VERSIONS.flatMap((version) => {
    const group = groups.map((line) => line.split(':')).find((fields) => isOf(version, fields));
    const mount = mounts.find((candidate) => isMountOf(version, candidate));
    if (group === undefined || mount === undefined) return [];
    return limitsAbove(
      path.join(root, mount.point),
      belowMount(group.slice(2).join(':'), mount.root),
      version,
    );
  });
  return found.sort((a, b) => a.limitBytes - b.limitBytes)[0] ?? null;
}

/**
 * How many bytes of the limit are in use and cannot be had back: what is used, less the cache that is given back first.
 *
 * @returns null if that cannot be read
 */
export function containerUsedBytes({ usageFile, statFile }: ContainerMemory): number | null {
  const used = Number.parseInt(readText(usageFile), 10);
  if (!Number.isFinite(used)) return null;
  const stat = readText(statFile);
  // In version 1 the sum over the groups below has a name of its own.
  const inactive = ['total_inactive_file', 'inactive_file']
    .map((name) => new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1])
    .find((bytes) => bytes !== undefined);
  return Math.max(0, used - Number(inactive ?? 0));
}

interface Mount {
  type: string;
  /** The group that the mount shows at its top. */
  root: string;
  point: string;
  options: string[];
}

/** `31 23 0:28 ROOT POINT rw,… - TYPE source OPTIONS`; there may be more fields before the dash. */
function parseMount(line: string): Mount {
  const [before = '', after = ''] = line.split(' - ');
  const fields = before.split(' ');
  const [type = '', , options = ''] = after.split(' ');
  return { type, root: decodeOctal(fields[3]), point: decodeOctal(fields[4]), options: options.split(',') };
}

/** Spaces and backslashes stand in octal. */
function decodeOctal(text = ''): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function isOf({ type, controller }: Version, [id, controllers = '']: string[]): boolean {
  return type === 'cgroup2' ? id === '0' && controllers === '' : controllers.split(',').includes(controller);
}

function isMountOf({ type, controller }: Version, mount: Mount): boolean {
  return mount.type === type && (controller === '' || mount.options.includes(controller));
}

/** In a container the group has a long name outside, and is the mount's top inside. */
function belowMount(group: string, mountRoot: string): string {
  const below = path.posix.relative(mountRoot, group);
  return below.startsWith('..') ? '' : below;
}

/** The limits of a group and of all around it. */
function limitsAbove(point: string, group: string, { limit, usage }: Version): ContainerMemory[] {
  const parts = group.split('/').filter((part) => part !== '');
  return [...parts.keys(), parts.length].flatMap((depth) => {
    const folder = path.join(point, ...parts.slice(0, depth));
    const limitBytes = Number.parseInt(readText(path.join(folder, limit)), 10);
    // "max" in v2, and a number beyond all memory in v1, mean that there is none.
    if (!(limitBytes > 0 && limitBytes < os.totalmem())) return [];
    return [{ limitBytes, usageFile: path.join(folder, usage), statFile: path.join(folder, 'memory.stat') }];
  });
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

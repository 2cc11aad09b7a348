// The container's memory limit, read from made-up /proc and /sys trees of both versions of control groups.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { containerUsedBytes, findContainerMemory } from '../../../lib/capture/container-memory';

const folders: string[] = [];

function tree(files: Record<string, string>): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-groups-'));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return root;
}

afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true });
});

const V2_MOUNT = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1_MOUNTS =
  '31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n' +
  '34 31 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n';

describe('findContainerMemory', () => {
  it('takes the tightest limit of a group and those around it, in version 2', () => {
    const root = tree({
      'proc/self/cgroup': '0::/kubepods/pod1/main\n',
      'proc/self/mountinfo': V2_MOUNT,
      'sys/fs/cgroup/kubepods/memory.max': '900000000\n',
      'sys/fs/cgroup/kubepods/pod1/memory.max': '300000000\n',
      'sys/fs/cgroup/kubepods/pod1/memory.current': '200000000\n',
      'sys/fs/cgroup/kubepods/pod1/memory.stat': 'anon 150000000\nfile 50000000\ninactive_file 20000000\n',
      'sys/fs/cgroup/kubepods/pod1/main/memory.max': 'max\n',
    });
    const found = findContainerMemory(root);
    expect(found?.limitBytes).toBe(300_000_000);
    expect(found && containerUsedBytes(found)).toBe(180_000_000);
  });

  it('finds the group of a container that sees itself at the top, in version 2', () => {
    const root = tree({
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': V2_MOUNT,
      'sys/fs/cgroup/memory.max': '536870912\n',
      'sys/fs/cgroup/memory.current': '1000\n',
    });
    const found = findContainerMemory(root);
    expect(found?.limitBytes).toBe(536_870_912);
    expect(found && containerUsedBytes(found)).toBe(1000);
  });

  it('finds the group of a container by its long name outside, in version 1', () => {
    const root = tree({
      'proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n',
      'proc/self/mountinfo': `${V1_MOUNTS}35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n`,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '268435456\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '100000000\n',
      'sys/fs/cgroup/memory/memory.stat': 'cache 30000000\ninactive_file 5\ntotal_inactive_file 10000000\n',
    });
    const found = findContainerMemory(root);
    expect(found?.limitBytes).toBe(268_435_456);
    expect(found && containerUsedBytes(found)).toBe(90_000_000);
  });

  it('follows a mount point with a space in its name', () => {
    const root = tree({
      'proc/self/cgroup': '4:memory:/app\n',
      'proc/self/mountinfo': '35 31 0:32 / /sys/my\\040groups rw - cgroup cgroup rw,memory\n',
      'sys/my groups/app/memory.limit_in_bytes': '1000000\n',
    });
    expect(findContainerMemory(root)?.limitBytes).toBe(1_000_000);
  });

  it.each([
    ['no limit in version 2', { 'sys/fs/cgroup/memory.max': 'max\n' }, V2_MOUNT, '0::/\n'],
    [
      'the number that stands for none in version 1',
      { 'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' },
      '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
      '4:memory:/\n',
    ],
    ['no control groups', {}, '', ''],
  ])('finds nothing where there is %s', (_, files, mountinfo, cgroup) => {
    const root = tree({ ...files, 'proc/self/cgroup': cgroup, 'proc/self/mountinfo': mountinfo });
    expect(findContainerMemory(root)).toBeNull();
  });

  it('finds nothing where there is no /proc', () => {
    expect(findContainerMemory(tree({}))).toBeNull();
  });

  it('has no figure when the files are gone', () => {
    expect(containerUsedBytes({ limitBytes: 1, usageFile: '/nowhere', statFile: '/nowhere' })).toBeNull();
  });
});

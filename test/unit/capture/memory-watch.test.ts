// The watch over memory: what it asks of the addon, and when it raises an alarm.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConditions } from '../../../lib/capture/conditions';
import type { ContainerMemory } from '../../../lib/capture/container-memory';
import { type MemoryAlarm, MemoryWatch, nearLimit } from '../../../lib/capture/memory-watch';
import { kMemoryWake } from '../../../lib/native';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-watch-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

class FakeAddon {
  calls: string[] = [];
  wake: (reasons: number) => void = () => {};
  watchMemory(file: string, threshold: number, stalledMs: number, onWake: (reasons: number) => void): void {
    this.calls.push(`watch ${path.basename(file)} ${threshold} ${stalledMs > 0 ? 'stalls' : 'no stalls'}`);
    this.wake = onWake;
  }
  memoryBeat(): void {}
  unwatchMemory(): void {
    this.calls.push('unwatch');
  }
  watchHeapLimit(headroomBytes: number): void {
    expect(headroomBytes).toBeGreaterThanOrEqual(32e6);
    expect(headroomBytes).toBeLessThanOrEqual(128e6);
    this.calls.push('heap');
  }
  unwatchHeapLimit(): void {
    this.calls.push('no heap');
  }
}

function containerUsing(bytes: number): ContainerMemory {
  const usageFile = path.join(folder, 'usage');
  fs.writeFileSync(usageFile, String(bytes));
  return { limitBytes: 1e9, usageFile, statFile: path.join(folder, 'none') };
}

function watchOf(when: string, limits: boolean, container: ContainerMemory | null = null, cooldownMs = 0) {
  const addon = new FakeAddon();
  const alarms: MemoryAlarm[] = [];
  const conditions = when === '' ? [] : parseConditions(when, '--when');
  const options = { when: conditions, limits, cooldownMs };
  const watch = new MemoryWatch(options, addon, (alarm) => alarms.push(alarm), container);
  return { addon, alarms, watch };
}

describe('a memory watch', () => {
  it('asks for nothing if nothing is to be watched', () => {
    const { addon, watch } = watchOf('', false);
    watch.start();
    expect(addon.calls).toEqual([]);
  });

  it('has the thread look at the container, and V8 at its heap', () => {
    const { addon, watch } = watchOf('', true, containerUsing(0));
    watch.start();
    expect(addon.calls).toEqual([`watch usage ${nearLimit(1e9)} stalls`, 'heap']);
    watch.stop();
    expect(addon.calls.at(-1)).toBe('unwatch');
  });

  it('raises an alarm once for a condition that holds', () => {
    const { alarms, watch } = watchOf('rss>1', false);
    watch.look();
    watch.look();
    expect(alarms).toEqual([{ reason: 'watermark', text: 'rss>1' }]);
  });

  it('raises it again when the figure comes back, but not within the cooldown', () => {
    const container = containerUsing(500);
    for (const [cooldownMs, expected] of [
      [0, 2],
      [1e6, 1],
    ] as const) {
      const { alarms, watch } = watchOf('container>400', false, container, cooldownMs);
      for (const bytes of [500, 100, 500]) {
        fs.writeFileSync(container.usageFile, String(bytes));
        watch.look();
      }
      expect(alarms).toHaveLength(expected);
    }
  });

  it('raises one when the limit of the container is near', () => {
    const { addon, alarms, watch } = watchOf('', true, containerUsing(nearLimit(1e9) - 1));
    watch.start();
    addon.wake(kMemoryWake.stalled);
    expect(alarms).toEqual([]);
    containerUsing(nearLimit(1e9));
    addon.wake(kMemoryWake.stalled);
    expect(alarms).toEqual([{ reason: 'container-limit', text: "the container's limit of 1000 MB is near" }]);
    watch.stop();
  });

  it('raises one when the addon has seen the limit near, though it is farther again', () => {
    const { addon, alarms, watch } = watchOf('', true, containerUsing(nearLimit(1e9) - 1e6));
    watch.start();
    addon.wake(kMemoryWake.usage);
    expect(alarms.map(({ reason }) => reason)).toEqual(['container-limit']);
    watch.stop();
  });

  it('raises one when the heap is nearly full, then lets V8 have its limit back and watches anew when there is room', () => {
    const { addon, alarms, watch } = watchOf('rss>100%', true);
    watch.start();
    addon.wake(kMemoryWake.heapLimit);
    expect(alarms.map(({ reason }) => reason)).toEqual(['heap-limit']);
    expect(addon.calls.slice(1)).toEqual(['heap', 'no heap']);
    watch.look();
    expect(addon.calls.slice(1)).toEqual(['heap', 'no heap', 'heap']);
    watch.stop();
  });

  it('leaves room for a dump below every limit', () => {
    expect(nearLimit(100e6)).toBe(75e6);
    expect(nearLimit(512e6)).toBe(448e6);
    expect(nearLimit(4e9)).toBe(3.6e9);
  });
});

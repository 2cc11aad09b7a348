// Names of dump files, what is told about them, and that nothing is ever thrown.
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TriggeredDumps } from '../../../lib/capture/triggered-dumps';
import type { TriggerOptions, TriggerTarget } from '../../../lib/capture/triggers';

const options: TriggerOptions = {
  directory: path.resolve('dumps'),
  gc: false,
  retainers: false,
  everyMs: null,
  signal: null,
  when: [],
  limits: false,
  onError: false,
  cooldownMs: 60_000,
  keep: null,
  quiet: false,
};
let told = '';

beforeEach(() => {
  told = '';
  vi.useFakeTimers({ now: Date.parse('2030-01-02T03:04:05.678Z'), toFake: ['Date'] });
  vi.spyOn(fs, 'writeSync').mockImplementation((_descriptor, bytes) => {
    told += String(bytes);
    return Buffer.byteLength(String(bytes));
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Target = Pick<TriggerTarget, 'isTracing' | 'writeDumpSync'>;

function target(overrides: Partial<Target> = {}): Target & { files: string[] } {
  const files: string[] = [];
  return {
    files,
    isTracing: () => true,
    writeDumpSync: (file) => {
      files.push(path.basename(file));
      return file;
    },
    ...overrides,
  };
}

describe('TriggeredDumps', () => {
  it('names files so that they sort by time, process and order', () => {
    const tracer = target();
    const dumps = new TriggeredDumps(options, tracer);
    dumps.write('interval');
    dumps.write('sigusr2');
    dumps.write('exit');
    const start = `abtrace-20300102T030405Z-${process.pid}`;
    expect(tracer.files).toEqual([
      `${start}-0001-interval.json`,
      `${start}-0002-sigusr2.json`,
      `${start}-0003-exit.json`,
    ]);
    expect([...tracer.files].sort()).toEqual(tracer.files);
  });

  it('tells of every dump but those at an interval, as a command to copy', () => {
    const dumps = new TriggeredDumps(options, target());
    dumps.write('interval');
    expect(told).toBe('');
    dumps.write('exit');
    const file = path.join('dumps', `abtrace-20300102T030405Z-${process.pid}-0002-exit.json`);
    expect(told).toBe(`abtrace: dump written; look at it with: abtrace top ${file}\n`);
  });

  it('quotes what a shell would take apart', () => {
    new TriggeredDumps({ ...options, directory: path.resolve("it's here") }, target()).write('exit');
    expect(told).toMatch(/abtrace top 'it'\\''s here.*-exit\.json'\n$/);
  });

  it('tells nothing when quiet', () => {
    new TriggeredDumps({ ...options, quiet: true }, target()).write('exit');
    expect(told).toBe('');
  });

  it('tells in one line, quiet or not, that a dump could not be written, and goes on', () => {
    let calls = 0;
    const writeDumpSync = (file: string) => {
      calls += 1;
      if (calls === 1) throw new Error('Cannot write dump\nno space');
      return file;
    };
    const dumps = new TriggeredDumps({ ...options, quiet: true }, target({ writeDumpSync }));
    expect(() => dumps.write('interval')).not.toThrow();
    expect(told).toBe('abtrace: Cannot write dump no space\n');
    dumps.write('exit');
    expect(calls).toBe(2);
  });

  it('writes nothing while nothing is traced, and nothing while it writes', () => {
    const idle = target({ isTracing: () => false });
    new TriggeredDumps(options, idle).write('exit');
    expect(idle.files).toEqual([]);

    const busy = target({
      writeDumpSync: (file) => {
        busy.files.push(file);
        dumps.write('exit');
        return file;
      },
    });
    const dumps = new TriggeredDumps(options, busy);
    dumps.write('interval');
    expect(busy.files).toHaveLength(1);
    expect(dumps.writing).toBe(false);
  });

  it('passes on whether to collect garbage', () => {
    const writeDumpSync = vi.fn((file: string) => file);
    new TriggeredDumps({ ...options, gc: true }, target({ writeDumpSync })).write('interval');
    expect(writeDumpSync).toHaveBeenCalledWith(expect.any(String), { gc: true, retainers: false });
  });

  it('survives a stderr that nobody reads, and waits a little for one that is full', () => {
    let calls = 0;
    vi.mocked(fs.writeSync).mockImplementation(() => {
      calls += 1;
      throw Object.assign(new Error(), { code: calls < 3 ? 'EAGAIN' : 'EPIPE' });
    });
    new TriggeredDumps(options, target()).write('exit');
    expect(calls).toBe(3);
  });

  describe('that nobody asked for one by one', () => {
    const removed: string[] = [];
    const keptOf = (keep: number | null, reason: string, count: number) => {
      removed.length = 0;
      vi.spyOn(fs, 'rmSync').mockImplementation((file) => {
        removed.push(path.basename(String(file)));
      });
      const tracer = target();
      const dumps = new TriggeredDumps({ ...options, keep }, tracer);
      dumps.write('exit');
      for (let written = 0; written < count; written += 1) dumps.write(reason);
      expect(removed).toEqual(tracer.files.slice(1, 1 + removed.length));
      return tracer.files.length - removed.length;
    };

    it('are removed again, the oldest first, when there are more than are to be kept', () => {
      expect(keptOf(3, 'interval', 8)).toBe(1 + 3);
      expect(keptOf(2, 'watermark', 8)).toBe(1 + 2);
      expect(keptOf(2, 'error', 2)).toBe(1 + 2);
    });

    it('are kept to the last ten by default, but at the interval all', () => {
      expect(keptOf(null, 'container-limit', 30)).toBe(1 + 10);
      expect(keptOf(null, 'interval', 30)).toBe(1 + 30);
    });

    it('do not count where a signal asked', () => {
      expect(keptOf(1, 'sigusr2', 5)).toBe(1 + 5);
    });
  });

  it('are told with what they are for', () => {
    new TriggeredDumps(options, target()).write('watermark', 'rss>1GB');
    expect(told).toMatch(/^abtrace: rss>1GB: dump written; look at it with: abtrace top /);
  });
});

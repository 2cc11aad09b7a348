import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { isJob, watchJob } from '../../../lib/capture/node-memory';
import type { NativeAddon } from '../../../lib/native';

type Run = (this: { ondone?: (...results: unknown[]) => void }) => unknown;

/** A job as Node's are: its class has `run`. */
function makeJob(run: Run) {
  class PBKDF2Job {
    ondone?: (...results: unknown[]) => unknown;
    run(): unknown {
      return run.call(this as never);
    }
  }
  return new PBKDF2Job();
}

function watched(run: Run) {
  const noted: unknown[] = [];
  const native = {
    noteExternal: (buffer: unknown, context: number) => noted.push([buffer, context]),
  } as unknown as NativeAddon;
  const job = makeJob(run);
  watchJob(native, job, 7);
  return { job, noted };
}

const memory = new ArrayBuffer(8);

describe('a job of Node', () => {
  it('is told from resources of the program', () => {
    class UserJob extends AsyncResource {
      run(): void {}
    }
    const job = makeJob(() => undefined);
    expect(isJob('PBKDF2REQUEST', job)).toBe(true);
    expect(isJob('FSREQCALLBACK', job)).toBe(true);
    expect(isJob('UserJob', new UserJob('UserJob'))).toBe(false);
    expect(isJob('FSREQCALLBACK', { oncomplete() {} })).toBe(false);
  });

  it('that is done at once has what it returns noted, and is what it was', () => {
    const outcome = [undefined, memory];
    const { job, noted } = watched(() => outcome);
    expect(job.run()).toBe(outcome);
    expect(noted).toEqual([[memory, 7]]);
    expect(Object.keys(job)).not.toContain('run');
  });

  it('that is done later has what its callback is given noted, and the callback called as ever', () => {
    const { job, noted } = watched(function () {
      this.ondone?.(undefined, new Uint8Array(memory), 3);
    });
    const calls: unknown[] = [];
    job.ondone = function (...results) {
      calls.push(this, ...results);
    };
    expect(job.run()).toBeUndefined();
    expect(calls).toEqual([job, undefined, new Uint8Array(memory), 3]);
    expect(noted).toEqual([[memory, 7]]);
  });

  it('that returns a promise has its result noted, and leaves a refusal to whoever waits', async () => {
    const { job, noted } = watched(() => Promise.resolve(memory));
    expect(await job.run()).toBe(memory);
    expect(noted).toEqual([[memory, 7]]);
    const refused = watched(() => Promise.reject(new Error('no')));
    await expect(refused.job.run()).rejects.toThrow('no');
  });

  it('that fails has nothing noted, and fails as ever', () => {
    const { job, noted } = watched(() => {
      throw new RangeError('too many rounds');
    });
    expect(() => job.run()).toThrow(RangeError);
    expect(noted).toEqual([]);
  });
});

// What people may type for sizes, durations, numbers, switches and signals, and how each refusal reads.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseSignal, parseSize, parseSwitch, parseWhole } from '../../../lib/cli/quantities';
import { UsageError } from '../../../lib/errors';

const usage = (message: string) => expect.objectContaining({ constructor: UsageError, message });

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['300b', 300],
    ['64KB', 64_000],
    ['64 kb', 64_000],
    ['64KiB', 65_536],
    ['64k', 64_000],
    ['10MB', 10_000_000],
    ['1.5GB', 1_500_000_000],
    ['64.1KB', 64_100],
    ['2GiB', 2_147_483_648],
    ['.5MB', 500_000],
    ['1TiB', 1_099_511_627_776],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text, '--threshold')).toBe(bytes);
  });

  it.each(['', '-1', '-64KB', 'abc', '64XB', '1e3', '0x10', 'NaN', 'Infinity', '64KB ish', '1,000', 'KB'])(
    'refuses %j as no size',
    (text) => {
      expect(() => parseSize(text, '--threshold')).toThrow(
        usage(`--threshold must be a size in bytes such as 4096, 64KB or 1.5GB, got ${JSON.stringify(text)}`),
      );
    },
  );

  it.each(['1.5', '0.3b', '0.0001KB', '99999999TB'])('refuses %j, no whole number of bytes', (text) => {
    expect(() => parseSize(text, 'ABTRACE_THRESHOLD')).toThrow(
      usage(`ABTRACE_THRESHOLD must be a whole number of bytes, got ${JSON.stringify(text)}`),
    );
  });

  it('reads every whole number of bytes as it stands', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (bytes) => {
        expect(parseSize(String(bytes), '--threshold')).toBe(bytes);
      }),
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['5min', 300_000],
    ['1.5h', 5_400_000],
    ['24d', 2_073_600_000],
  ])('reads %s', (text, durationMs) => {
    expect(parseDuration(text, '--every')).toBe(durationMs);
  });

  it.each(['', '5', '-5m', 'soon', '5 weeks', 'm'])('refuses %j as no duration', (text) => {
    expect(() => parseDuration(text, '--every')).toThrow(
      usage(
        `--every must be a duration with its unit such as 500ms, 30s, 5m or 2h, got ${JSON.stringify(text)}`,
      ),
    );
  });

  it.each(['0s', '99ms', '25d'])('refuses %j, which no timer keeps', (text) => {
    expect(() => parseDuration(text, '--every')).toThrow(
      usage(`--every must be between 100ms and 24d, got ${JSON.stringify(text)}`),
    );
  });
});

describe('parseWhole', () => {
  it('reads numbers in the range', () => {
    expect(parseWhole('1', '--depth', 1, 200)).toBe(1);
    expect(parseWhole('200', '--depth', 1, 200)).toBe(200);
  });

  it.each(['0', '201', '-1', '1.5', 'abc', ''])('refuses %j', (text) => {
    expect(() => parseWhole(text, '--depth', 1, 200)).toThrow(
      usage(`--depth must be a whole number from 1 to 200, got ${JSON.stringify(text)}`),
    );
  });
});

describe('parseSwitch', () => {
  it('reads the usual words for yes and no', () => {
    expect(['1', 'true', 'YES', 'on'].map((text) => parseSwitch(text, 'ABTRACE_GC'))).not.toContain(false);
    expect(['0', 'false', 'NO', 'off'].map((text) => parseSwitch(text, 'ABTRACE_GC'))).not.toContain(true);
  });

  it('refuses anything else', () => {
    expect(() => parseSwitch('maybe', 'ABTRACE_GC')).toThrow(usage('ABTRACE_GC must be 1 or 0, got "maybe"'));
  });
});

describe('parseSignal', () => {
  it('reads names with and without SIG, in any case', () => {
    expect(parseSignal('SIGUSR2', '--signal')).toBe('SIGUSR2');
    expect(parseSignal('usr2', '--signal')).toBe('SIGUSR2');
    expect(parseSignal('hup', '--signal')).toBe('SIGHUP');
  });

  it('refuses what is no signal', () => {
    expect(() => parseSignal('SIGNOPE', '--signal')).toThrow(
      usage('--signal must be a signal such as SIGUSR2, got "SIGNOPE"'),
    );
    expect(() => parseSignal('12', '--signal')).toThrow(UsageError);
  });

  it.each(['SIGKILL', 'SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGSEGV', 'SIGPROF', 'SIGCHLD'])(
    'refuses %s, which is needed for something else',
    (name) => {
      expect(() => parseSignal(name, '--signal')).toThrow(
        usage(`--signal must be a signal that a program can spare, such as SIGUSR2, got "${name}"`),
      );
    },
  );
});

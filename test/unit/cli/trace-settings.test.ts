// How options and variables become settings, and that both faces are one.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Given,
  givenByEnvironment,
  joinList,
  readSettings,
  type SettingName,
  settings,
  toEnvironment,
} from '../../../lib/cli/trace-settings';
import { UsageError } from '../../../lib/errors';

const read = (environment: Record<string, string>) => readSettings(givenByEnvironment(environment));

describe('settings', () => {
  it('have one option and one variable each', () => {
    const names = settings.map(([, { flags }]) => flags.split(' ')[0]);
    const variables = settings.map(([, { variable }]) => variable);
    expect(new Set(names).size).toBe(settings.length);
    expect(new Set(variables).size).toBe(settings.length);
  });

  it('leave the defaults to the tracer', () => {
    expect(read({ PATH: '/bin' })).toEqual({
      start: {},
      triggers: {
        directory: process.cwd(),
        gc: false,
        retainers: false,
        everyMs: null,
        signal: null,
        when: [],
        onError: false,
        limits: true,
        cooldownMs: 60_000,
        keep: null,
        quiet: false,
      },
    });
  });

  it('are read from all variables', () => {
    expect(
      read({
        ABTRACE_THRESHOLD: '64KB',
        ABTRACE_SAMPLE: '32KiB',
        ABTRACE_DEPTH: '8',
        ABTRACE_OUT: 'dumps',
        ABTRACE_GC: '1',
        ABTRACE_EVERY: '5m',
        ABTRACE_SIGNAL: 'usr2',
        ABTRACE_CAUSES: '0',
        ABTRACE_WORKERS: 'off',
        ABTRACE_USER: joinList(['src/**', 'lib/**']),
        ABTRACE_DEPENDENCY: 'vendor/**',
        ABTRACE_WHEN: 'rss>1GB,arrayBuffers>50%',
        ABTRACE_ON_ERROR: '1',
        ABTRACE_LIMITS: '0',
        ABTRACE_COOLDOWN: '5s',
        ABTRACE_KEEP: '3',
        ABTRACE_QUIET: 'true',
      }),
    ).toEqual({
      start: {
        thresholdBytes: 64_000,
        sampleBytes: 32_768,
        stackDepth: 8,
        causes: false,
        workers: false,
        user: ['src/**', 'lib/**'],
        dependency: ['vendor/**'],
      },
      triggers: {
        directory: path.resolve('dumps'),
        gc: true,
        retainers: false,
        everyMs: 300_000,
        signal: 'SIGUSR2',
        when: [
          { text: 'rss>1GB', metric: 'rss', kind: 'above', bytes: 1e9 },
          { text: 'arrayBuffers>50%', metric: 'arrayBuffers', kind: 'share', share: 0.5 },
        ],
        onError: true,
        limits: false,
        cooldownMs: 5000,
        keep: 3,
        quiet: true,
      },
    });
  });

  it('survive the way through the environment of a child', () => {
    const given = new Map<SettingName, Given>([
      ['threshold', { text: '1MB', from: '--threshold' }],
      ['user', { text: joinList(['a/**', 'b/**']), from: '--user' }],
      ['causes', { text: '0', from: '--no-causes' }],
    ]);
    expect(read(toEnvironment(given))).toEqual(readSettings(given));
  });

  it('take an empty variable for none', () => {
    expect(read({ ABTRACE_THRESHOLD: '', ABTRACE_GC: '' }).start).toEqual({});
  });

  it.each([
    [{ ABTRACE_THRESHOLD: '-1' }, 'ABTRACE_THRESHOLD must be a size'],
    [{ ABTRACE_DEPTH: '0' }, 'ABTRACE_DEPTH must be a whole number from 1 to 200, got "0"'],
    [{ ABTRACE_GC: 'perhaps' }, 'ABTRACE_GC must be 1 or 0, got "perhaps"'],
    [{ ABTRACE_EVERY: '5' }, 'ABTRACE_EVERY must be a duration'],
    [{ ABTRACE_WHEN: 'rss>' }, 'ABTRACE_WHEN must be a condition such as'],
    [{ ABTRACE_KEEP: '0' }, 'ABTRACE_KEEP must be a whole number'],
    [{ ABTRACE_SIGNAL: 'SIGKILL' }, 'ABTRACE_SIGNAL must be a signal that a program can spare'],
    [
      { ABTRACE_TRESHOLD: '1' },
      'unknown environment variable ABTRACE_TRESHOLD: did you mean ABTRACE_THRESHOLD?',
    ],
    [{ abtrace_out: 'dumps' }, 'unknown environment variable abtrace_out: did you mean ABTRACE_OUT?'],
  ])('refuse %j', (environment: Record<string, string>, message) => {
    expect(() => read(environment)).toThrow(
      expect.objectContaining({ constructor: UsageError, message: expect.stringContaining(message) }),
    );
  });

  it('leave variables alone that are somebody else’s', () => {
    expect(
      read({ ABTRACE_NODE: 'x', ABTRACE_TEST_NODE_FLAGS: '', ABTRACE_ADDON: 'y', ABTRACED: 'z' }).start,
    ).toEqual({});
  });
});

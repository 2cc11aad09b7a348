// Which misspellings are recognised, and which names are left alone.
import { describe, expect, it } from 'vitest';
import { nearest } from '../../../lib/cli/suggest';

const known = ['ABTRACE_THRESHOLD', 'ABTRACE_OUT', 'ABTRACE_GC', 'ABTRACE_EVERY', 'ABTRACE_DEPENDENCY'];

describe('nearest', () => {
  it.each([
    ['ABTRACE_TRESHOLD', 'ABTRACE_THRESHOLD'],
    ['ABTRACE_THRESHHOLD', 'ABTRACE_THRESHOLD'],
    ['ABTRACE_THERSHOLD', 'ABTRACE_THRESHOLD'],
    ['ABTRACE_OUTT', 'ABTRACE_OUT'],
    ['ABTRACE_EVRY', 'ABTRACE_EVERY'],
    ['ABTRACE_DEPENDENCIES', null],
    ['ABTRACE_DEPENDENCYS', 'ABTRACE_DEPENDENCY'],
    ['ABTRACE_NODE', null],
    ['ABTRACE_TEST_NODE_FLAGS', null],
    ['ABTRACE_VERY_OTHER', null],
  ])('%s: %s', (text, meant) => {
    expect(nearest(text, known)).toBe(meant);
  });

  it('takes the nearest of several', () => {
    expect(nearest('--uset', ['--used', '--users', '--user'])).toBe('--used');
    expect(nearest('--useer', ['--users', '--user'])).toBe('--user');
  });
});

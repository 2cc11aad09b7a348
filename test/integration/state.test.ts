// Every exported function in every state of the tracer and of the thread that calls it.

import { describe, expect, it } from 'vitest';
import * as abtrace from '../../lib/index';
import { programPath } from './programs';
import { runNode } from './support';

type Outcomes = Record<string, string>;

const always = {
  label: '7',
  labelThrows: 'SyntaxError',
  estimateRetainers: 'object',
  readDump: 'object',
  topSites: 'object',
  diff: 'object',
  explainCoverage: 'object',
  judge: 'object',
  assertNoGrowth: 'promise',
  toCollapsed: 'ok',
  toCsv: 'ok',
  toHeapProfile: 'ok',
  toPprof: 'ok',
  toSpeedscope: 'ok',
  dumpWhen: 'as it should',
  exportDump: 'ok',
  startWrong: 'RangeError',
  writeDump: 'promise',
};
const idle: Outcomes = {
  ...always,
  isTracing: 'false',
  dump: 'StateError ABTRACE_STATE',
  dumpCollected: 'StateError ABTRACE_STATE',
  writeDumpSync: 'StateError ABTRACE_STATE',
  startOther: 'not tried',
  startAgain: 'not tried',
};
const tracing: Outcomes = {
  ...always,
  isTracing: 'true',
  dump: 'object',
  dumpCollected: 'object',
  writeDumpSync: 'ok',
  startOther: 'StateError ABTRACE_STATE',
  startAgain: 'ok',
};

const untilExit: Record<string, Outcomes> = {
  idle,
  'idle, written': { writeDump: 'StateError ABTRACE_STATE' },
  'worker, idle': idle,
  'worker, start': { start: 'ok' },
  'worker, tracing by itself': tracing,
  'worker, stop': { stop: 'ok' },
  'worker, idle, exit': idle,
  started: { start: 'ok' },
  tracing,
  'tracing, written': { writeDump: 'ok' },
  'worker, tracing': tracing,
  'worker, tracing, exit': tracing,
  stopped: { stop: 'ok', stopAgain: 'ok' },
  'after stop': idle,
  'started again': tracing,
  'worker, started again': tracing,
  'worker, started again, exit': tracing,
  uncaughtException: tracing,
  'under a label': tracing,
  'in a vm context': tracing,
};

async function runStates(atExit: string): Promise<Record<string, Outcomes>> {
  const { stdout, stderr, code } = await runNode([programPath('state.cjs'), atExit]);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const lines = stdout.trim().split('\n');
  return Object.assign({}, ...lines.map((line) => JSON.parse(line) as object)) as Record<string, Outcomes>;
}

describe('every function answers as it should', () => {
  it('when the tracer still runs at the exit', async () => {
    expect(await runStates('tracing at exit')).toEqual({
      ...untilExit,
      'beforeExit, tracing': tracing,
      'exit, tracing': tracing,
      'exit, stopped': { stop: 'ok' },
    });
  });

  it('when the tracer is first stopped, and started in the exit handler', async () => {
    expect(await runStates('idle at exit')).toEqual({
      ...untilExit,
      'beforeExit, idle': idle,
      'exit, idle': idle,
      'exit, started': { start: 'ok' },
      'exit, tracing since': tracing,
      'exit, stopped': { stop: 'ok' },
    });
  });

  it('and none is left out here', () => {
    const functions = Object.entries(abtrace).filter(
      ([name, value]) => typeof value === 'function' && !name.endsWith('Error'),
    );
    const tried = [...Object.keys(tracing), 'start', 'stop'];
    expect(functions.map(([name]) => name).filter((name) => !tried.includes(name))).toEqual([]);
  });
});

// Conditions on memory: how they are read, refused, and followed over time.
import { describe, expect, it } from 'vitest';
import {
  type Condition,
  ConditionWatch,
  type Figures,
  METRICS,
  parseConditions,
} from '../../../lib/capture/conditions';
import { UsageError } from '../../../lib/errors';

const one = (text: string): Condition | undefined => parseConditions(text, '--when')[0];

const figures = (given: Partial<Figures>): Figures => ({
  arrayBuffers: 0,
  external: 0,
  rss: 0,
  heapUsed: 0,
  heapTotal: 0,
  container: null,
  heapLimit: 1000,
  memoryLimit: 10_000,
  ...given,
});

describe('a condition', () => {
  it.each([
    ['arrayBuffers>2GB', { metric: 'arrayBuffers', kind: 'above', bytes: 2e9 }],
    ['rss >= 1.5GiB', { metric: 'rss', kind: 'above', bytes: 1.5 * 2 ** 30 }],
    ['HEAPUSED>90%', { metric: 'heapUsed', kind: 'share', share: 0.9 }],
    ['external+100MB/min', { metric: 'external', kind: 'growth', bytes: 100e6, overMs: 60e3 }],
    ['arrayBuffers + 1GB / 2h', { metric: 'arrayBuffers', kind: 'growth', bytes: 1e9, overMs: 7200e3 }],
    ['rss+5MB/s', { metric: 'rss', kind: 'growth', bytes: 5e6, overMs: 1000 }],
    ['rss+5MB/30 seconds', { metric: 'rss', kind: 'growth', bytes: 5e6, overMs: 30e3 }],
    ['container+5MB/hour', { metric: 'container', kind: 'growth', bytes: 5e6, overMs: 3600e3 }],
  ])('%s is read', (text, expected) => {
    expect(one(text)).toEqual({ text, ...expected });
  });

  it('may be one of several, separated by commas or as in PATH', () => {
    expect(
      parseConditions('rss>1GB, external>2GB:heapUsed>50%', '--when').map(({ metric }) => metric),
    ).toEqual(['rss', 'external', 'heapUsed']);
  });

  it.each([
    ['', 'must be conditions such as arrayBuffers>2GB'],
    ['2GB', 'must be a condition such as'],
    ['rss<1GB', 'must be a condition such as'],
    ['arrayBufers>2GB', 'did you mean arrayBuffers?'],
    ['heat>2GB', `the figures are ${METRICS.join(', ')}`],
    ['rss>lots', 'must be a size in bytes'],
    ['rss>0', 'must be more than 0'],
    ['rss>120%', 'must be a share above 0% and up to 100%, got "120%"'],
    ['rss>0%', 'must be a share above 0%'],
    ['rss+100MB', 'needs a time, such as rss+100MB/min'],
    ['rss+100MB/fortnight', 'the time in --when "rss+100MB/fortnight" must be a duration'],
    ['rss+10%/min', 'must be a size in bytes'],
    ['rss>1GB/min', 'has a time, which belongs to growth: rss+1GB/min'],
  ])('%j is refused, and the message says why', (text, message) => {
    expect(() => one(text)).toThrow(UsageError);
    expect(() => one(text)).toThrow(message);
    expect(() => one(text)).toThrow('--when');
  });
});

describe('a condition that is followed', () => {
  const follow = (text: string) => new ConditionWatch(one(text) as Condition);

  it('is told of once each time that it comes to hold, and not for swinging around its line', () => {
    const watch = follow('rss>100');
    const taken = [90, 100, 120, 99, 101, 96, 120, 94, 100].map((rss, index) =>
      watch.takes(figures({ rss }), index),
    );
    expect(taken).toEqual([false, true, false, false, false, false, false, false, true]);
  });

  it('compares a share with the limit of the heap, or of memory', () => {
    expect(follow('heapUsed>50%').takes(figures({ heapUsed: 499 }), 0)).toBe(false);
    expect(follow('heapUsed>50%').takes(figures({ heapUsed: 500 }), 0)).toBe(true);
    expect(follow('rss>50%').takes(figures({ rss: 4999 }), 0)).toBe(false);
    expect(follow('rss>50%').takes(figures({ rss: 5000 }), 0)).toBe(true);
  });

  it('never holds for a figure that is not there', () => {
    expect(follow('container>1').takes(figures({}), 0)).toBe(false);
  });

  it('holds as soon as growth has reached its line, and looks back over its time only', () => {
    const soon = follow('rss+100/min');
    expect([0, 50, 100].map((rss, index) => soon.takes(figures({ rss }), index * 1000))).toEqual([
      false,
      false,
      true,
    ]);
    // 1.5 a second is 90 a minute, for ever.
    const slow = follow('rss+100/min');
    for (let second = 0; second < 1000; second++) {
      expect(slow.takes(figures({ rss: 1.5 * second }), second * 1000)).toBe(false);
    }
    expect(slow.takes(figures({ rss: 1520 }), 1000_000)).toBe(true);
  });

  it('holds anew after being forgotten', () => {
    const watch = follow('rss>100');
    expect(watch.takes(figures({ rss: 100 }), 0)).toBe(true);
    watch.forget();
    expect(watch.takes(figures({ rss: 100 }), 1)).toBe(true);
  });
});

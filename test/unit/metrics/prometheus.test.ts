import { describe, expect, it } from 'vitest';
import { formatReading, prometheusText, registerPromClient } from '../../../lib/metrics/prometheus';
import { type Reading, summarize } from '../../../lib/metrics/reading';
import { buildStory } from '../dump/dump-builder';
import { buildHostile } from '../export/export-samples';

const readingOf = (dump = buildStory()): Reading => ({
  takenAtMs: 1_769_860_800_000,
  tookMs: 12.5,
  ...summarize(dump),
});

/** Reads the text format as strictly as its specification; throws at the first line that is wrong. */
function parse(text: string): { name: string; labels: Record<string, string>; value: number }[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .filter((line) => !/^# (HELP|TYPE) [a-z_]+ .+$/.test(line))
    .map((line) => {
      const match = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[\d.e+]+)$/.exec(line);
      if (!match) throw new Error(`not a sample: ${line}`);
      const labels = [...(match[2] ?? '').matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, name, value]) => [
          name,
          (value ?? '').replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character)),
        ],
      );
      return { name: match[1] ?? '', labels: Object.fromEntries(labels), value: Number(match[3]) };
    });
}

describe('formatReading', () => {
  it('writes owners, coverage and the cost of reading', () => {
    const samples = parse(formatReading(readingOf()));
    expect(samples).toContainEqual({
      name: 'abtrace_owner_live_bytes',
      labels: {
        function: 'streamTurn',
        file: '/srv/app/src/conversation/session.ts',
        line: '212',
        package: '',
      },
      value: 2_410_000_000,
    });
    expect(samples).toContainEqual({ name: 'abtrace_array_buffers_bytes', labels: {}, value: 2_917_000_000 });
    expect(samples).toContainEqual({
      name: 'abtrace_coverage_bytes',
      labels: { category: 'below_threshold' },
      value: 1_100_000,
    });
    expect(samples).toContainEqual({ name: 'abtrace_reading_seconds', labels: {}, value: 0.0125 });
    const lines = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('escapes names so that each can be read back', () => {
    const names = parse(formatReading(readingOf(buildHostile())))
      .filter(({ name }) => name === 'abtrace_owner_live_bytes')
      .map(({ labels }) => labels.function);
    expect(names).toContain('"quoted", ,');
    expect(names).toContain('line\nend\r');
    expect(names).toContain('</script><b>');
  });

  it('says of a process that is not traced just that', () => {
    expect(parse(formatReading(null))).toEqual([{ name: 'abtrace_tracing', labels: {}, value: 0 }]);
    expect(prometheusText()).toBe(formatReading(null));
  });
});

describe('registerPromClient', () => {
  it('refuses wrong options', () => {
    expect(() => registerPromClient({ topOwners: 1.5 })).toThrow(RangeError);
    expect(() => registerPromClient({ top: 1 } as object)).toThrow(/unknown option/);
  });
});

// The rows of memory usage: one a second, and on a terminal one that moves.
import { Writable } from 'node:stream';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { MemoryView } from '../../../lib/cli/memory-view';

function collect(live: boolean, width: number): { view: MemoryView; text: () => string } {
  let text = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { view: new MemoryView({ output, live, width, colors: pc.createColors(false) }), text: () => text };
}

const usage = (arrayBuffers: number): NodeJS.MemoryUsage => ({
  rss: 123_456_789,
  heapTotal: 0,
  heapUsed: 8_000_000,
  external: 9_500_000,
  arrayBuffers,
});

describe('MemoryView', () => {
  it('prints a row for the first sample of each second', () => {
    const { view, text } = collect(false, 80);
    for (const elapsedMs of [100, 500, 1000, 1100, 1900, 2050, 2100])
      view.show(elapsedMs, usage(elapsedMs * 1e5));
    view.end();
    expect(text().split('\n')).toEqual([
      'seconds      rss   heapUsed   external   arrayBuffers  (MB)',
      '    1.0    123.5        8.0        9.5          100.0  ████████████',
      '    2.0    123.5        8.0        9.5          205.0  ████████████████████████',
      '',
    ]);
  });

  it('moves the last row on a terminal', () => {
    const { view, text } = collect(true, 80);
    view.show(500, usage(1e6));
    view.show(1000, usage(2e6));
    view.show(1500, usage(3e6));
    view.end();
    const [, first, second] = text().split('\n');
    expect(first?.split('\r\u001b[2K').map((row) => row.slice(0, 7).trim())).toEqual(['', '0.5', '1.0']);
    expect(second?.endsWith('\r\u001b[2K')).toBe(true);
  });

  it('is never wider than the terminal', () => {
    for (const width of [60, 80, 120]) {
      const { view, text } = collect(false, width);
      view.show(1000, usage(900e6));
      for (const line of text().split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    }
  });
});

// The lines of code shown around an owner.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pc from 'picocolors';
import { afterAll, describe, expect, it } from 'vitest';
import { excerptLines } from '../../../lib/cli/source-excerpt';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-test-'));
const file = path.join(folder, 'app.js');
fs.writeFileSync(file, Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n'));
const plain = pc.createColors(false);
const place = (line: number) => ({
  file,
  line,
  function: 'f',
  column: 1,
  origin: 'user' as const,
  package: null,
});

afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('excerptLines', () => {
  it('marks the line and shows four on each side', () => {
    expect(excerptLines(place(6), 80, plain)).toEqual([
      'app.js',
      '   2 | line 2',
      '   3 | line 3',
      '   4 | line 4',
      '   5 | line 5',
      '>  6 | line 6',
      '   7 | line 7',
      '   8 | line 8',
      '   9 | line 9',
      '  10 | line 10',
    ]);
  });

  it('stops at the ends of the file', () => {
    expect(excerptLines(place(1), 80, plain)).toHaveLength(6);
    expect(excerptLines(place(12), 80, plain).at(-1)).toBe('> 12 | line 12');
  });

  it('fits the width and shows no control characters', () => {
    fs.writeFileSync(path.join(folder, 'wide.js'), `${'x'.repeat(100)}\u001b[2J`);
    const lines = excerptLines({ ...place(1), file: path.join(folder, 'wide.js') }, 40, plain);
    expect(lines[1]).toHaveLength(40);
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('shows nothing of a file that has gone', () => {
    expect(excerptLines({ ...place(1), file: path.join(folder, 'gone.js') }, 80, plain)).toEqual([]);
  });
});

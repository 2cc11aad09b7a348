import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createExcerptReader } from '../../../../lib/report/html/excerpts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-excerpts-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
};

describe('an excerpt', () => {
  const file = write('a.ts', Array.from({ length: 9 }, (_, index) => `\tline ${index + 1}`).join('\r\n'));
  const read = createExcerptReader(Date.now() + 60_000);

  it('is the line with its neighbours, as spaces and without line ends', () => {
    expect(read({ file, line: 5 })).toEqual({
      firstLine: 2,
      lines: [2, 3, 4, 5, 6, 7, 8].map((line) => `  line ${line}`),
      changed: false,
    });
  });

  it('ends where the file does', () => {
    expect(read({ file, line: 1 })?.lines).toHaveLength(4);
    expect(read({ file, line: 9 })?.lines).toHaveLength(4);
    expect(read({ file, line: 10 })).toBeNull();
    expect(read({ file, line: 0 })).toBeNull();
  });

  it('says if the file was changed after the dump', () => {
    expect(createExcerptReader(0)({ file, line: 5 })?.changed).toBe(true);
  });

  it('is read of source code only, never of what a dump from elsewhere may name', () => {
    const secret = write('passwd', 'root:x');
    expect(read({ file: secret, line: 1 })).toBeNull();
    expect(read({ file: '/etc/passwd', line: 1 })).toBeNull();
    expect(read({ file: 'relative.js', line: 1 })).toBeNull();
    expect(read({ file: path.join(folder, 'missing.js'), line: 1 })).toBeNull();
    expect(read({ file: 'node:fs', line: 1 })).toBeNull();
  });

  it('has short and harmless lines', () => {
    const minified = write('m.js', `${'x'.repeat(500)}\u202e`);
    const [line = ''] = read({ file: minified, line: 1 })?.lines ?? [];
    expect(line).toHaveLength(161);
    expect(read({ file: write('b.js', 'a\u202eb'), line: 1 })?.lines).toEqual(['a\\u{202e}b']);
  });
});

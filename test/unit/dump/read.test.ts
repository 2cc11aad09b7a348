import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDump, readDump } from '../../../lib/dump/read';
import { DumpFileError } from '../../../lib/errors';
import { buildStory } from './dump-builder';

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-read-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const story = JSON.stringify(buildStory());

function fileWith(content: string | Buffer, name = 'dump.json'): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
}

/** The message of the error that reading throws, with the path taken out. */
function complaint(file: string): string {
  try {
    readDump(file);
  } catch (error) {
    expect(error).toBeInstanceOf(DumpFileError);
    expect(error).toMatchObject({ code: 'ABTRACE_DUMP_FILE', name: 'DumpFileError' });
    const { message } = error as DumpFileError;
    expect(message).toContain(file);
    return message.replace(`Cannot read dump ${file}: `, '');
  }
  throw new Error('readDump did not throw');
}

function complaintAbout(change: (dump: ReturnType<typeof buildStory>) => void): string {
  const dump = buildStory();
  change(dump);
  return complaint(fileWith(JSON.stringify(dump)));
}

describe('reading a dump', () => {
  it('returns what was written', () => {
    expect(readDump(fileWith(story))).toEqual(buildStory());
  });

  it('reads gzip by the first bytes, whatever the name', () => {
    expect(readDump(fileWith(zlib.gzipSync(story), 'dump.json.gz'))).toEqual(buildStory());
    expect(readDump(fileWith(zlib.gzipSync(story), 'dump.json'))).toEqual(buildStory());
    expect(readDump(fileWith(story, 'plain.json.gz'))).toEqual(buildStory());
  });

  it('passes over a byte order mark', () => {
    expect(readDump(fileWith(`\ufeff${story}`))).toEqual(buildStory());
  });

  it('tolerates fields that a later version adds', () => {
    const dump = { ...buildStory(), retainers: [{ path: 'x' }] };
    Object.assign(dump.sites[0] ?? {}, { ageHistogram: [1, 2] });
    expect(parseDump(JSON.stringify(dump))).toEqual(dump);
  });

  it('refuses a path that is no string', () => {
    expect(() => readDump(7 as unknown as string)).toThrow(TypeError);
    expect(() => readDump('')).toThrow("path must be a non-empty string, not ''");
  });
});

describe('files that cannot be read', () => {
  it('names a missing file', () => {
    expect(complaint(path.join(folder, 'none.json'))).toBe('no such file (ENOENT)');
  });

  it('says that a directory is one', () => {
    expect(complaint(folder)).toBe('this is a directory; name a file in it (EISDIR)');
  });

  it('says that a file is not a folder', () => {
    expect(complaint(path.join(fileWith(story), 'x.json'))).toBe(
      'a part of the path is not a directory (ENOTDIR)',
    );
  });

  it('says that a file is empty', () => {
    expect(complaint(fileWith(''))).toBe('the file is empty');
    expect(complaint(fileWith('  \n'))).toBe('the file is empty');
  });

  it('says where a truncated file ends', () => {
    const text = JSON.stringify(buildStory(), null, 2).slice(0, 200);
    const lines = text.split('\n');
    const where = `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
    expect(complaint(fileWith(text))).toBe(`the JSON ends too early, at ${where}; was the file cut off?`);
  });

  it('calls every proper beginning of a dump cut off', () => {
    for (let length = 1; length < story.length; length += 97) {
      expect(() => parseDump(story.slice(0, length))).toThrow('ends too early');
    }
  });

  it('says where a file stops being JSON', () => {
    expect(complaint(fileWith('{\n  "format": abtrace-dump\n}'))).toBe(
      'not JSON: unexpected "abtrace-dump\\n}" at line 2, column 13',
    );
    expect(complaint(fileWith('<html></html>'))).toBe(
      'not JSON: unexpected "<html></html>" at line 1, column 1',
    );
  });

  it('does not print what would act on a terminal', () => {
    expect(complaint(fileWith('\u001b[31mred'))).toContain('\\u001b[31mred');
  });

  it('says that gzip data are cut off or broken', () => {
    const zipped = zlib.gzipSync(story);
    expect(complaint(fileWith(zipped.subarray(0, 100)))).toBe(
      'the gzip data end too early, after 100 bytes; was the file cut off?',
    );
    zipped.fill(0xaa, 20, 60);
    expect(complaint(fileWith(zipped))).toContain('broken gzip data');
  });
});

describe('any text at all', () => {
  it('is a dump, or refused by a DumpFileError', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ ...JSON.parse(story), sites: value })),
    );
    const damaged = fc.tuple(fc.nat(), fc.string({ maxLength: 3 })).map(([at, text]) => {
      const cut = at % story.length;
      return story.slice(0, cut) + text + story.slice(cut + text.length);
    });
    fc.assert(
      fc.property(fc.oneof(noise, damaged), (text) => {
        try {
          parseDump(text);
        } catch (error) {
          expect(error).toBeInstanceOf(DumpFileError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('files that are something else', () => {
  it.each([
    ['{}', ': its field "format" is not "abtrace-dump"'],
    ['{"format":"speedscope"}', ': its field "format" is not "abtrace-dump"'],
    ['[]', ': its field "format" is not "abtrace-dump"'],
    ['null', ''],
    ['"abtrace-dump"', ''],
    ['{"snapshot":{"meta":{}},"nodes":[]}', '; this looks like a V8 heap snapshot'],
    ['{"head":{},"samples":[]}', '; this looks like a V8 heap profile'],
    ['{"nodes":[],"timeDeltas":[]}', '; this looks like a V8 CPU profile'],
    ['{"header":{},"javascriptHeap":{}}', '; this looks like a diagnostic report of Node.js'],
  ])('says that %s is not a dump', (text, hint) => {
    expect(complaint(fileWith(text))).toBe(`not a dump of abtrace${hint}`);
  });

  it('says what to do about a newer version', () => {
    expect(complaint(fileWith('{"format":"abtrace-dump","version":2,"whatever":true}'))).toBe(
      'written in version 2 of the dump format, by a newer abtrace; this one reads version 1. ' +
        'Update with: npm install abtrace@latest',
    );
  });

  it.each(['"1"', '0', '-1', '1.5', 'null'])('refuses version %s', (version) => {
    expect(complaint(fileWith(`{"format":"abtrace-dump","version":${version}}`))).toMatch(
      /^version: expected 1, got /,
    );
  });
});

describe('dumps with a wrong field', () => {
  it.each<[string, (dump: ReturnType<typeof buildStory>) => void]>([
    ['process: expected an object, got nothing', (dump) => Reflect.deleteProperty(dump, 'process')],
    ['sites: expected an array, got "many"', (dump) => Reflect.set(dump, 'sites', 'many')],
    [
      'sites[3].liveBytes: expected a whole number of at least 0, got -1',
      (dump) => Reflect.set(dump.sites[3] ?? {}, 'liveBytes', -1),
    ],
    [
      'sites[0].liveCount: expected a whole number of at least 0, got 1.5',
      (dump) => Reflect.set(dump.sites[0] ?? {}, 'liveCount', 1.5),
    ],
    [
      'sites[0].peakBytes: expected a whole number of at least 0, got "12"',
      (dump) => Reflect.set(dump.sites[0] ?? {}, 'peakBytes', '12'),
    ],
    [
      'sites[1].oldestMs: expected a number of at least 0 or null, got -5',
      (dump) => Reflect.set(dump.sites[1] ?? {}, 'oldestMs', -5),
    ],
    [
      'sites[0].owner.line: expected a whole number of at least 0, got "twelve"',
      (dump) => Reflect.set(dump.sites[0]?.owner ?? {}, 'line', 'twelve'),
    ],
    [
      'sites[0].owner.via: expected "stack" or "cause" or "dependency" or "none", got "luck"',
      (dump) => Reflect.set(dump.sites[0]?.owner ?? {}, 'via', 'luck'),
    ],
    [
      'sites[1].label.tool: expected a string, got 5',
      (dump) => Reflect.set(dump.sites[1]?.label ?? {}, 'tool', 5),
    ],
    [
      'sites[2].label: expected an object or null, got true',
      (dump) => Reflect.set(dump.sites[2] ?? {}, 'label', true),
    ],
    [
      'frames[0].function: expected an index into strings, 0 to 23, got 24',
      (dump) => Reflect.set(dump.frames[0] ?? {}, 'function', dump.strings.length),
    ],
    [
      'frames[1].package: expected an index into strings, 0 to 23, got 1000000',
      (dump) => Reflect.set(dump.frames[1] ?? {}, 'package', 1_000_000),
    ],
    [
      'frames[2].original.file: expected an index into strings, 0 to 23, got 99',
      (dump) => Reflect.set(dump.frames[2] ?? {}, 'original', { function: 0, file: 99, line: 1, column: 1 }),
    ],
    [
      'stacks[1][0]: expected an index into frames, 0 to 11, got 12',
      (dump) => Reflect.set(dump.stacks[1] ?? [], 0, dump.frames.length),
    ],
    [
      'sites[0].cause: expected an index into stacks, 0 to 5, got 6',
      (dump) => Reflect.set(dump.sites[0] ?? {}, 'cause', dump.stacks.length),
    ],
    [
      'sites[1].retainers[0].path: expected no index, since paths is empty, got 0',
      (dump) => Reflect.set(dump.sites[1] ?? {}, 'retainers', [{ path: 0, bytes: 1, count: 1 }]),
    ],
    [
      'paths[0].root.where: expected an index into frames, 0 to 11, got 12',
      (dump) => {
        const root = { kind: 'module', name: 'sessions', class: 'Map', where: dump.frames.length };
        Reflect.set(dump, 'paths', [{ thread: 0, root, steps: [] }]);
      },
    ],
    [
      'sites[0].stack: expected no index, since stacks is empty, got 0',
      (dump) => Reflect.set(dump, 'stacks', []),
    ],
    [
      'createdAt: expected a date as in 2026-01-31T12:00:00.000Z, got "yesterday"',
      (dump) => Reflect.set(dump, 'createdAt', 'yesterday'),
    ],
    [
      'createdAt: expected a date that exists, got "2026-13-45T12:00:00Z"',
      (dump) => Reflect.set(dump, 'createdAt', '2026-13-45T12:00:00Z'),
    ],
    [
      'process.threads[0].alive: expected true or false, got "yes"',
      (dump) => Reflect.set(dump.process.threads[0] ?? {}, 'alive', 'yes'),
    ],
    [
      'coverage.remainderBytes: expected a finite number, got null',
      (dump) => Reflect.set(dump.coverage, 'remainderBytes', null),
    ],
  ])('says: %s', (expected, change) => {
    expect(complaintAbout(change)).toBe(expected);
  });

  it('refuses numbers that are too big for a double', () => {
    const text = story.replace(/"liveBytes":2410000000/, '"liveBytes":1e999');
    expect(() => parseDump(text, 'huge.json')).toThrow(
      'sites[0].liveBytes: expected a whole number of at least 0, got Infinity',
    );
  });

  it('shortens what it quotes', () => {
    const message = complaintAbout((dump) => Reflect.set(dump.process, 'pid', 'x'.repeat(10_000)));
    expect(message.length).toBeLessThan(200);
  });
});

import { describe, expect, it } from 'vitest';
import { writeAnswer } from '../../../../lib/report/html/answer';
import { buildDump, buildStory } from '../../dump/dump-builder';
import { storyAt } from './sample-dumps';

const textOf = (...dumps: Parameters<typeof writeAnswer>[0]) =>
  writeAnswer(dumps)
    .map(({ text }) => text)
    .join('');

describe('the answer', () => {
  it('says how much, whose, held by what and how fast, of a dump that knows all that', () => {
    expect(textOf(storyAt(34, '/srv/app/src/session.ts'))).toBe(
      '2.92 GB of 3.39 GB external is ArrayBuffers; 93.2 % was caused by streamTurn at src/session.ts:12; ' +
        'held by Session.chunks; growing 4,790 MB/h over 34 min.',
    );
  });

  it('leaves out what the dump does not know', () => {
    expect(textOf(buildStory())).toBe(
      '2.92 GB of 2.92 GB external is ArrayBuffers; 82.6 % was caused by streamTurn at ' +
        'src/conversation/session.ts:212; growing 490 MB/h over 34 min.',
    );
  });

  it('sets figures, names and places apart from words', () => {
    const set = writeAnswer([buildStory()]).map(({ text, as }) => [as, text]);
    expect(set).toContainEqual(['code', 'streamTurn']);
    expect(set).toContainEqual(['place', 'src/conversation/session.ts:212']);
    expect(set).toContainEqual(['figure', '82.6 %']);
  });

  it('takes the speed from the dumps where there are several', () => {
    expect(textOf(storyAt(12), storyAt(34))).toMatch(/growing 4,8\d\d MB\/h over 22 min\.$/);
  });

  it('claims no speed across processes', () => {
    const [before, after] = [storyAt(12), storyAt(34)];
    const other = { ...before, process: { ...before.process, pid: 1 } };
    expect(textOf(other, after)).not.toMatch(/growing|shrinking/);
  });

  it('says that it is the biggest of many where none has half of it', () => {
    const sites = Array.from({ length: 9 }, (_, index) => ({
      stack: [`user f${index} /srv/app/a.js:${index + 1}:1`],
      liveBytes: 100 + index,
    }));
    expect(textOf(buildDump({ sites }))).toMatch(/the most, 11\.5 %, was allocated by f8 at a\.js:9;/);
  });

  it('names the package of a dependency, and a function without a name', () => {
    const stack = ['dependency:got - /srv/app/node_modules/got/index.js:7:1'];
    expect(textOf(buildDump({ sites: [{ stack, liveBytes: 10 }] }))).toMatch(
      /was allocated by an unnamed function of the package got at node_modules\/got\/index\.js:7/,
    );
  });

  it('says so if nothing is alive, has no JavaScript, or does not grow', () => {
    const growth = { mbPerHour: 0, bytesPerSecond: 0, overSeconds: 60 };
    expect(textOf(buildDump({ growth }))).toMatch(
      /nothing that is alive was recorded; not growing over 60 s\.$/,
    );
    expect(textOf(buildDump({ sites: [{ stack: null, liveBytes: 5 }] }))).toMatch(
      /100 % has no JavaScript on record/,
    );
  });

  it('does not compare with external where Node leaves ArrayBuffers out of it', () => {
    const dump = buildDump({
      sites: [{ liveBytes: 1_000_000 }],
      memory: { arrayBuffersBytes: 1_000_000, externalBytes: 4_000 },
    });
    expect(textOf(dump)).toMatch(/^1\.00 MB is ArrayBuffers;/);
  });

  it('speaks of memory past the allocator, and counts it in the shares', () => {
    const sites = [
      { stack: ['user grow /srv/app/a.js:1:1'], liveBytes: 90, kind: 'wasm' as const, pastAllocator: true },
      { stack: ['user fill /srv/app/a.js:2:1'], liveBytes: 10 },
    ];
    const memory = { arrayBuffersBytes: 10, externalBytes: 20 };
    expect(
      textOf(buildDump({ sites, memory, coverage: { arrayBuffersBytes: 10, attributedBytes: 10 } })),
    ).toMatch(
      /^10 B of 20 B external is ArrayBuffers, beside 90 B of WebAssembly memory; 90\.0 % was allocated by grow/,
    );
  });

  it('makes hostile names harmless and short', () => {
    const stack = [`user ${'a\u202e'.repeat(200)} /srv/app/a.js:1:1`];
    const answer = textOf(buildDump({ sites: [{ stack, liveBytes: 5 }] }));
    expect(answer).not.toContain('\u202e');
    expect(answer.length).toBeLessThan(300);
  });
});

import { describe, expect, it } from 'vitest';
import { createInnermostFinder, withOwners } from '../../../lib/analysis/owner';
import { buildDump } from '../dump/dump-builder';

const NODE = 'node read node:fs:1:1';
const USER = 'user main /srv/app/a.js:10:3';
const OTHER_USER = 'user other /srv/app/b.js:20:5';
const DEPENDENCY = 'dependency:got get /srv/app/node_modules/got/i.js:5:1';
const OTHER_DEPENDENCY = 'dependency:ws send /srv/app/node_modules/ws/i.js:6:1';
const NAMELESS = 'user evaluated :1:1';
const UNNAMED_SCRIPT = 'user run evalmachine.<anonymous>:1:7';
const NATIVE = 'native grow wasm://wasm/1:0:0';

describe('the owner of a site', () => {
  it.each<[string, string[] | null, string[] | null, string | null, string | null]>([
    ['the first user frame of the stack', [NODE, USER, OTHER_USER], [OTHER_USER], 'main', 'stack'],
    ['a user frame of the stack before a dependency nearer by', [DEPENDENCY, USER], null, 'main', 'stack'],
    [
      'the user frame of the cause if the stack has none',
      [NODE, DEPENDENCY],
      [OTHER_DEPENDENCY, USER],
      'main',
      'cause',
    ],
    ['the user frame of the cause if there is no stack', null, [USER, OTHER_USER], 'main', 'cause'],
    [
      'the dependency of the stack if there is no user',
      [NODE, DEPENDENCY],
      [OTHER_DEPENDENCY],
      'get',
      'dependency',
    ],
    [
      'the dependency of the cause if the stack has none',
      [NODE],
      [NODE, OTHER_DEPENDENCY],
      'send',
      'dependency',
    ],
    ['a named user frame further out before a nameless one', [NAMELESS, USER], null, 'main', 'stack'],
    ['a named user frame of the cause before a nameless one', [NAMELESS], [USER], 'main', 'cause'],
    ['a dependency before a nameless user frame', [NAMELESS], [DEPENDENCY], 'get', 'dependency'],
    ['a nameless user frame if there is nothing else', [NODE, NAMELESS], null, 'evaluated', 'stack'],
    ['a nameless user frame of the cause', [NODE], [UNNAMED_SCRIPT], 'run', 'cause'],
    ['nobody if only Node is on the stack', [NODE, NATIVE], [NODE], null, null],
    ['nobody if there is nothing', null, null, null, null],
    ['nobody if the stack is empty', [], [], null, null],
  ])('is %s', (_title, stack, cause, expected, via) => {
    const [site] = withOwners(buildDump({ sites: [{ stack, cause, liveBytes: 1 }] })).sites;
    expect(site?.owner?.function ?? null).toBe(expected);
    expect(site?.owner?.via ?? null).toBe(via);
  });

  it('tells file, line, column, origin and package', () => {
    const [site] = buildDump({ sites: [{ stack: [DEPENDENCY], liveBytes: 1 }] }).sites;
    expect(site?.owner).toEqual({
      function: 'get',
      file: '/srv/app/node_modules/got/i.js',
      line: 5,
      column: 1,
      origin: 'dependency',
      package: 'got',
      via: 'dependency',
    });
  });

  it('is in terms of the original source where that is known', () => {
    const dump = buildDump({ sites: [{ stack: [USER], liveBytes: 1 }] });
    const index = (text: string) => dump.strings.push(text) - 1;
    const original = { function: index('principal'), file: index('/srv/app/src/a.ts'), line: 99, column: 4 };
    const mapped = withOwners({ ...dump, frames: dump.frames.map((frame) => ({ ...frame, original })) });
    expect(mapped.sites[0]?.owner).toMatchObject({
      function: 'principal',
      file: '/srv/app/src/a.ts',
      line: 99,
      column: 4,
    });
    expect(createInnermostFinder(mapped)(0)).toMatchObject({ function: 'principal', line: 99 });
  });
});

// `go tool pprof` on exported profiles: it opens them without complaint, and its totals are the dump's.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dump } from '../../lib/dump/format';
import type { ExportOptions } from '../../lib/export/options';
import { toPprof } from '../../lib/export/pprof';
import { packageFolder, runCli, runNode, temporaryFolder } from '../integration/support';
import { buildHostile, buildStory, totalOf } from '../unit/export/export-samples';

const folder = temporaryFolder();

beforeAll(() => {
  // Says at once what is missing.
  execFileSync('go', ['version']);
});

/** Runs pprof; what it says on stderr must be nothing. */
function pprof(args: string[]): string {
  const result = spawnSync('go', ['tool', 'pprof', ...args], {
    encoding: 'utf8',
    env: { ...process.env, HOME: folder, PPROF_TMPDIR: folder },
  });
  expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' });
  return result.stdout;
}

function profileOf(dump: Dump, options: ExportOptions = {}): string {
  const file = path.join(folder, `${Math.random().toString(36).slice(2)}.pb.gz`);
  fs.writeFileSync(file, toPprof(dump, options));
  return file;
}

/** The total that `-top` states, exactly: in bytes, or in objects. */
function totalByTop(file: string, sampleIndex: string, unit: string): number {
  const text = pprof(['-top', `-sample_index=${sampleIndex}`, `-unit=${unit}`, file]);
  return Number(/ of (\d+)\S* total/.exec(text)?.[1]);
}

/** The sums of all samples as `-raw` lists them, by sample type. */
function totalsByRaw(file: string): Record<string, number> {
  const lines = pprof(['-raw', file]).split('\n');
  const start = lines.indexOf('Samples:');
  const types = (lines[start + 1] ?? '').trim().split(/\s+/);
  const sums = types.map(() => 0);
  for (const line of lines.slice(start + 2, lines.indexOf('Locations'))) {
    const values = /^\s*((?:\d+\s*)+):/.exec(line)?.[1]?.trim().split(/\s+/);
    for (const [at, value] of (values ?? []).entries()) sums[at] = (sums[at] ?? 0) + Number(value);
  }
  return Object.fromEntries(types.map((type, at) => [type, sums[at] ?? 0]));
}

const totals = (dump: Dump) => ({
  'objects/count': totalOf(dump, 'count'),
  'space/bytes[dflt]': totalOf(dump, 'live'),
  'alloc_objects/count': totalOf(dump, 'total-count'),
  'alloc_space/bytes': totalOf(dump, 'total'),
});

describe('go tool pprof', () => {
  it.each([
    ['a story', buildStory()],
    ['hostile names', buildHostile()],
  ])('adds %s up to what the dump says', (_title, dump) => {
    for (const join of ['none', 'cause'] as const) {
      const file = profileOf(dump, { join });
      expect(totalsByRaw(file)).toEqual(totals(dump));
      expect(totalByTop(file, 'space', 'B')).toBe(totalOf(dump, 'live'));
      expect(totalByTop(file, 'alloc_space', 'B')).toBe(totalOf(dump, 'total'));
    }
  });

  it('shows live bytes unless told otherwise, and knows what it reads', () => {
    const text = pprof(['-top', '-nodecount=3', profileOf(buildStory(), { join: 'cause' })]);
    expect(text).toContain('File: server.js\n');
    expect(text).toContain('Type: space\n');
    expect(text).toMatch(/Time: Jan 31, 2026/);
    expect(text).toMatch(/^\s*2298\.36MB .* fetchParams\.controller\.resume$/m);
  });

  it('lists lines of code, and finds what a label or a cause leads to', () => {
    const file = profileOf(buildStory(), { join: 'cause' });
    expect(pprof(['-top', '-lines', file])).toContain('streamTurn /srv/app/src/conversation/session.ts:212');
    expect(pprof(['-tags', file])).toMatch(/tool: Total 457\.8MB\n.*avatars/);
    expect(pprof(['-top', '-unit=B', '-focus=streamTurn', file])).toContain('2410000000B');
    expect(pprof(['-top', '-unit=B', '-tagfocus=tool=avatars', file])).toContain('480000000B');
  });

  it('takes the difference of two profiles', () => {
    const [before, after] = [profileOf(buildStory(0.5)), profileOf(buildStory(1))];
    const grown = totalOf(buildStory(1), 'live') - totalOf(buildStory(0.5), 'live');
    expect(pprof(['-top', '-unit=B', `-diff_base=${before}`, after])).toContain(`${grown}B`);
  });

  it('opens what the command line wrote of a real program', async () => {
    const dump = path.join(folder, 'real.json');
    const source = `const abtrace = require(${JSON.stringify(packageFolder)});
abtrace.start();
const kept = [];
(function fill() { for (let i = 0; i < 20; i++) kept.push(Buffer.alloc(123_457)); })();
abtrace.writeDumpSync(${JSON.stringify(dump)}, { gc: true });
console.log(kept.length);`;
    expect(await runNode(['-e', source])).toMatchObject({ code: 0 });
    const file = path.join(folder, 'real.pb.gz');
    expect((await runCli(['export', dump, '-f', 'pprof', '-o', file])).code).toBe(0);
    expect(totalsByRaw(file)).toEqual(totals(JSON.parse(fs.readFileSync(dump, 'utf8')) as Dump));
  });
});

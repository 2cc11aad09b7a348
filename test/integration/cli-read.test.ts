// `abtrace top` and `abtrace diff` on dumps of a real program: tables, JSON, filters, limits, pipes that close.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runDumpingProgram } from './dumping-program';
import { cliPath, nodeFlags, runCli, temporaryFolder } from './support';

const folder = temporaryFolder();
const before = path.join(folder, 'before.json');
const after = path.join(folder, 'after.json');
const app = path.join(folder, 'app.js');

beforeAll(async () => {
  await runDumpingProgram(
    folder,
    `function fillLess(count) {
  for (let i = 0; i < count; i++) kept.push(Buffer.alloc(500_000));
}
fill(3);
fillLess(1);
abtrace.writeDumpSync(${JSON.stringify(before)}, { gc: true });
abtrace.label({ tool: 'labelled' }, () => fill(12));
abtrace.writeDumpSync(${JSON.stringify(after)}, { gc: true });
`,
  );
});

describe('abtrace top', () => {
  it('shows owners, biggest first, without colours where there is no terminal', async () => {
    const { code, stdout, stderr } = await runCli(['top', after]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('\u001b');
    const rows = stdout.split('\n').filter((line) => line.includes('app.js:'));
    expect(rows[0]).toMatch(/15\.0 MB.*fill .*app\.js:5/);
    expect(rows[1]).toMatch(/500 KB.*fillLess .*app\.js:8/);
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await runCli(['top', after, '--json', '--limit', '1']);
    const { by, rows, process: about, coverage } = JSON.parse(stdout);
    expect(by).toBe('owner');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      liveBytes: 15_000_000,
      liveCount: 15,
      owner: { function: 'fill', line: 5 },
    });
    expect(about.script).toBe(app);
    expect(coverage.attributedBytes).toBeGreaterThanOrEqual(15_500_000);
  });

  it('groups by anything', async () => {
    for (const by of ['owner', 'site', 'package', 'file', 'cause', 'label', 'kind', 'thread']) {
      const { code, stdout } = await runCli(['top', after, '--by', by, '--json']);
      expect(code).toBe(0);
      const rows: { liveBytes: number }[] = JSON.parse(stdout).rows;
      expect(rows.reduce((sum, row) => sum + row.liveBytes, 0)).toBeGreaterThanOrEqual(15_500_000);
    }
  });

  it('filters by label', async () => {
    for (const label of ['tool=labelled', 'tool']) {
      const { stdout } = await runCli(['top', after, '--label', label, '--json']);
      expect(JSON.parse(stdout).rows).toMatchObject([{ liveBytes: 12_000_000 }]);
    }
    const { stdout } = await runCli(['top', after, '--label', 'tool=other', '--json']);
    expect(JSON.parse(stdout).rows).toEqual([]);
  });

  it('classifies anew', async () => {
    const { stdout } = await runCli(['top', after, '--dependency', app, '--json', '--limit', '1']);
    expect(JSON.parse(stdout).rows[0].owner).toMatchObject({ origin: 'dependency', via: 'dependency' });
  });

  it('takes the newest dump of a directory, and says which', async () => {
    const { stdout, stderr } = await runCli(['top', folder, '--json', '--limit', '1']);
    expect(stderr).toBe(`abtrace: reading ${after}, the newest of 2\n`);
    const { rows, verdicts } = JSON.parse(stdout);
    expect(rows[0].liveBytes).toBe(15_000_000);
    // What came before it is part of the evidence.
    expect(verdicts.dumps).toBe(2);
  });

  it('does not take what a program lets go of at its end for what became of it', async () => {
    const place = temporaryFolder();
    const [running, end] = ['0001-interval', '0002-exit'].map((name) =>
      path.join(place, `abtrace-${name}.json`),
    );
    await runDumpingProgram(
      place,
      `fill(12);
abtrace.writeDumpSync(${JSON.stringify(running)}, { gc: true });
kept.length = 0;
setTimeout(() => abtrace.writeDumpSync(${JSON.stringify(end)}, { gc: true }), 20);
`,
    );
    const { stdout, stderr } = await runCli(['top', place, '--json']);
    expect(stderr).toContain('at its end the program had let go of most of its memory');
    const { rows, verdicts } = JSON.parse(stdout);
    expect(rows[0].liveBytes).toBe(12_000_000);
    expect(verdicts.process.verdict).not.toBe('collector-lag');
    expect(JSON.parse((await runCli(['top', end ?? '', '--json'])).stdout).rows[0]?.liveBytes ?? 0).toBe(0);
  });

  it('colours when asked, and never against --no-color or NO_COLOR', async () => {
    const sequence = '\u001b[';
    expect((await runCli(['top', after, '--color'])).stdout).toContain(sequence);
    expect((await runCli(['top', after], { env: { FORCE_COLOR: '1' } })).stdout).toContain(sequence);
    expect((await runCli(['top', after, '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain(
      escape,
    );
    expect((await runCli(['top', after], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(
      escape,
    );
  });

  it('does not mind that nobody reads on', async () => {
    const child = spawn(process.execPath, [...nodeFlags, cliPath, 'top', after, '--json', '--limit', 'all'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // The reading end is closed before the first byte is written.
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('abtrace diff', () => {
  it('shows what grew, in bytes and MB per hour', async () => {
    const { code, stdout, stderr } = await runCli(['diff', before, after]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\+12\.0 MB.*B\/h.*fill .*app\.js:5/);
    expect(stdout).not.toMatch(/fillLess/);
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await runCli(['diff', before, after, '--json']);
    const { rows, liveBytes, elapsedSeconds } = JSON.parse(stdout);
    expect(liveBytes.delta).toBeGreaterThanOrEqual(12_000_000);
    expect(rows[0]).toMatchObject({
      liveBytes: { before: 3_000_000, after: 15_000_000, delta: 12_000_000 },
      owner: { function: 'fill' },
    });
    expect(rows[0].mbPerHour).toBeCloseTo((12 / elapsedSeconds) * 3600, 3);
  });

  it('exits with 3 when more grew than it may', async () => {
    const exceeded = await runCli(['diff', before, after, '--fail-over', '10MB']);
    expect(exceeded.code).toBe(3);
    expect(exceeded.stderr).toMatch(
      /^abtrace: limit exceeded: live bytes grew by 12\.0 MB, more than 10\.0 MB\n$/,
    );
    expect(await runCli(['diff', before, after, '--fail-over', '20MB'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await runCli(['diff', after, before, '--fail-over', '0'])).toMatchObject({ code: 0 });
    const asJson = await runCli(['diff', before, after, '--fail-over', '10MB', '--json']);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ failOverBytes: 10_000_000, exceeded: true });
    expect(asJson.code).toBe(3);
  });
});

// `abtrace demo` tells its story on every Node, in time, and leaves nothing behind.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isStressed, runCli, temporaryFolder } from './support';

const client = path.join('dist', 'cli', 'demo', 'chat-client.js');

describe('abtrace demo', () => {
  it('shows memory climbing, the line that owns it, and how fast it grows', async () => {
    const folder = temporaryFolder();
    const startedMs = Date.now();
    const { code, stdout, stderr } = await runCli(['demo'], { env: { TMPDIR: folder } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    if (!isStressed) expect(Date.now() - startedMs).toBeLessThan(20_000);

    const samples = stdout
      .split('\n')
      .filter((line) => /^ +\d+\.\d( +\d+\.\d){4}/.test(line))
      .map((line) => line.trim().split(/ +/).map(Number));
    expect(samples.length).toBeGreaterThanOrEqual(isStressed ? 2 : 7);
    const [first, last] = [samples[0] ?? [], samples.at(-1) ?? []];
    const [, , heapUsed = 0, , arrayBuffers = 0] = last;
    expect(arrayBuffers).toBeGreaterThan((first[4] ?? 0) * 2);
    if (!isStressed) expect(heapUsed).toBeLessThan(30);

    expect(stdout).toMatch(/\$ abtrace top \S+-exit\.json/);
    expect(stdout).toMatch(/9\d(\.\d)? %.*streamAnswer.*chat-client\.js:\d+/);
    expect(stdout).toMatch(/^> +\d+ \| .*(fetch\(|for await)/m);
    expect(stdout).toMatch(/\$ abtrace diff \S+-interval\.json \S+-exit\.json/);
    expect(stdout).toMatch(/[\d,]+ MB per hour from chat-client\.js:\d+/);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('goes away on Ctrl-C with all that it started', async () => {
    const folder = temporaryFolder();
    let sent = false;
    const result = await runCli(['demo'], {
      env: { TMPDIR: folder },
      onStdout: (text, child) => {
        if (!sent && text.includes('arrayBuffers')) sent = child.kill('SIGINT');
      },
    });
    expect(result).toMatchObject({ code: null, signal: 'SIGINT', stderr: '' });
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('ships programs that a person can read', () => {
    const text = fs.readFileSync(path.join(__dirname, '..', '..', client), 'utf8');
    expect(text).toContain('for await (const chunk of response.body');
  });
});

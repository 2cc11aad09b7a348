// `abtrace watch` on a running program and on a directory: plain where the output is no terminal, and on a terminal in
// full screen, which is given back however it ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { portsOf, startProgram } from './attach-support';
import { cliPath, runCli, temporaryFolder } from './support';

const GROWING = `
const kept = (globalThis.kept = []);
function grow() { kept.push(Buffer.alloc(100_000)); }
setInterval(grow, 10);
console.log('ready');
`;
const hasTerminals = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

async function dumpsOf(seconds: number): Promise<string> {
  const folder = temporaryFolder();
  const file = path.join(temporaryFolder(), 'program.cjs');
  fs.writeFileSync(file, `${GROWING}setTimeout(() => process.exit(), ${seconds * 1000});`);
  await runCli(['run', '--quiet', '--every', '400ms', '--out', folder, file]);
  return folder;
}

describe('watch', () => {
  it('prints the newest dump of a directory once, with what it grew by', async () => {
    const folder = await dumpsOf(1.5);
    const { code, stdout, stderr } = await runCli(['watch', folder, '--once']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\+[\d,.]+ MB\/h over/);
    expect(stdout).toMatch(/MB +\+[\d,.]+ MB\/h .*█ .*grow\s+\S*program\.cjs:3/);
  });

  it.runIf(process.platform === 'linux')(
    'prints a running program once, and leaves it as it was',
    async () => {
      const program = startProgram(GROWING);
      await program.waitFor(/ready/);
      const { code, stdout } = await runCli([
        ...['watch', String(program.pid), '--once', '--every', '500ms', '--timeout', '60s'],
      ]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/pid \d+.*\n.*rss .*arrayBuffers[\s\S]*grow\s+\S*program\.cjs:3/);
      expect(portsOf(program)).toEqual([]);
    },
  );

  it('prints each new dump where the output is no terminal', async () => {
    const folder = await dumpsOf(0.5);
    const all = temporaryFolder();
    const names = fs.readdirSync(folder).sort();
    fs.copyFileSync(path.join(folder, names[0] ?? ''), path.join(all, 'a.json'));
    let copied = false;
    const { stdout } = await runCli(['watch', all, '--every', '100ms'], {
      onStdout: (text, child) => {
        if (!copied) fs.copyFileSync(path.join(folder, names.at(-1) ?? ''), path.join(all, 'b.json'));
        copied = true;
        if (text.split('pid ').length > 2) child.kill('SIGTERM');
      },
    });
    expect(stdout.match(/^program\.cjs · pid/gm)?.length).toBe(2);
  });

  it('refuses what is neither a process nor a directory', async () => {
    const wrong = await runCli(['watch', 'server.js']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('server.js is neither a process id nor a directory');
    const empty = await runCli(['watch', temporaryFolder(), '--once']);
    expect(empty).toMatchObject({ code: 1, stdout: '' });
    expect(empty.stderr).toContain('nothing to show yet: waiting for a dump in');
  });
});

describe.runIf(hasTerminals)('watch on a terminal', () => {
  const ENTER = '\u001b[?1049h';
  const LEAVE = '\u001b[?25h\u001b[?1049l';

  /** Runs watch in a terminal of its own; `act` is called once the table is shown. Returns all that was shown. */
  async function show(act: (terminal: ChildProcess, pid: number) => void): Promise<string> {
    const folder = await dumpsOf(0.5);
    const line = `echo shell $$; stty rows 20 cols 80; "${process.execPath}" "${cliPath}" watch "${folder}" & pid=$!; echo "pid=$pid."; fg >/dev/null 2>&1; wait $pid; stty -a`;
    const terminal = spawn('script', ['-qfec', `bash -mc '${line.replaceAll("'", "'\\''")}'`, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
    });
    let shown = '';
    let acted = false;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const pid = Number(/pid=(\d+)\./.exec(shown)?.[1]);
      if (acted || !shown.includes('program.cjs:3') || !pid) return;
      acted = true;
      act(terminal, pid);
    });
    const timer = setTimeout(() => terminal.kill('SIGKILL'), 60_000);
    await new Promise((resolve) => terminal.once('close', resolve));
    clearTimeout(timer);
    return shown;
  }

  it.each([
    ['q', (terminal: ChildProcess) => terminal.stdin?.write('q')],
    ['Ctrl-C', (terminal: ChildProcess) => terminal.stdin?.write('\u0003')],
    ['SIGTERM', (_: ChildProcess, pid: number) => process.kill(pid, 'SIGTERM')],
  ])('gives it back at %s', async (_, act) => {
    const shown = await show(act);
    expect(shown).toContain(ENTER);
    expect(shown.indexOf(LEAVE)).toBeGreaterThan(shown.indexOf(ENTER));
    const settings = shown.slice(shown.lastIndexOf(LEAVE));
    expect(settings).toMatch(/[^-]icanon/);
    expect(settings).toMatch(/[^-]echo /);
  });
});

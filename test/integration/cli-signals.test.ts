// Signals that reach a traced program, or `abtrace run` in its place: the program dies of them as under plain node,
// after its dump, and what it listens to itself stays its own.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDump } from '../../lib/dump/read';
import { type ChildResult, packageFolder, runCli, runNode, temporaryFolder } from './support';

const registerPath = path.join(packageFolder, 'dist', 'register.js');
const KEEP =
  'const kept = (globalThis.kept = []); for (let i = 0; i < 20; i++) kept.push(Buffer.alloc(100_000));\n';
const READY = "process.stdout.write('ready\\n');\n";
const WAIT = 'setInterval(() => {}, 1e6);\n';

interface Outcome extends ChildResult {
  reasons: string[];
  liveBytes: number[];
}

/** Starts a program, sends signals whenever it prints a line, and waits for its end. */
async function interrupt(
  how: 'run' | 'register',
  source: string,
  signals: NodeJS.Signals[],
): Promise<Outcome> {
  const folder = temporaryFolder();
  const file = path.join(temporaryFolder(), 'app.js');
  fs.writeFileSync(file, KEEP + source);
  let sent = 0;
  const onStdout = (text: string, child: { kill(signal: NodeJS.Signals): boolean }) => {
    const lines = text.split('\n').length - 1;
    for (; sent < lines && sent < signals.length; sent++) child.kill(signals[sent] ?? 'SIGKILL');
  };
  const result =
    how === 'run'
      ? await runCli(['run', '--out', folder, file], { onStdout })
      : await runNode(['-r', registerPath, file], { onStdout, env: { ABTRACE_OUT: folder } });
  const files = fs.readdirSync(folder).sort();
  return {
    ...result,
    reasons: files.map((name) => name.split('-').slice(3).join('-').replace('.json', '')),
    liveBytes: files.map((name) => readDump(path.join(folder, name)).sites[0]?.liveBytes ?? 0),
  };
}

describe.skipIf(process.platform === 'win32').each(['run', 'register'] as const)(
  'with %s, a signal',
  (how) => {
    it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
      '%s leaves a dump and then kills',
      async (signal) => {
        const outcome = await interrupt(how, READY + WAIT, [signal]);
        expect(outcome).toMatchObject({
          signal,
          code: null,
          stdout: 'ready\n',
          reasons: [`0001-${signal.toLowerCase()}`],
          liveBytes: [2_000_000],
        });
      },
    );

    it('reaches a program that never comes back to its event loop', async () => {
      const outcome = await interrupt(how, `${READY}let x = 0; while (true) x++;`, ['SIGTERM']);
      expect(outcome).toMatchObject({ signal: 'SIGTERM', reasons: ['0001-sigterm'], liveBytes: [2_000_000] });
    });

    it('reaches a program that awaits without end', async () => {
      const outcome = await interrupt(how, `${READY}(async () => { while (true) await null; })();`, [
        'SIGTERM',
      ]);
      expect(outcome).toMatchObject({ signal: 'SIGTERM', reasons: ['0001-sigterm'] });
    });

    it('kills a program that is blocked in native code, without a dump', async () => {
      const sleeper = `fs.writeSync(1, 'ready\\n'); fs.closeSync(1); fs.closeSync(2); setTimeout(() => {}, 10_000)`;
      const block = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(sleeper)}], { stdio: 'inherit' });`;
      const outcome = await interrupt(how, block, ['SIGTERM']);
      expect(outcome).toMatchObject({ signal: 'SIGTERM', reasons: [] });
    });

    it('kills a blocked program at once when it comes a second time', async () => {
      const sleeper = `fs.writeSync(1, 'a\\n'); setTimeout(() => { fs.writeSync(1, 'b\\n'); fs.closeSync(1); fs.closeSync(2); }, 1000); setTimeout(() => {}, 10_000)`;
      const block = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(sleeper)}], { stdio: 'inherit' });`;
      const outcome = await interrupt(how, block, ['SIGTERM', 'SIGINT']);
      expect(outcome).toMatchObject({ signal: 'SIGINT', reasons: [] });
    });

    it('that the program listens to is the program’s alone, and comes once', async () => {
      const source = `process.on('SIGTERM', (name, number) => { console.log(name, number); setTimeout(() => process.exit(5), 300); });\n`;
      const outcome = await interrupt(how, source + READY + WAIT, ['SIGTERM']);
      expect(outcome).toMatchObject({
        code: 5,
        signal: null,
        stdout: 'ready\nSIGTERM 15\n',
        reasons: ['0001-exit'],
      });
    });

    it('kills as before when the program has stopped listening', async () => {
      const source = `process.once('SIGINT', () => console.log('once'));\n`;
      const outcome = await interrupt(how, source + READY + WAIT, ['SIGINT', 'SIGINT']);
      expect(outcome).toMatchObject({ signal: 'SIGINT', stdout: 'ready\nonce\n', reasons: ['0001-sigint'] });
    });

    it('is not seen by a program that counts its listeners before it kills itself', async () => {
      const source = `
      const onSignal = (name) => {
        console.log(process.listenerCount(name));
        if (process.listenerCount(name) === 1) { process.off(name, onSignal); process.kill(process.pid, name); }
      };
      process.on('SIGTERM', onSignal);\n`;
      const outcome = await interrupt(how, source + READY + WAIT, ['SIGTERM']);
      expect(outcome).toMatchObject({ signal: 'SIGTERM', stdout: 'ready\n1\n', reasons: ['0001-sigterm'] });
    });

    it('SIGKILL kills at once', async () => {
      const outcome = await interrupt('register', READY + WAIT, ['SIGKILL']);
      expect(outcome).toMatchObject({ signal: 'SIGKILL', reasons: [] });
    });
  },
);

describe.skipIf(process.platform === 'win32')('abtrace run', () => {
  it('dies of the signal that the program died of', async () => {
    const outcome = await interrupt('run', `process.kill(process.pid, 'SIGABRT')`, []);
    expect(outcome.signal).toBe('SIGABRT');
  });

  it('passes SIGUSR1 and SIGUSR2 on, and goes on itself', async () => {
    const source = `
      process.on('SIGUSR1', () => console.log('one'));
      process.on('SIGUSR2', () => { console.log('two'); process.exit(0); });\n`;
    const outcome = await interrupt('run', source + READY + WAIT, ['SIGUSR1', 'SIGUSR2']);
    expect(outcome).toMatchObject({ code: 0, stdout: 'ready\none\ntwo\n' });
    expect(outcome.stderr).not.toContain('Debugger');
  });
});

// Every process that cannot be attached to is left alone, with an error of its own and exit code 1.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { portsOf, type RunningProgram, startProgram } from './attach-support';
import { runCli, temporaryFolder } from './support';

const WAIT = "console.log('ready'); setInterval(() => {}, 1e6);";

/** Runs attach and returns what it says; it must fail with this exit code and leave nothing behind. */
async function refusal(pid: number | string, exitCode = 1, ...args: string[]): Promise<string> {
  const folder = temporaryFolder();
  const result = await runCli(['attach', String(pid), '--after', '1s', '--out', folder, ...args]);
  expect(result).toMatchObject({ code: exitCode, signal: null, stdout: '' });
  expect(result.stderr).toMatch(/^abtrace: [^\n]+\n$/);
  expect(fs.readdirSync(folder)).toEqual([]);
  return result.stderr;
}

describe.skipIf(process.platform !== 'linux')('attach refuses', () => {
  it('what is no pid, and times that make no sense, as wrong usage', async () => {
    expect(await refusal('server.js', 2)).toContain('the pid must be a whole number');
    expect(await refusal('0', 2)).toContain('the pid must be a whole number');
    expect(await refusal('1', 2, '--every', '2s')).toContain('--every must be shorter than --after');
    expect(await refusal('1', 2, '--timeout', '5')).toContain('--timeout must be a duration');
  });

  it('a pid that nobody has', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.once('close', resolve));
    expect(await refusal(child.pid ?? 0)).toContain(`no process has the pid ${child.pid}`);
  });

  it('a process that is not Node, and says which of its children is', async () => {
    const shell = spawn('sh', [
      '-c',
      '"$0" -e "setInterval(() => {}, 1e6)" & echo $!; wait',
      process.execPath,
    ]);
    const child = Number(await new Promise((resolve) => shell.stdout.once('data', resolve)));
    try {
      const text = await refusal(shell.pid ?? 0);
      expect(text).toMatch(/is not Node: it runs \/\S+/);
      expect(text).toContain(`its child process ${child} is one`);
    } finally {
      process.kill(child, 'SIGKILL');
      shell.kill('SIGKILL');
    }
  });

  it('a thread, and says of which process', async () => {
    const program = await started(WAIT);
    const thread = fs.readdirSync(`/proc/${program.pid}/task`).at(-1) ?? '';
    expect(await refusal(thread)).toContain(`${thread} is a thread of process ${program.pid}`);
  });

  it('a program that listens to SIGUSR1 itself, and does not send it', async () => {
    const program = await started(`process.on('SIGUSR1', () => console.log('heard')); ${WAIT}`);
    expect(await refusal(program.pid)).toContain('listens to SIGUSR1 itself');
    process.kill(program.pid, 'SIGUSR1');
    await program.waitFor(/heard/);
    expect(program.stdout().match(/heard/g)).toHaveLength(1);
  });

  it('a program that SIGUSR1 would end, and does not send it', async () => {
    const program = await started(`process.on('SIGUSR1', () => {}).removeAllListeners('SIGUSR1'); ${WAIT}`);
    expect(await refusal(program.pid)).toContain('does not wait for SIGUSR1');
    expect(program.child.exitCode ?? program.child.signalCode).toBeNull();
  });

  it.runIf(process.allowedNodeEnvironmentFlags.has('--disable-sigusr1'))(
    'a program that was started with --disable-sigusr1',
    async () => {
      const program = await started(WAIT, ['--disable-sigusr1']);
      expect(await refusal(program.pid)).toContain('--disable-sigusr1');
      expect(program.child.exitCode ?? program.child.signalCode).toBeNull();
    },
  );

  it('a program that waits for a debugger to begin, and leaves its inspector open', async () => {
    const program = startProgram(WAIT, '.cjs', ['--inspect-brk=0']);
    while (portsOf(program).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const before = portsOf(program);
    expect(await refusal(program.pid)).toContain('has not begun');
    expect(portsOf(program)).toEqual(before);
  });

  it('a program that is stopped', async () => {
    const program = await started(WAIT);
    process.kill(program.pid, 'SIGSTOP');
    expect(await refusal(program.pid)).toContain(`let it run on first: kill -CONT ${program.pid}`);
    process.kill(program.pid, 'SIGCONT');
    expect(portsOf(program)).toEqual([]);
  });

  it('a program that may not load the addon, and closes the inspector again', async () => {
    const program = await started(WAIT, ['--inspect-port=0', '--no-addons']);
    const result = await runCli(['attach', String(program.pid), '--after', '1s', '--out', temporaryFolder()]);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(
      `runs Node ${process.version}, in which abtrace's native addon did not load`,
    );
    expect(portsOf(program)).toEqual([]);
  });

  it('a program whose port for the inspector is taken', async () => {
    const other = await started(`require('node:inspector').open(0); ${WAIT}`);
    const [port] = portsOf(other);
    const program = await started(WAIT, [`--inspect-port=${port}`]);
    expect(await refusal(program.pid)).toContain(`port ${port}`);
    expect(portsOf(program)).toEqual([]);
  });

  it('a program that is blocked in native code, and closes its inspector when it opens at last', async () => {
    const program = await started(
      `console.log('ready'); require('node:child_process').execFileSync('sleep', ['6']); console.log('on'); setInterval(() => {}, 1e6);`,
    );
    expect(await refusal(program.pid, 1, '--timeout', '1s')).toContain(
      'did not open its inspector within 1 s',
    );
    await program.waitFor(/on\n/);
    while (!program.stderr().includes('Debugger listening'))
      await new Promise((resolve) => setTimeout(resolve, 50));
    while (portsOf(program).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(program.child.exitCode).toBeNull();
  });

  it('a directory that the program cannot write into', async () => {
    const program = await started(WAIT);
    const file = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(file, '');
    const result = await runCli(['attach', String(program.pid), '--after', '1s', '--out', file]);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('it is not a directory');
  });
});

async function started(source: string, nodeOptions?: string[]): Promise<RunningProgram> {
  const program = startProgram(source, '.cjs', nodeOptions);
  await program.waitFor(/ready/);
  return program;
}

// Makes sure that a process can be attached to before anything is done to it: SIGUSR1 ends a process that does not wait
// for it. Every refusal is an AttachError that says why, and what to do instead.
import fs from 'node:fs';
import { AttachError } from '../errors';
import { findSymbol } from './elf-symbols';
import {
  childrenOf,
  hasSignal,
  isSignalBlocked,
  nameOf,
  type ProcessFacts,
  readProcess,
  sharesNamespace,
} from './process-facts';
import { listensToSignal } from './signal-listeners';

const SIGUSR1 = 10;
/** The class whose objects abtrace hooks; a Node exports it, its relatives (Bun, Deno) do not. */
const NODE_SYMBOL = '_ZTVN4node24NodeArrayBufferAllocatorE';
/** A Node that has just been started is soon ready for SIGUSR1. */
const BOOT_PATIENCE_MS = 3000;
const BOOT_POLL_MS = 50;

/**
 * Finds a process that can be attached to.
 *
 * @throws AttachError if there is none with this pid, it is no Node, or belongs to somebody else; nothing was done to it
 */
export function findTarget(pid: number): ProcessFacts {
  if (process.platform !== 'linux') {
    throw new AttachError(`attach works on Linux only; this is ${process.platform}. Use abtrace run instead`);
  }
  if (pid === process.pid) throw new AttachError(`${pid} is abtrace itself`);
  const facts = readTarget(pid);
  checkPermission(facts);
  const executable = executableOf(facts);
  if (!isNode(facts)) {
    throw new AttachError(
      `process ${pid} is not Node: it runs ${executable}${kernelHint(executable)}${childHint(facts)}`,
    );
  }
  if (!sharesNamespace(pid, 'net') || !seesOurFiles(pid)) {
    throw new AttachError(
      `process ${pid} runs in a container, with a network or files of its own; run abtrace in there, ` +
        `where the pid is ${facts.namespacePids.at(-1)}`,
    );
  }
  checkState(facts);
  return facts;
}

/**
 * Makes sure that SIGUSR1 would open the inspector, and do nothing else; waits a little for a Node that is starting.
 *
 * @throws AttachError otherwise; nothing was done to the process
 */
export async function checkSignal(target: ProcessFacts): Promise<void> {
  const { pid } = target;
  const deadline = Date.now() + BOOT_PATIENCE_MS;
  for (;;) {
    const facts = readTarget(pid);
    checkState(facts);
    if (hasSignal(facts.ignoredSignals, SIGUSR1)) {
      throw new AttachError(`process ${pid} ignores SIGUSR1, which would open its inspector; ${INSTEAD}`);
    }
    if (hasSignal(facts.caughtSignals, SIGUSR1)) break;
    if (Date.now() > deadline) {
      throw new AttachError(
        `process ${pid} does not wait for SIGUSR1, and would be ended by it: it was started with --disable-sigusr1 ` +
          `or --permission, took its own listener off again, or is not up yet; ${INSTEAD}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, BOOT_POLL_MS));
  }
  if (isSignalBlocked(pid, SIGUSR1)) {
    throw new AttachError(`process ${pid} blocks SIGUSR1, which would open its inspector; ${INSTEAD}`);
  }
  if (listensToSignal(pid, SIGUSR1) === true) {
    throw new AttachError(
      `process ${pid} listens to SIGUSR1 itself, so that the signal does not open its inspector; ${INSTEAD}`,
    );
  }
}

const INSTEAD = 'start it with --inspect=0, or under abtrace run';

/** A service with folders of its own (PrivateTmp) sees abtrace's all the same. */
function seesOurFiles(pid: number): boolean {
  if (sharesNamespace(pid, 'mnt')) return true;
  try {
    return fs.statSync(`/proc/${pid}/root${__filename}`).ino === fs.statSync(__filename).ino;
  } catch {
    return false;
  }
}

function readTarget(pid: number): ProcessFacts {
  let facts: ProcessFacts | null;
  try {
    facts = readProcess(pid);
  } catch (error) {
    throw permissionError(pid, null, error);
  }
  if (facts === null) {
    // With hidepid, /proc shows nothing of others' processes.
    if (signalError(pid) === 'EPERM') throw permissionError(pid, null);
    throw new AttachError(`no process has the pid ${pid}`);
  }
  if (facts.threadGroup !== pid) {
    throw new AttachError(`${pid} is a thread of process ${facts.threadGroup}; attach to that`);
  }
  return facts;
}

function checkState({ pid, state }: ProcessFacts): void {
  if (state === 'Z' || state === 'X') throw new AttachError(`process ${pid} has ended`);
  if (state === 'T') {
    throw new AttachError(
      `process ${pid} is stopped and answers nobody; let it run on first: kill -CONT ${pid}`,
    );
  }
  if (state === 't') throw new AttachError(`process ${pid} is held by a debugger; let that go first`);
}

function checkPermission({ pid, userId }: ProcessFacts): void {
  if (signalError(pid) === 'EPERM') throw permissionError(pid, userId);
}

/** What sending a signal would meet; nothing is sent. */
function signalError(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function permissionError(pid: number, userId: number | null, cause?: unknown): AttachError {
  const ownId = process.geteuid?.() ?? 0;
  if (userId === ownId || (userId === null && ownId === 0)) {
    return new AttachError(
      `no permission to attach to process ${pid}: the system does not let abtrace look into it, for it has more ` +
        'rights than this one or hides itself; run abtrace where that process runs, or with the capability SYS_PTRACE',
      { cause },
    );
  }
  const owner = userId === null ? 'another user' : `user ${userNameOf(userId)}`;
  return new AttachError(
    `no permission to attach to process ${pid}: it belongs to ${owner}, and this is ${userNameOf(ownId)}; ` +
      'run abtrace as that user, or as root',
    { cause },
  );
}

function userNameOf(userId: number): string {
  try {
    const line = fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(userId));
    return line?.split(':')[0] ?? String(userId);
  } catch {
    return String(userId);
  }
}

function executableOf({ pid, userId }: ProcessFacts): string {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'no program';
    throw permissionError(pid, userId, error);
  }
}

function kernelHint(executable: string): string {
  return executable === 'no program' ? ' (a thread of the kernel)' : '';
}

/** Distributions put Node's code into a library, libnode. */
function isNode({ pid, userId }: ProcessFacts): boolean {
  try {
    if (hasNodeSymbol(`/proc/${pid}/exe`)) return true;
    const library = /\/\S*libnode\.so\S*/.exec(fs.readFileSync(`/proc/${pid}/maps`, 'utf8'))?.[0];
    return library !== undefined && hasNodeSymbol(library);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw permissionError(pid, userId, error);
  }
}

function hasNodeSymbol(file: string): boolean {
  return findSymbol(file, NODE_SYMBOL) !== null;
}

/** Shells and package managers stand between a person and the program. */
function childHint(facts: ProcessFacts): string {
  const child = childrenOf(facts.pid).find((process) => {
    try {
      return isNode(process);
    } catch {
      return false;
    }
  });
  return child === undefined ? '' : `; its child process ${child.pid} is one (${nameOf(child)})`;
}

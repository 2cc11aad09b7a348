// What Linux says of a process, read from /proc without touching the process. Knows nothing of Node or the inspector.
import fs from 'node:fs';
import path from 'node:path';

const HEADER_FIELDS_OF_STAT = 2;
const STAT_START_TIME = 22;

/** A process as `/proc/PID/status` and its neighbours have it. */
export interface ProcessFacts {
  pid: number;
  /** The process that a thread belongs to; `pid` if it is no thread. */
  threadGroup: number;
  parent: number;
  /** `R` running, `S` sleeping, `T` stopped, `t` held by a debugger, `Z` ended, and so on. */
  state: string;
  /** User id that it runs as. */
  userId: number;
  /** Its pid in each pid namespace that it is in, outermost first. */
  namespacePids: number[];
  /** Signal numbers as bit masks, signal 1 in bit 0. */
  ignoredSignals: bigint;
  caughtSignals: bigint;
  /** Clock ticks after boot; tells apart processes that had the same pid one after another. */
  startTime: string;
  commandLine: string[];
}

/** A TCP socket that somebody listens on. */
export interface ListeningSocket {
  /** `127.0.0.1`, `::1`, `0.0.0.0`, … */
  address: string;
  port: number;
  inode: string;
}

/**
 * Reads what is known of a process.
 *
 * @returns null if there is no such process (any more)
 * @throws what `fs` throws if the process hides from us
 */
export function readProcess(pid: number): ProcessFacts | null {
  try {
    const status = new Map(
      fs
        .readFileSync(`/proc/${pid}/status`, 'latin1')
        .split('\n')
        .map((line) => line.split(/:\s*/, 2) as [string, string]),
    );
    const field = (name: string) => status.get(name) ?? '';
    return {
      pid,
      threadGroup: Number(field('Tgid')),
      parent: Number(field('PPid')),
      state: field('State').slice(0, 1),
      userId: Number(field('Uid').split('\t')[1]),
      namespacePids: (field('NSpid') || String(pid)).split('\t').map(Number),
      ignoredSignals: BigInt(`0x${field('SigIgn') || 0}`),
      caughtSignals: BigInt(`0x${field('SigCgt') || 0}`),
      startTime: startTimeOf(pid),
      commandLine: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1),
    };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Whether the process still runs: not ended, and its pid not that of another one by now. */
export function isRunning(facts: Pick<ProcessFacts, 'pid' | 'startTime'>): boolean {
  const now = readProcess(facts.pid);
  return now !== null && now.startTime === facts.startTime && now.state !== 'Z' && now.state !== 'X';
}

/** Whether a mask of signals has this one. */
export function hasSignal(mask: bigint, signal: number): boolean {
  return ((mask >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Whether every thread of the process blocks this signal, so that it would wait for ever. */
export function isSignalBlocked(pid: number, signal: number): boolean {
  const masks = listOf(`/proc/${pid}/task`).map((thread) => {
    const status = readIfPossible(`/proc/${pid}/task/${thread}/status`);
    return BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? 0}`);
  });
  return masks.length > 0 && masks.every((mask) => hasSignal(mask, signal));
}

/** The processes that this one started. */
export function childrenOf(pid: number): ProcessFacts[] {
  return listOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readProcess(Number(name));
      } catch {
        return null;
      }
    })
    .filter((facts) => facts !== null)
    .filter(({ parent }) => parent === pid);
}

/** Whether the process and this one see the same of a kind of namespace; true where that cannot be known. */
export function sharesNamespace(pid: number, kind: 'mnt' | 'net'): boolean {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/${kind}`) === fs.readlinkSync(`/proc/self/ns/${kind}`);
  } catch {
    return true;
  }
}

/** The sockets that the process listens on. */
export function listeningSockets(pid: number): ListeningSocket[] {
  const inodes = new Set<string>();
  for (const descriptor of listOf(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(readLinkIfPossible(`/proc/${pid}/fd/${descriptor}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return allListeningSockets(pid).filter(({ inode }) => inodes.has(inode));
}

/** All sockets that are listened on in the network that the process is in, whosever they are. */
export function allListeningSockets(pid: number): ListeningSocket[] {
  return ['tcp', 'tcp6'].flatMap((table) => parseSockets(readIfPossible(`/proc/${pid}/net/${table}`)));
}

/** Reads the lines of `/proc/net/tcp` or `tcp6` that are listening sockets. */
export function parseSockets(table: string): ListeningSocket[] {
  const LISTEN = '0A';
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => {
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      return { address: parseAddress(address), port: Number.parseInt(port, 16), inode: fields[9] ?? '' };
    });
}

/** Words of four bytes, each in the machine's order. */
function parseAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  const isMapped = groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff';
  if (isMapped) return bytes.slice(12).join('.');
  return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}

function startTimeOf(pid: number): string {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STAT_START_TIME - HEADER_FIELDS_OF_STAT - 1] ?? '';
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

function listOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function readIfPossible(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function readLinkIfPossible(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}

/** The name that a person knows a process by: what it runs, without folders. */
export function nameOf({ commandLine, pid }: ProcessFacts): string {
  const [program = `pid ${pid}`, ...rest] = commandLine;
  const script = rest.find((argument) => !argument.startsWith('-'));
  return [path.basename(program), ...(script === undefined ? [] : [path.basename(script)])].join(' ');
}

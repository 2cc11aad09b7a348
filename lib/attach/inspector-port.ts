// Finds the inspector of a process, and opens it by SIGUSR1 if it is not open. Never takes a port number for granted:
// a port counts only if the process itself listens on it and it answers as a Node's inspector does.
import http from 'node:http';
import { AttachError } from '../errors';
import {
  allListeningSockets,
  isRunning,
  type ListeningSocket,
  listeningSockets,
  type ProcessFacts,
} from './process-facts';
import { checkSignal } from './target';

const DEFAULT_PORT = 9229;
const POLL_MS = 5;
const FREE_POLL_MS = 100;
/** How long an inspector may take to answer over HTTP; it does so on a thread of its own. */
const ANSWER_PATIENCE_MS = 2000;
/** The signal opens an inspector within milliseconds; after this, sockets of other origin are asked. */
const ELSEWHERE_AFTER_MS = 1000;
const PORT_FREE_PATIENCE_MS = 5000;
const MOST_ANSWER_CHARACTERS = 1e6;

/** An inspector that accepts connections. */
export interface InspectorPort {
  address: string;
  port: number;
  webSocketUrl: string;
  /** `v20.20.2` */
  nodeVersion: string;
  /** It was closed before, and is to be closed again. */
  openedByUs: boolean;
  /** How long that took from the signal on, ms: the program stood still for a part of it; 0 if it was open. */
  openedInMs: number;
  /** Inodes of the sockets that the process listened on before. */
  socketsBefore: ReadonlySet<string>;
}

type FoundInspector = Omit<InspectorPort, 'openedByUs' | 'openedInMs' | 'socketsBefore'>;

/**
 * Finds the inspector of a target; opens it if need be.
 *
 * @param patienceMs how long the process may take to open it
 * @throws AttachError if it does not open, or cannot be opened without harm
 */
export async function openInspector(target: ProcessFacts, patienceMs: number): Promise<InspectorPort> {
  const before = listeningSockets(target.pid);
  const known = new Set(before.map(({ inode }) => inode));
  const found = (inspector: FoundInspector, openedByUs: boolean, openedInMs = 0): InspectorPort => ({
    ...inspector,
    openedByUs,
    openedInMs,
    socketsBefore: known,
  });
  const likely = before.filter(({ port }) => likelyPorts(target.commandLine).has(port));
  const open = await firstInspector(likely);
  if (open !== null) return found(open, false);
  await checkSignal(target);
  await waitForFreePort(target);
  process.kill(target.pid, 'SIGUSR1');
  // Opened by the program, on a port that nothing told us of: then the signal did nothing.
  const elsewhere = before.filter((socket) => !likely.includes(socket) && isLoopback(socket));
  const signalledMs = performance.now();
  for (let asked = false; ; ) {
    if (!isRunning(target)) throw new AttachError(`process ${target.pid} ended while it was attached to`);
    const opened = await findInspector(target.pid, known);
    const waitedMs = performance.now() - signalledMs;
    if (opened !== null) return found(opened, true, waitedMs);
    if (!asked && waitedMs >= Math.min(ELSEWHERE_AFTER_MS, patienceMs)) {
      asked = true;
      const other = await firstInspector(elsewhere);
      if (other !== null) return found(other, false);
    }
    if (waitedMs >= patienceMs) throw new InspectorTimeoutError(target.pid, patienceMs, known);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What happens to an inspector that cannot be closed at once. */
export const LATE_CLOSE =
  'if the program runs on within ten minutes, a process in the background closes the inspector then';

/** The process got its signal and did not open the inspector in time; it may yet. */
export class InspectorTimeoutError extends AttachError {
  constructor(
    pid: number,
    patienceMs: number,
    readonly socketsBefore: ReadonlySet<string>,
  ) {
    super(
      `process ${pid} did not open its inspector within ${patienceMs / 1000} s: its main thread is blocked, in a ` +
        `synchronous call perhaps, or it listens to SIGUSR1 itself; ${LATE_CLOSE}`,
    );
  }
}

/**
 * Finds the inspector among the sockets that a process listens on.
 *
 * @param known inodes of sockets that are none
 */
export function findInspector(pid: number, known: ReadonlySet<string>): Promise<FoundInspector | null> {
  return firstInspector(listeningSockets(pid).filter(({ inode }) => !known.has(inode)));
}

/** Whether the process listens on this port. */
export function isListening(pid: number, { port }: { port: number }): boolean {
  return listeningSockets(pid).some((socket) => socket.port === port);
}

/** Ports that the command line or NODE_OPTIONS-like defaults lead us to expect an inspector on. */
function likelyPorts(commandLine: readonly string[]): Set<number> {
  const ports = new Set([DEFAULT_PORT]);
  for (const port of namedPorts(commandLine)) ports.add(port);
  return ports;
}

/** The ports in `--inspect=PORT`, `--inspect-brk=HOST:PORT`, `--inspect-port PORT` and the like. */
export function namedPorts(commandLine: readonly string[]): number[] {
  return commandLine.flatMap((argument, index) => {
    const match = /^--(?:inspect|debug)(?:-brk|-wait|-port)?(?:=(.*))?$/.exec(argument);
    if (match === null) return [];
    const port = /(?:^|:)(\d+)$/.exec(match[1] ?? commandLine[index + 1] ?? '')?.[1];
    return port === undefined ? [] : [Number(port)];
  });
}

/** Node says on the program's stderr that the port is taken, and gives up: better not to ask. */
async function waitForFreePort(target: ProcessFacts): Promise<void> {
  const port = namedPorts(target.commandLine).at(-1) ?? DEFAULT_PORT;
  const isTaken = () =>
    allListeningSockets(target.pid).some(
      (socket) => socket.port === port && /^(127\.0\.0\.1|0\.0\.0\.0)$/.test(socket.address),
    );
  for (const deadline = Date.now() + PORT_FREE_PATIENCE_MS; port !== 0 && isTaken(); ) {
    if (Date.now() > deadline) {
      throw new AttachError(
        `port ${port}, on which process ${target.pid} would open its inspector, is taken by another process; ` +
          'end that, or start the program with --inspect-port=0',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, FREE_POLL_MS));
  }
}

/** By default the inspector is for this machine alone. */
function isLoopback({ address }: ListeningSocket): boolean {
  return address.startsWith('127.') || address === '::1';
}

async function firstInspector(sockets: readonly ListeningSocket[]): Promise<FoundInspector | null> {
  for (const socket of sockets) {
    const found = await askInspector(socket);
    if (found !== null) return found;
  }
  return null;
}

/** Null unless a Node's inspector answers. */
async function askInspector({ address, port }: ListeningSocket): Promise<FoundInspector | null> {
  const host = reachable(address);
  try {
    const version: unknown = JSON.parse(await get(host, port, '/json/version'));
    const browser = String((version as { Browser?: unknown }).Browser);
    const nodeVersion = /^node\.js\/(v\d\S*)$/.exec(browser)?.[1];
    if (nodeVersion === undefined) return null;
    const targets: unknown = JSON.parse(await get(host, port, '/json/list'));
    const [first] = Array.isArray(targets) ? targets : [];
    const url = (first as { webSocketDebuggerUrl?: unknown } | undefined)?.webSocketDebuggerUrl;
    if (typeof url !== 'string') return null;
    return {
      address,
      port,
      nodeVersion,
      webSocketUrl: `ws://${bracketed(host)}:${port}${new URL(url).pathname}`,
    };
  } catch {
    return null;
  }
}

function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function get(host: string, port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host, port, path, agent: false, timeout: ANSWER_PATIENCE_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > MOST_ANSWER_CHARACTERS) request.destroy(new Error('answer too long'));
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });
}

// A process of its own for the one case in which an attachment cannot clean up at once: the program was asked for its
// inspector and is blocked in native code, or stopped. It waits until the program runs on, closes the inspector, and
// ends; an inspector that somebody else opens is none of its business.
import { spawn } from 'node:child_process';
import type { News } from './agent';
import { InspectorClient } from './inspector-client';
import { findInspector, type InspectorPort, isListening } from './inspector-port';
import { isRunning, type ProcessFacts } from './process-facts';
import { callAgent, closeInspectorOf } from './remote-call';

/** How long it waits at most; `LATE_CLOSE` says so. */
const PATIENCE_MS = 10 * 60e3;
const POLL_MS = 250;

interface Task {
  target: Pick<ProcessFacts, 'pid' | 'startTime'>;
  /** Inodes of the sockets that the program listened on before. */
  knownInodes: string[];
  /** The inspector to close; null if it has yet to open. */
  opened: Opened | null;
}

type Opened = Pick<InspectorPort, 'port' | 'webSocketUrl'>;

/**
 * Sees to it that an inspector is closed when the program runs on, without waiting for that here.
 *
 * @param socketsBefore inodes of the sockets that the program listened on before it was asked for its inspector
 * @param opened the inspector, if it has opened
 */
export function closeInspectorLater(
  { pid, startTime }: ProcessFacts,
  socketsBefore: Iterable<string>,
  opened: Opened | null = null,
): void {
  const task: Task = {
    target: { pid, startTime },
    knownInodes: [...socketsBefore],
    opened: opened && { port: opened.port, webSocketUrl: opened.webSocketUrl },
  };
  spawn(process.execPath, [__filename, JSON.stringify(task)], { detached: true, stdio: 'ignore', cwd: '/' })
    .on('error', () => undefined)
    .unref();
}

async function closeLate({ target, knownInodes, opened }: Task): Promise<void> {
  const known = new Set(knownInodes);
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    if (!isRunning(target) || (opened !== null && !isListening(target.pid, opened))) return;
    const inspector = await findInspector(target.pid, known);
    // Each opening has a URL of its own.
    if (inspector !== null && opened !== null && inspector.webSocketUrl !== opened.webSocketUrl) return;
    if (inspector !== null && (await close(target.pid, inspector))) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function close(pid: number, inspector: Pick<InspectorPort, 'webSocketUrl'>): Promise<boolean> {
  try {
    const client = await InspectorClient.connect(inspector.webSocketUrl, pid);
    // What was asked before the program blocked may have been done since.
    await callAgent<News>(client.main, 'end', null, PATIENCE_MS).catch(() => undefined);
    await closeInspectorOf(client, PATIENCE_MS);
    return true;
  } catch {
    return false;
  }
}

if (require.main === module) {
  void closeLate(JSON.parse(process.argv[2] ?? '{}') as Task).finally(() => process.exit());
}

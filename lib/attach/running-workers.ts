// The workers of a program that is attached to: those that run already are taken into the session one by one, each
// reached through the thread that made it. Those that start later join by themselves; asking them again does no harm.
import { InspectorThread } from './inspector-client';
import { callAgent, loadAgent } from './remote-call';

interface Worker {
  thread: InspectorThread;
  /** Settles, never rejects. */
  joined: Promise<boolean>;
  below: RunningWorkers;
}

/** The workers of one thread, and theirs. */
export class RunningWorkers {
  private readonly workers = new Map<string, Worker>();
  private enabled = false;
  private outcome = { joined: 0, failed: 0 };

  /**
   * @param parent the thread that made the workers
   * @param patienceMs how long a worker may take to answer
   */
  constructor(
    private readonly parent: InspectorThread,
    private readonly patienceMs: number,
  ) {}

  /** How many have joined, and how many did not answer or refused. */
  get counts(): { joined: number; failed: number } {
    const below = [...this.workers.values()].map((worker) => worker.below.counts);
    return [this.outcome, ...below].reduce((sum, { joined, failed }) => ({
      joined: sum.joined + joined,
      failed: sum.failed + failed,
    }));
  }

  /** Takes in all workers that run now; returns when each has joined or has been given up. */
  async join(): Promise<void> {
    this.enabled = true;
    await this.parent.call('NodeWorker.enable', { waitForDebuggerOnStart: false }, this.patienceMs);
    await Promise.all([...this.workers.values()].map((worker) => worker.joined));
  }

  /** Takes an event of the parent thread. */
  onEvent(method: string, params: Record<string, unknown>): void {
    const sessionId = String(params.sessionId);
    if (method === 'NodeWorker.attachedToWorker') this.add(sessionId, params.workerInfo);
    if (method === 'NodeWorker.receivedMessageFromWorker') {
      this.workers.get(sessionId)?.thread.receive(String(params.message));
    }
    if (method === 'NodeWorker.detachedFromWorker') {
      this.workers.get(sessionId)?.thread.close('the worker ended');
      this.workers.delete(sessionId);
    }
  }

  /**
   * Lets go of the workers.
   *
   * @param leave they are to leave the session as well
   */
  async leave(leave: boolean): Promise<void> {
    if (!this.enabled) return;
    await Promise.all(
      [...this.workers.values()].map(async ({ thread, joined, below }) => {
        if (!(await joined)) return;
        await below.leave(leave).catch(() => undefined);
        // One that does not answer notices by itself that the session has ended.
        if (leave) await callAgent<null>(thread, 'leaveWorker', null, this.patienceMs).catch(() => undefined);
      }),
    );
    await this.parent.call('NodeWorker.disable', {}, this.patienceMs);
  }

  private add(sessionId: string, info: unknown): void {
    const id = String((info as { workerId?: unknown } | undefined)?.workerId ?? '');
    const thread = new InspectorThread(`worker ${id}`, (message) => {
      this.parent
        .call('NodeWorker.sendMessageToWorker', { sessionId, message }, this.patienceMs)
        .catch(() => undefined);
    });
    const below = new RunningWorkers(thread, this.patienceMs);
    thread.onEvent = (method, params) => below.onEvent(method, params);
    this.workers.set(sessionId, { thread, below, joined: this.joinOne(thread, below) });
  }

  private async joinOne(thread: InspectorThread, below: RunningWorkers): Promise<boolean> {
    try {
      await loadAgent(thread, this.patienceMs);
      await callAgent<null>(thread, 'joinWorker', null, this.patienceMs);
      this.outcome.joined += 1;
      await below.join().catch(() => undefined);
      return true;
    } catch {
      this.outcome.failed += 1;
      return false;
    }
  }
}

// One attachment to a program that runs: from finding its inspector to closing it again. Whatever fails on the way,
// what was done to the program so far is taken back.
import fs from 'node:fs';
import path from 'node:path';
import type { Grouping } from '../analysis/group';
import type { WatchSample } from '../analysis/watch-history';
import type { DumpOptions } from '../capture/dump';
import type { StartOptions } from '../capture/options';
import { AttachError } from '../errors';
import type { BeginAnswer, BeginRequest, DumpAnswer, DumpRequest, News } from './agent';
import { InspectorClient, NoAnswerError } from './inspector-client';
import {
  type InspectorPort,
  InspectorTimeoutError,
  isListening,
  LATE_CLOSE,
  openInspector,
} from './inspector-port';
import { closeInspectorLater } from './late-closer';
import { isRunning, type ProcessFacts } from './process-facts';
import { callAgent, closeInspectorOf, evaluate, loadAgent, RemoteError, watchLoopOf } from './remote-call';
import { findTarget } from './target';

const SUPPORTED_MAJORS = [20, 22, 24, 26];
/** A program that takes longer for its way round the event loop is taken to be in a loop of its own. */
const TURN_PATIENCE_MS = 1500;
/** Collecting garbage and writing a big dump may take a while on a busy machine. */
const WRITE_PATIENCE_MS = 120_000;
/** Half a minute after the last heartbeat the program is let go. */
const HEARTBEAT_MS = 5000;
const CLOSE_PATIENCE_MS = 3000;
const POLL_MS = 20;

export interface AttachOptions {
  start: StartOptions;
  dump: DumpOptions;
  /** Absolute path of the directory that the dumps go to; null: there will be none. */
  directory: string | null;
  /** When memory counts as short, so that the program writes a dump by itself. */
  memory: BeginRequest['memory'];
  /** How long the program may take to answer, ms. */
  patienceMs: number;
}

/** A program that is traced because we are attached to it. */
export class Attachment {
  /** The longest time so far that the program's main thread did nothing but our work, ms. */
  longestPauseMs = 0;
  /** The longest time that its event loop stood still, its own work included, ms: an upper bound. */
  standstillMs = 0;
  /** The program was traced before, by itself: with its own options, and it goes on. */
  tracedBefore = false;
  /** Absolute path of the program; null if it has none, as with --eval. */
  script: string | null = null;
  /** Told of each dump that the program wrote by itself. */
  onWritten: (file: string) => void = () => {};
  /** Settles when the program ends, or somebody else closes its inspector. */
  readonly ended: Promise<void>;
  private heartbeat: NodeJS.Timeout | undefined;
  private began = false;
  private readonly openedMs = Date.now();

  private constructor(
    readonly target: ProcessFacts,
    private readonly inspector: InspectorPort,
    private readonly client: InspectorClient,
    private readonly options: AttachOptions,
  ) {
    this.ended = client.closed;
    this.standstillMs = inspector.openedInMs;
    client.main.onEvent = (method) => {
      // Node waits at its end until everybody has hung up.
      if (method === 'NodeRuntime.waitingForDisconnect') void client.close();
    };
  }

  /**
   * Attaches to a process and starts tracing it.
   *
   * @throws AttachError, and the process goes on as before
   */
  static async open(pid: number, options: AttachOptions): Promise<Attachment> {
    const target = findTarget(pid);
    const inspector = await openInspector(target, options.patienceMs).catch((error: unknown) => {
      if (error instanceof InspectorTimeoutError) closeInspectorLater(target, error.socketsBefore);
      throw error;
    });
    let attachment: Attachment | undefined;
    try {
      const client = await InspectorClient.connect(inspector.webSocketUrl, pid);
      attachment = new Attachment(target, inspector, client, options);
      await attachment.begin();
      return attachment;
    } catch (error) {
      if (attachment === undefined && inspector.openedByUs) {
        closeInspectorLater(target, inspector.socketsBefore, inspector);
      }
      await attachment?.close();
      throw error;
    }
  }

  get nodeVersion(): string {
    return this.inspector.nodeVersion;
  }

  /**
   * Has the program write a dump.
   *
   * @param reason part of the file's name, in lower case
   * @returns its path, and how long the program paused for it
   * @throws AttachError if it cannot be written, or the program does not answer
   */
  async dump(reason: string): Promise<DumpAnswer> {
    const request: DumpRequest = { reason, options: this.options.dump };
    const { main } = this.client;
    const { value: answer } = (await this.reachesEventLoop())
      ? await callAgent<DumpAnswer>(
          main,
          'dump',
          request,
          Math.max(WRITE_PATIENCE_MS, this.options.patienceMs),
        )
      : await callAgent<DumpAnswer>(main, 'dumpNow', request, this.options.patienceMs);
    this.notePause(answer);
    return answer;
  }

  /** What there is to show of this moment. */
  async sample(by: Grouping): Promise<WatchSample> {
    const taken = await callAgent<WatchSample>(this.client.main, 'sample', { by }, this.options.patienceMs);
    this.notePause(taken);
    return taken.value;
  }

  /** The dump that the program wrote when it ended while attached; null if it did not. */
  findExitDump(): string | null {
    const { directory } = this.options;
    if (directory === null) return null;
    const pid = this.target.namespacePids.at(-1);
    const name = fs
      .readdirSync(directory)
      .filter((entry) => new RegExp(`^abtrace-\\w+-${pid}-\\d{4}-exit\\.json$`).test(entry))
      .sort()
      .at(-1);
    if (name === undefined) return null;
    const file = path.join(directory, name);
    return fs.statSync(file).mtimeMs >= this.openedMs ? file : null;
  }

  /**
   * Stops tracing, closes the inspector if it was closed before, and hangs up.
   *
   * @throws AttachError if the program did not answer, and so may be traced still
   */
  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    const { main } = this.client;
    const { patienceMs } = this.options;
    let failure: unknown;
    try {
      if (this.began) {
        const ended = await callAgent<News>(main, 'end', null, patienceMs);
        this.notePause(ended);
        this.takeNews(ended.value);
      }
    } catch (error) {
      failure = error;
    }
    if (this.inspector.openedByUs) await this.noteStandstill(() => closeInspectorOf(this.client, patienceMs));
    await this.client.close();
    if (!(await this.isInspectorAsBefore())) {
      closeInspectorLater(this.target, this.inspector.socketsBefore, this.inspector);
      throw new AttachError(
        `process ${this.target.pid} does not answer any more, and its inspector is still open on port ` +
          `${this.inspector.port}; ${LATE_CLOSE}`,
        { cause: failure },
      );
    }
    if (failure !== undefined && isRunning(this.target)) throw failure;
  }

  private async begin(): Promise<void> {
    const { main } = this.client;
    const { patienceMs } = this.options;
    const major = Number(/^v(\d+)\./.exec(this.inspector.nodeVersion)?.[1]);
    if (!SUPPORTED_MAJORS.includes(major)) {
      throw new AttachError(
        `process ${this.target.pid} runs Node ${this.inspector.nodeVersion}; abtrace supports ${SUPPORTED_MAJORS.join(', ')}`,
      );
    }
    // Before its first line a program has no process object that can be asked.
    const { value: pid } = await evaluate<number | null>(main, 'globalThis.process?.pid ?? null', patienceMs);
    if (pid === null) {
      throw new AttachError(
        `process ${this.target.pid} has not begun: it waits for a debugger, as --inspect-brk has it do`,
      );
    }
    if (!this.target.namespacePids.includes(pid)) {
      throw new AttachError(`the inspector on port ${this.inspector.port} is that of process ${pid}`);
    }
    // Until this is answered nobody measures inside.
    await this.noteStandstill(() => watchLoopOf(main, patienceMs));
    this.longestPauseMs = await loadAgent(main, patienceMs);
    await main.call('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true }, patienceMs);
    const heartbeatMs = Number(process.env.ABTRACE_INTERNAL_HEARTBEAT_MS ?? HEARTBEAT_MS);
    const request: BeginRequest = {
      heartbeatMs,
      start: this.options.start,
      directory: this.options.directory,
      closeInspector: this.inspector.openedByUs,
      dump: this.options.dump,
      memory: this.options.memory,
    };
    const begun = await callAgent<BeginAnswer>(main, 'begin', request, patienceMs).catch((error: unknown) => {
      throw this.explain(error);
    });
    this.began = true;
    this.notePause(begun);
    this.tracedBefore = begun.value.tracedBefore;
    this.script = begun.value.script;
    this.heartbeat = setInterval(() => {
      callAgent<News>(main, 'beat', null, patienceMs)
        .then(({ value }) => this.takeNews(value))
        .catch(() => undefined);
    }, heartbeatMs).unref();
    this.notePause(await callAgent<null>(main, 'beginWatch', request, patienceMs));
  }

  private async reachesEventLoop(): Promise<boolean> {
    try {
      const turn = 'new Promise((resolve) => setImmediate(resolve, null))';
      await evaluate<null>(this.client.main, turn, TURN_PATIENCE_MS, true);
      return true;
    } catch (error) {
      if (error instanceof NoAnswerError) return false;
      throw error;
    }
  }

  private explain(error: unknown): unknown {
    if (!(error instanceof RemoteError) || error.remoteCode !== 'ABTRACE_NATIVE_LOAD') return error;
    return new AttachError(
      `process ${this.target.pid} runs Node ${this.nodeVersion}, in which ${error.message}`,
      { cause: error },
    );
  }

  private takeNews({ written, standstillMs }: News): void {
    this.standstillMs = Math.max(this.standstillMs, standstillMs);
    written.forEach(this.onWritten);
  }

  /** The program stands still for at most as long as it takes to answer. */
  private async noteStandstill(ask: () => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    await ask();
    this.standstillMs = Math.max(this.standstillMs, performance.now() - startedMs);
  }

  private notePause({ pauseMs }: { pauseMs: number }): void {
    this.longestPauseMs = Math.max(this.longestPauseMs, pauseMs);
  }

  private async isInspectorAsBefore(): Promise<boolean> {
    if (!this.inspector.openedByUs) return true;
    for (const deadline = Date.now() + CLOSE_PATIENCE_MS; Date.now() < deadline; ) {
      if (!isListening(this.target.pid, this.inspector)) return true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return false;
  }
}

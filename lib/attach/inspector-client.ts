// A client of Node's inspector protocol over a WebSocket: calls with answers, events, and threads below the main one.
// Owns the connection; knows nothing of what is said over it.
import WebSocket from 'ws';
import { AttachError } from '../errors';

/** An answer that does not come: the thread is blocked, stopped, or gone. */
export class NoAnswerError extends AttachError {}

interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message?: string };
}

interface Waiting {
  resolve(result: Record<string, unknown>): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** Messages are whole heaps in the worst case, but nothing that we ask for is. */
const MOST_MESSAGE_BYTES = 64e6;
const CONNECT_PATIENCE_MS = 5000;

/** One thread of a program, as the inspector shows it: the main one, or a worker reached through another thread. */
export class InspectorThread {
  /** Told of each event, by name. */
  onEvent: (method: string, params: Record<string, unknown>) => void = () => {};
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private closedBecause: string | null = null;

  /**
   * @param name the thread in messages
   * @param transmit sends one message, as text
   */
  constructor(
    private readonly name: string,
    private readonly transmit: (text: string) => void,
  ) {}

  /**
   * Calls a method and waits for its answer.
   *
   * @throws NoAnswerError after `patienceMs` or if the connection ends, AttachError if the inspector refuses
   */
  call(
    method: string,
    params: Record<string, unknown>,
    patienceMs: number,
  ): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.closedBecause !== null) {
        reject(new NoAnswerError(this.closedBecause));
        return;
      }
      this.lastId += 1;
      const id = this.lastId;
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new NoAnswerError(`${this.name} did not answer within ${patienceMs / 1000} s`));
      }, patienceMs);
      this.waiting.set(id, { resolve, reject, timer });
      this.transmit(JSON.stringify({ id, method, params }));
    });
  }

  /** Takes a message that the thread sent. */
  receive(text: string): void {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      return;
    }
    if (message.method !== undefined) {
      this.onEvent(message.method, message.params ?? {});
      return;
    }
    const waiting = this.waiting.get(message.id ?? 0);
    if (waiting === undefined) return;
    this.waiting.delete(message.id ?? 0);
    clearTimeout(waiting.timer);
    if (message.error === undefined) waiting.resolve(message.result ?? {});
    else waiting.reject(new AttachError(`the inspector of ${this.name} refused: ${message.error.message}`));
  }

  /** The thread is gone: nothing will be answered any more. */
  close(because: string): void {
    this.closedBecause ??= because;
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new NoAnswerError(because));
    }
    this.waiting.clear();
  }
}

/** A connection to the inspector of a process. */
export class InspectorClient {
  readonly main: InspectorThread;
  /** Settles when the connection is gone, from whichever side. */
  readonly closed: Promise<void>;

  private constructor(
    private readonly socket: WebSocket,
    pid: number,
  ) {
    this.main = new InspectorThread(`process ${pid}`, (text) => socket.send(text));
    socket.on('message', (data) => this.main.receive(String(data)));
    socket.on('error', () => socket.terminate());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.main.close(`process ${pid} ended, or closed its inspector`);
        resolve();
      });
    });
  }

  /** @throws AttachError if the inspector does not accept the connection */
  static connect(url: string, pid: number): Promise<InspectorClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, {
        perMessageDeflate: false,
        handshakeTimeout: CONNECT_PATIENCE_MS,
        maxPayload: MOST_MESSAGE_BYTES,
      });
      socket.once('open', () => {
        socket.removeAllListeners('error');
        resolve(new InspectorClient(socket, pid));
      });
      socket.once('error', (error) => {
        reject(new AttachError(`cannot connect to the inspector of process ${pid}: ${error.message}`));
      });
    });
  }

  /** Hangs up. */
  async close(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

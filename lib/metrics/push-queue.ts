// Profiles that wait to be sent: a bounded number of them, oldest first, each tried a bounded number of times with
// growing pauses. It knows nothing of HTTP.
import type { UploadResult } from './upload';

/** What became of the profiles so far. */
export interface PushStats {
  /** Profiles that the server took. */
  sent: number;
  /** Attempts that failed. */
  failedAttempts: number;
  /** Profiles given up: refused by the server, tried too often, or pushed out by newer ones. */
  dropped: number;
  /** Profiles that wait. */
  queued: number;
  /** The latest problem, in words; null if there was none since something was last sent. */
  problem: string | null;
}

/** How a queue behaves. */
export interface PushQueueOptions<T> {
  /** Sends one; must not reject. */
  send: (item: T) => Promise<UploadResult>;
  /** Most that wait; the oldest falls off. */
  mostQueued: number;
  /** Attempts for each. */
  mostAttempts: number;
  /** The first pause; it doubles with each failure in a row. */
  firstPauseMs: number;
  mostPauseMs: number;
  /** Told of each failed attempt. */
  onProblem: (problem: string) => void;
  /** A number from 0 up to 1, so that a fleet does not come back all at once; default Math.random. */
  random?: () => number;
}

/** Sends what is added, one at a time. Timers never hold the process. */
export class PushQueue<T> {
  private readonly items: { item: T; attempts: number }[] = [];
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failuresInARow = 0;
  private counts = { sent: 0, failedAttempts: 0, dropped: 0 };
  private problem: string | null = null;

  constructor(private readonly options: PushQueueOptions<T>) {}

  /** Adds one and begins to send, unless a pause is on. */
  add(item: T): void {
    this.items.push({ item, attempts: 0 });
    while (this.items.length > this.options.mostQueued) {
      // The first may be on its way just now, and is taken off when it is back.
      this.items.splice(this.sending === undefined ? 0 : 1, 1);
      this.counts.dropped += 1;
    }
    if (this.timer === undefined) void this.sendAll();
  }

  /** Sends what waits, until one fails, and gives up the rest. The process does not end before. */
  async drain(): Promise<void> {
    const hold = setInterval(() => {}, 60_000);
    try {
      this.stopTimer();
      await this.sending;
      this.stopTimer();
      await this.sendAll();
    } finally {
      clearInterval(hold);
      this.close();
    }
  }

  /** Gives up what waits. */
  close(): void {
    this.stopTimer();
    this.counts.dropped += this.items.length;
    this.items.length = 0;
  }

  stats(): PushStats {
    return { ...this.counts, queued: this.items.length, problem: this.problem };
  }

  private async sendAll(): Promise<void> {
    if (this.items.length > 0) this.sending ??= this.sendEach();
    await this.sending;
  }

  private async sendEach(): Promise<void> {
    for (let first = this.items[0]; first !== undefined; first = this.items[0]) {
      first.attempts += 1;
      const result = await this.options.send(first.item);
      const givenUp = !result.ok && (!result.retry || first.attempts >= this.options.mostAttempts);
      if ((result.ok || givenUp) && this.items[0] === first) this.items.shift();
      if (result.ok) {
        this.counts.sent += 1;
        this.failuresInARow = 0;
        this.problem = null;
        continue;
      }
      this.counts.failedAttempts += 1;
      if (givenUp) this.counts.dropped += 1;
      this.problem = result.problem;
      this.failuresInARow += 1;
      this.options.onProblem(result.problem);
      this.pause(result.retryAfterMs);
      break;
    }
    this.sending = undefined;
  }

  private pause(retryAfterMs: number | null): void {
    const { firstPauseMs, mostPauseMs, random = Math.random } = this.options;
    const growing = firstPauseMs * 2 ** Math.min(this.failuresInARow - 1, 20);
    const pauseMs = Math.min(mostPauseMs, Math.max(growing, retryAfterMs ?? 0)) * (0.5 + random() / 2);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.sendAll();
    }, pauseMs).unref();
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

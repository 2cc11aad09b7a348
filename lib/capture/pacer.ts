// Spaces out what a program is stopped for again and again, so that it gets on with its own work.

/** The part of its time that a program may be stopped for. */
const MOST_SHARE = 0.2;

/** Decides when the next of several pauses may be. */
export class Pacer {
  private notBeforeMs = Number.NEGATIVE_INFINITY;

  /** @param now the time in ms; for tests */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether the program has had enough time of its own since the last pause. */
  isTime(): boolean {
    return this.now() >= this.notBeforeMs;
  }

  /** A pause of this length has just ended. */
  note(pauseMs: number): void {
    this.notBeforeMs = this.now() + pauseMs * (1 / MOST_SHARE - 1);
  }
}

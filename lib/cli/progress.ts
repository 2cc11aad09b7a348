// Says on a terminal what a long command is doing, in one line that is written over and goes away at the end. Where
// there is no terminal it stays silent, but for what a person should know.
import { safeText } from '../report/text/safe-text';

/** Nothing is said of what is done sooner. */
const PATIENCE_MS = 300;
const REDRAW_MS = 100;

/** The one line. */
export class Progress {
  private readonly startedMs = Date.now();
  private drawnMs = 0;
  private shown = false;

  /** @param output usually stderr */
  constructor(private readonly output: NodeJS.WriteStream) {}

  /**
   * @param doing what is being done
   * @param done the part of it that is done, 0 to 1
   */
  show(doing: string, done: number): void {
    const nowMs = Date.now();
    if (!this.output.isTTY || process.env.TERM === 'dumb') return;
    if (nowMs - this.startedMs < PATIENCE_MS || (this.shown && nowMs - this.drawnMs < REDRAW_MS)) return;
    this.drawnMs = nowMs;
    this.shown = true;
    const percent = done > 0 ? ` ${Math.floor(done * 100)} %` : '';
    this.output.write(`\r\u001b[K${doing}…${percent}`);
  }

  /** Says something that stays. */
  tell(line: string): void {
    this.end();
    this.output.write(`abtrace: ${safeText(line)}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.shown) this.output.write('\r\u001b[K');
    this.shown = false;
  }
}

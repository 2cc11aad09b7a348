// A full-screen view on a terminal: draws frames, tells of keys and of a new size. However the process ends, the terminal
// is as it was: its own screen, the cursor visible, keys echoed.
import fs from 'node:fs';
import readline from 'node:readline';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const STDOUT = 1;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export interface FullScreenOptions {
  /** Told of each key: a character, or a name such as `escape`. */
  onKey: (key: string) => void;
  /** The frame must be drawn again: the size has changed, or the process was suspended. */
  onRedraw: () => void;
  /** Ctrl-C. */
  onInterrupt: () => void;
}

/** One view; there is one terminal, so there is one of these at a time. */
export class FullScreen {
  private isOpen = false;
  private readonly onExit = () => this.close();
  private readonly onContinue = () => {
    this.enter();
    this.options.onRedraw();
  };
  private readonly onKeypress = (text: string | undefined, key: readline.Key) => {
    if (key.ctrl === true && key.name === 'c') this.options.onInterrupt();
    else if (key.ctrl === true && key.name === 'z') this.suspend();
    else this.options.onKey(text ?? key.name ?? '');
  };

  constructor(private readonly options: FullScreenOptions) {}

  get width(): number {
    return process.stdout.columns || DEFAULT_COLUMNS;
  }

  get height(): number {
    return process.stdout.rows || DEFAULT_ROWS;
  }

  /** Takes the terminal over. */
  open(): void {
    process.on('exit', this.onExit);
    process.on('SIGCONT', this.onContinue);
    process.stdout.on('resize', this.options.onRedraw);
    if (process.stdin.isTTY) {
      readline.emitKeypressEvents(process.stdin);
      process.stdin.on('keypress', this.onKeypress);
      process.stdin.resume();
    }
    this.enter();
  }

  /** Shows lines that fit; what was there before is gone. */
  draw(lines: readonly string[]): void {
    if (!this.isOpen) return;
    // The last line has no line break after it, or the screen would scroll.
    const text = lines.slice(0, this.height).join(`${CLEAR_TO_END_OF_LINE}\r\n`);
    process.stdout.write(`${HOME}${text}${CLEAR_TO_END_OF_LINE}${CLEAR_BELOW}`);
  }

  /** Gives the terminal back; may be called again. */
  close(): void {
    process.off('exit', this.onExit);
    process.off('SIGCONT', this.onContinue);
    process.stdout.off('resize', this.options.onRedraw);
    process.stdin.off('keypress', this.onKeypress);
    process.stdin.pause();
    this.leave();
  }

  private enter(): void {
    this.isOpen = true;
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdout.write(ENTER);
  }

  private leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    try {
      if (process.stdin.isTTY) process.stdin.setRawMode(false);
      // At once: the process may be about to end.
      fs.writeSync(STDOUT, LEAVE);
    } catch {
      // The terminal is gone.
    }
  }

  private suspend(): void {
    this.leave();
    process.kill(process.pid, 'SIGSTOP');
  }
}

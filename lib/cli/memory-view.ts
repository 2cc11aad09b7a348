// The rows of process.memoryUsage() that `abtrace demo` shows while its client runs: on a terminal the last row moves,
// elsewhere there is one line a second.
import type { Writable } from 'node:stream';
import type { Colors } from 'picocolors/types';
import { drawBar } from '../report/text/figures';

const FIELDS = ['rss', 'heapUsed', 'external', 'arrayBuffers'] as const;
const GAP = 3;
const TIME_WIDTH = 7;
const TABLE_WIDTH = FIELDS.reduce((sum, field) => sum + widthOf(field), TIME_WIDTH);
/** What the longest bar stands for; the demo gets there. */
const MOST_BYTES = 200e6;
const CLEAR_LINE = '\r\u001b[2K';

export interface MemoryViewOptions {
  output: Writable;
  /** The output is a terminal that understands cursor movements. */
  live: boolean;
  /** Columns of the output. */
  width: number;
  colors: Colors;
}

function widthOf(field: string): number {
  return Math.max(field.length, '1234.5'.length) + GAP;
}

/** Prints a table that grows by one row a second. */
export class MemoryView {
  private seconds = 0;

  constructor(private readonly options: MemoryViewOptions) {
    const { output, colors } = options;
    const names = FIELDS.map((field) => field.padStart(widthOf(field))).join('');
    output.write(`${colors.dim(`${'seconds'.padStart(TIME_WIDTH)}${names}  (MB)`)}\n`);
  }

  /** Takes a sample; times are since the client started. */
  show(elapsedMs: number, usage: NodeJS.MemoryUsage): void {
    const { output, live } = this.options;
    const second = Math.floor(elapsedMs / 1000);
    const row = this.row(elapsedMs, usage);
    if (live) output.write(second > this.seconds ? `${CLEAR_LINE}${row}\n` : `${CLEAR_LINE}${row}`);
    else if (second > this.seconds) output.write(`${row}\n`);
    this.seconds = second;
  }

  /** Leaves the cursor at the start of an empty line. */
  end(): void {
    if (this.options.live) this.options.output.write(CLEAR_LINE);
  }

  private row(elapsedMs: number, usage: NodeJS.MemoryUsage): string {
    const { width, colors } = this.options;
    const figures = FIELDS.map((field) => {
      const text = (usage[field] / 1e6).toFixed(1).padStart(widthOf(field));
      return field === 'arrayBuffers' ? colors.red(text) : text;
    });
    const room = Math.max(0, width - TABLE_WIDTH - GAP);
    const bar = drawBar(Math.min(1, usage.arrayBuffers / MOST_BYTES), room);
    return `${(elapsedMs / 1000).toFixed(1).padStart(TIME_WIDTH)}${figures.join('')}  ${colors.red(bar)}`;
  }
}

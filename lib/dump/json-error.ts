// Finds where a text stops being JSON. JSON.parse tells it in some versions of Node only, and not for every error.

/** Where a text stops being JSON. */
export interface JsonErrorPosition {
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units. */
  column: number;
  /** True if all that is there is right, but something must follow. */
  endsEarly: boolean;
  /** The first characters of what cannot stand there. */
  excerpt: string;
}

const SPACE = /[ \t\n\r]*/y;
const WORD = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const CUT_OFF_WORD = /(?:-?\d*\.?\d*(?:[eE][+-]?)?|t|tr|tru|f|fa|fal|fals|n|nu|nul)$/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const CUT_OFF_ESCAPE = /\\(?:u[0-9a-fA-F]{0,3})?$/y;

/**
 * Locates the first error of a text that JSON.parse refused.
 * @param text the whole text
 */
export function locateJsonError(text: string): JsonErrorPosition {
  const offset = new Scanner(text).errorOffset();
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', lineStart)) {
    line += 1;
    lineStart = at + 1;
  }
  return {
    line,
    column: offset - lineStart + 1,
    endsEarly: offset === text.length,
    excerpt: text.slice(offset, offset + 16),
  };
}

type Expectation = 'value' | 'value or end' | 'key' | 'key or end' | 'comma or end' | 'nothing';

class Scanner {
  private at = 0;
  private readonly open: ('[' | '{')[] = [];

  constructor(private readonly text: string) {}

  errorOffset(): number {
    let expected: Expectation = 'value';
    for (;;) {
      this.skip(SPACE);
      const next = this.text[this.at];
      if (next === undefined || expected === 'nothing') return this.at;
      const inArray = this.open.at(-1) === '[';
      if (expected.endsWith('or end') && next === (inArray ? ']' : '}')) {
        this.at += 1;
        this.open.pop();
        expected = this.afterValue();
      } else if (expected === 'comma or end') {
        if (next !== ',') return this.at;
        this.at += 1;
        expected = inArray ? 'value' : 'key';
      } else if (expected.startsWith('key')) {
        if (next !== '"' || !this.skipString()) return this.at;
        this.skip(SPACE);
        if (this.text[this.at] !== ':') return this.at;
        this.at += 1;
        expected = 'value';
      } else if (next === '[' || next === '{') {
        this.at += 1;
        this.open.push(next);
        expected = next === '[' ? 'value or end' : 'key or end';
      } else {
        if (!(next === '"' ? this.skipString() : this.skipWord())) return this.at;
        expected = this.afterValue();
      }
    }
  }

  private afterValue(): Expectation {
    return this.open.length === 0 ? 'nothing' : 'comma or end';
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  /** Returns false, with `at` on the error, if there is no whole number or name here. */
  private skipWord(): boolean {
    if (this.skip(WORD)) return true;
    this.skip(CUT_OFF_WORD);
    return false;
  }

  /** Returns false, with `at` on the error, if there is no whole string here. */
  private skipString(): boolean {
    this.at += 1;
    for (; this.at < this.text.length; this.at += 1) {
      const unit = this.text.charCodeAt(this.at);
      if (unit === 0x22) {
        this.at += 1;
        return true;
      }
      if (unit < 0x20) return false;
      if (unit === 0x5c) {
        if (!this.skip(ESCAPE)) {
          this.skip(CUT_OFF_ESCAPE);
          return false;
        }
        this.at -= 1;
      }
    }
    return false;
  }
}

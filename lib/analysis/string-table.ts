// The strings of a dump, while an analysis adds to them. The dump's own array stays as it is.

/** A growing list of distinct strings. */
export class StringTable {
  readonly strings: string[];
  private readonly indices = new Map<string, number>();

  constructor(strings: readonly string[]) {
    this.strings = [...strings];
    for (const [index, text] of this.strings.entries()) this.indices.set(text, index);
  }

  /** Returns the index of a string, which is added if it is new. */
  indexOf(text: string): number {
    const known = this.indices.get(text);
    if (known !== undefined) return known;
    this.indices.set(text, this.strings.length);
    return this.strings.push(text) - 1;
  }
}

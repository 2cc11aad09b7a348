// Breaks running text into lines for a terminal.
import { widthOf } from './safe-text';

/** Breaks a text between words, so that no line is wider than `room` columns unless a word is. */
export function wrapWords(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

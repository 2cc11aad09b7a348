// Fits names from a traced program into columns of a terminal.
import stringWidth from 'string-width';

export { safeText } from '../harmless-text';

/** Columns that a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Cuts the end off a text that is wider than `width`, and says so by `…`. */
export function cutEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${takeWhileFits([...text], width - 1).join('')}…`;
}

/** Cuts the start off a text that is wider than `width`, and says so by `…`. */
export function cutStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `…${takeWhileFits([...text].reverse(), width - 1)
    .reverse()
    .join('')}`;
}

function takeWhileFits(characters: string[], width: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => {
    used += widthOf(character);
    return used > width;
  });
  return end < 0 ? characters : characters.slice(0, end);
}

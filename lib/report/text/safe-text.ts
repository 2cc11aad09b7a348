// Makes names from a traced program harmless on a terminal, and fits them into columns. Names come from the code that
// was traced and from its environment: they may hold escape sequences, or characters that reverse or hide text.
import stringWidth from 'string-width';

/**
 * Control characters (also the C1 ones that some terminals obey), what changes the direction of text, what has no
 * width, line separators, tags, halves of surrogate pairs, and private ones.
 */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u115f\u1160\u3164\uffa0]|\u034f/gu;
/** Accents pile up over other lines without limit. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;
const MOST_CHARACTERS = 2_000;

/** Writes a text so that a terminal shows every character of it, and nothing else happens: `\u{1b}` for escape. */
export function safeText(text: string): string {
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return short
    .replace(HARMFUL, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`)
    .replace(PILED_MARKS, '$1');
}

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

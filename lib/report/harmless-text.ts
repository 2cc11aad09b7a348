// Makes names from a traced program harmless wherever they are shown. Names come from the code that was traced and from
// its environment: they may hold escape sequences, or characters that reverse or hide text.

/**
 * Control characters (also the C1 ones that some terminals obey), what changes the direction of text, what has no
 * width, line separators, tags, halves of surrogate pairs, and private ones.
 */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u115f\u1160\u3164\uffa0]|\u034f/gu;
/** Accents pile up over other lines without limit. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;
const MOST_CHARACTERS = 2_000;

/** Writes a text so that every character of it can be seen, and nothing else happens: `\u{1b}` for escape. */
export function safeText(text: string): string {
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return short
    .replace(HARMFUL, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`)
    .replace(PILED_MARKS, '$1');
}

/** The path from a folder to a file in it; other paths stay as they are. */
export function relativeTo(cwd: string, file: string): string {
  for (const separator of ['/', '\\']) {
    const folder = cwd.endsWith(separator) ? cwd : cwd + separator;
    if (file.startsWith(folder) && file.length > folder.length) return file.slice(folder.length);
  }
  return file;
}

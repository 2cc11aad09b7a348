// Finds where the function around a position in generated code is defined, by the look of the text. A source map's
// name belongs to the token at a position, so that of a call says what is called, not who calls: the original name of
// the caller stands at the caller's own definition, some way ahead of the call.
//
//   function a(b){return c(b)}        names: a → streamTurn, b → response, c → keep
//            ▲           └ the frame "a" is here; its name must not become "keep"
//            └ the definition

/** A position in generated code, both 0-based. */
interface TextPosition {
  line: number;
  column: number;
}

/** A definition this far ahead is not looked for: minified programs are one long line. */
const MOST_CHARACTERS = 200_000;
const MOST_OCCURRENCES = 2_000;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const PART_OF_NAME_BEFORE = /[\p{ID_Continue}$.]$/u;
const PART_OF_NAME_AFTER = /^[\p{ID_Continue}$]/u;
const FUNCTION_BEFORE = /\bfunction\s*\*?\s*$/;
const METHOD_BEFORE = /(?:[{;,}]|\b(?:async|static|get|set)\s)\s*[*#]?\s*$/;
const FUNCTION_AFTER = /^\s*[=:]\s*(?:async\b|function\b|\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u;

/**
 * Lists what looks like a definition of a function, nearest first.
 * @param lines generated code
 * @param line where the function was running, 0-based
 * @param column 0-based
 * @param name of the function in generated code; anything but an identifier has no definitions
 */
export function* definitionsBefore(
  lines: readonly string[],
  line: number,
  column: number,
  name: string,
): Generator<TextPosition, void, undefined> {
  if (!IDENTIFIER.test(name)) return;
  let characters = 0;
  let occurrences = 0;
  for (let at = line; at >= 0 && characters < MOST_CHARACTERS; at -= 1) {
    const text = lines[at] ?? '';
    let from = at === line ? Math.min(column, text.length) : text.length;
    const first = from;
    while (from >= 0 && occurrences < MOST_OCCURRENCES) {
      const start = text.lastIndexOf(name, from);
      if (start < 0 || first - start > MOST_CHARACTERS) break;
      occurrences += 1;
      if (isDefinition(text, start, name)) yield { line: at, column: start };
      from = start - 1;
    }
    characters += first + 1;
  }
}

function isDefinition(text: string, start: number, name: string): boolean {
  const before = text.slice(Math.max(0, start - 32), start);
  const after = text.slice(start + name.length, start + name.length + 64);
  if (PART_OF_NAME_BEFORE.test(before) || PART_OF_NAME_AFTER.test(after)) return false;
  if (FUNCTION_BEFORE.test(before)) return true;
  return after.trimStart().startsWith('(') ? METHOD_BEFORE.test(before) : FUNCTION_AFTER.test(after);
}

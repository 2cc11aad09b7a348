// Turns a dump into JSON text piece by piece: as one string, a dump of many sites could pass V8's limit of 512 MB.

/** Pieces are cut at about this many UTF-16 units. */
const PIECE_LENGTH = 1 << 20;

/**
 * Serialises an object; its arrays get one element a line, so that dumps can be compared and searched by line.
 * @param value plain JSON; must not change before the last piece is taken
 * @returns pieces which joined are the JSON text, with a newline at the end
 */
export function* serialize(value: object): Generator<string, void, undefined> {
  let piece = '';
  for (const text of lines(value)) {
    piece += text;
    if (piece.length >= PIECE_LENGTH) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

function* lines(value: object): Generator<string, void, undefined> {
  let separator = '{\n';
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    yield `${separator}${JSON.stringify(key)}: `;
    separator = ',\n';
    if (!Array.isArray(field) || field.length === 0) {
      yield JSON.stringify(field);
      continue;
    }
    let elementSeparator = '[\n';
    for (const element of field) {
      yield elementSeparator + JSON.stringify(element);
      elementSeparator = ',\n';
    }
    yield '\n]';
  }
  yield separator === ',\n' ? '\n}\n' : '{}\n';
}

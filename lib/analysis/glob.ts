// Glob patterns over paths, for the options `user` and `dependency`. native/core/glob.h does the same while tracing;
// test/golden/globs.json holds both to one behaviour.

type Token = string | typeof ANY_CHARACTER | typeof ANY_NAME | typeof ANY_PATH | typeof ANY_FOLDERS;

const ANY_CHARACTER = Symbol('?');
const ANY_NAME = Symbol('*');
const ANY_PATH = Symbol('**');
const ANY_FOLDERS = Symbol('**/');

/**
 * Tells whether a pattern matches a path as a whole.
 * @param pattern `?` is one character but `/`, `*` any number of them, `**` any number of characters with `/` too,
 *   and `**` before a slash any number of whole folders; all else stands for itself
 * @param path with `/` between its parts
 */
export function globMatches(pattern: string, path: string): boolean {
  const characters = [...path];
  // How far into the path the tokens so far can reach; one array per token keeps hostile patterns cheap.
  let reached: boolean[] = new Array(characters.length + 1).fill(false);
  reached[0] = true;
  for (const token of tokenize(pattern)) {
    const next: boolean[] = new Array(characters.length + 1).fill(false);
    let earlier = false;
    for (let at = 0; at <= characters.length; at += 1) {
      const before = characters[at - 1];
      const fromBefore = at > 0 && reached[at - 1] === true;
      if (token === ANY_NAME) next[at] = reached[at] === true || (next[at - 1] === true && before !== '/');
      else if (token === ANY_PATH) next[at] = reached[at] === true || next[at - 1] === true;
      else if (token === ANY_FOLDERS) next[at] = reached[at] === true || (earlier && before === '/');
      else if (token === ANY_CHARACTER) next[at] = fromBefore && before !== '/';
      else next[at] = fromBefore && before === token;
      earlier ||= reached[at] === true;
    }
    reached = next;
  }
  return reached[characters.length] === true;
}

/**
 * Makes a pattern absolute, as {@link globMatches} and the tracer need it.
 * @param pattern absolute, or relative to `cwd`; a trailing slash means all that lies below
 * @param cwd absolute
 */
export function absoluteGlob(pattern: string, cwd: string): string {
  const slashed = pattern.replaceAll('\\', '/');
  const below = slashed.endsWith('/') ? `${slashed}**` : slashed;
  return normalize(isAbsolute(below) ? below : `${cwd.replaceAll('\\', '/')}/${below}`);
}

function tokenize(pattern: string): Token[] {
  return (pattern.match(/\*\*\/|\*\*|./gsu) ?? []).map((text) => {
    if (text === '**/') return ANY_FOLDERS;
    if (text === '**') return ANY_PATH;
    if (text === '*') return ANY_NAME;
    return text === '?' ? ANY_CHARACTER : text;
  });
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

/** Resolves `.` and `..`; path.normalize of the machine that reads may differ from that of the one traced. */
function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 1) parts.pop();
    else if (part !== '.' && part !== '..' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  return parts.join('/');
}

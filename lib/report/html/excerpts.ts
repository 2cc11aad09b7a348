// Reads the lines around places in code, so that a report shows them wherever it is opened. Only files that look like
// source code are read: a dump that came from elsewhere must not put other files of this machine into a page.
import fs from 'node:fs';
import path from 'node:path';
import { safeText } from '../harmless-text';
import type { Excerpt } from './report-data';

/** Reads excerpts; each file is read once. */
export type ExcerptReader = (place: { file: string; line: number }) => Omit<Excerpt, 'frame'> | null;

const NEIGHBOURS = 3;
const LONGEST_LINE = 160;
const LARGEST_FILE_BYTES = 5_000_000;
const SOURCE_NAME = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|coffee)$/i;

interface SourceFile {
  lines: string[];
  changedAtMs: number;
}

/**
 * Makes a reader of excerpts.
 * @param takenAtMs when the dump was taken, in ms since 1970: files changed later may have other lines
 */
export function createExcerptReader(takenAtMs: number): ExcerptReader {
  const files = new Map<string, SourceFile | null>();
  return ({ file, line }) => {
    let source = files.get(file);
    if (source === undefined) {
      source = readSource(file);
      files.set(file, source);
    }
    if (source === null || line < 1 || line > source.lines.length) return null;
    const firstLine = Math.max(1, line - NEIGHBOURS);
    return {
      firstLine,
      lines: source.lines.slice(firstLine - 1, line + NEIGHBOURS).map(cleanLine),
      changed: source.changedAtMs > takenAtMs,
    };
  };
}

function readSource(file: string): SourceFile | null {
  if (!path.isAbsolute(file) || !SOURCE_NAME.test(file)) return null;
  try {
    const stats = fs.statSync(file);
    if (!stats.isFile() || stats.size > LARGEST_FILE_BYTES) return null;
    return { lines: fs.readFileSync(file, 'utf8').split(/\r?\n/), changedAtMs: stats.mtimeMs };
  } catch {
    return null;
  }
}

function cleanLine(line: string): string {
  const text = safeText(line.slice(0, LONGEST_LINE + 1).replaceAll('\t', '  '));
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}

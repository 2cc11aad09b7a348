// Shows a line of code with its neighbours, as a person would want to see the owner of memory.
import fs from 'node:fs';
import path from 'node:path';
import type { Colors } from 'picocolors/types';
import type { Place } from '../analysis/owner';
import { cutEnd, safeText } from '../report/text/safe-text';

const NEIGHBOURS = 4;

/** The lines around a place, that one marked; empty if the file cannot be read any more. */
export function excerptLines({ file, line }: Place, width: number, colors: Colors): string[] {
  let text: string[];
  try {
    text = fs.readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
  const first = Math.max(1, line - NEIGHBOURS);
  const last = Math.min(text.length, line + NEIGHBOURS);
  const gutter = String(last).length;
  const lines = text.slice(first - 1, last).map((content, index) => {
    const number = first + index;
    const shown = cutEnd(
      `${number === line ? '>' : ' '} ${String(number).padStart(gutter)} | ${safeText(content)}`,
      width,
    );
    return number === line ? colors.bold(colors.red(shown)) : colors.dim(shown);
  });
  return [colors.cyan(path.basename(file)), ...lines];
}

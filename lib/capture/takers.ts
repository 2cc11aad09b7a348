// Puts the frame of a handler that was handed what a dependency had read on the line on which it takes that. Reads the
// sources of such handlers, once each, when a dump is taken and not before.
import fs from 'node:fs';
import { findTaking } from '../analysis/taking';

/** As `Origin::kTaker` of native/core/types.h has it. */
export const TAKER = 6;

/** Longer sources are bundles, which take long to parse: a dump should not wait for it. */
const LONGEST_SOURCE_CHARS = 1_000_000;
/** What runs is not what is on disk. */
const TRANSFORMED = /\.(?:[cm]?ts|[jt]sx)$/;

interface Position {
  line: number;
  column: number;
}

/** Tells where the function around a place takes what it was handed: that place itself if it cannot be told. */
export type PlaceOfTaking = (file: string, place: Position) => Position;

/** @param readText reads a file, or throws; from the disk by default */
export function createPlaceOfTaking(
  readText: (file: string) => string = (file) => fs.readFileSync(file, 'utf8'),
): PlaceOfTaking {
  const sources = new Map<string, string | null>();
  const sourceOf = (file: string): string | null => {
    const known = sources.get(file);
    if (known !== undefined) return known;
    const text = TRANSFORMED.test(file) ? null : textOf(file, readText);
    sources.set(file, text);
    return text;
  };
  return (file, { line, column }) => {
    const text = sourceOf(file);
    return (text === null ? null : findTaking(text, line, column)) ?? { line, column };
  };
}

function textOf(file: string, readText: (file: string) => string): string | null {
  try {
    const text = readText(file);
    return text.length > LONGEST_SOURCE_CHARS ? null : text;
  } catch {
    return null;
  }
}

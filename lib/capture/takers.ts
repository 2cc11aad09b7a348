// Puts the frame of a handler that was handed what a dependency had read on the line on which it takes that. Reads the
// sources of such handlers, once each, when a dump is taken and not before.
import fs from 'node:fs';
import { findTaking } from '../analysis/taking';
import type { Frame } from '../dump/format';

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

/** Tells where the function around a place takes what it was handed; null if it cannot be told. */
export type PlaceOfTaking = (file: string, place: Position) => Position | null;

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
    return text === null ? null : findTaking(text, line, column);
  };
}

/**
 * Finds the frame that takes what it was handed: a handler may have called others of the user's before it was known,
 * `archive.save(request.body)` for instance.
 * @param frames of a stack, from the one that was known on
 * @param fileOf gives the path that a frame's `file` stands for
 * @returns the first of the user's frames up to the dependency that has called them; null if it cannot be told
 */
export function findTakingFrame(
  frames: readonly Pick<Frame, 'file' | 'line' | 'column' | 'origin'>[],
  fileOf: (file: number) => string,
  placeOf: PlaceOfTaking,
): { at: number; place: Position } | null {
  for (const [at, frame] of frames.entries()) {
    if (frame.origin !== 'user') return null;
    const place = placeOf(fileOf(frame.file), frame);
    if (place !== null) return { at, place };
  }
  return null;
}

function textOf(file: string, readText: (file: string) => string): string | null {
  try {
    const text = readText(file);
    return text.length > LONGEST_SOURCE_CHARS ? null : text;
  } catch {
    return null;
  }
}

// How the page names what is in the tables: frames, places, sites.
import type { ReportTables } from '../report-data';

/** Name of a frame's function. */
export function functionOf({ frames, strings }: ReportTables, frame: number): string {
  return strings[frames.function[frame] ?? -1] || '(anonymous)';
}

/** File of a frame, relative to where the program ran. */
export function fileOf({ frames, strings }: ReportTables, frame: number): string {
  return strings[frames.file[frame] ?? -1] || '(unnamed)';
}

/** File and line of a frame; the column is left out, for it is there for comparing and not for reading. */
export function placeOf(tables: ReportTables, frame: number): string {
  const line = tables.frames.line[frame] ?? 0;
  return line === 0 ? fileOf(tables, frame) : `${fileOf(tables, frame)}:${line}`;
}

/** Whose code a frame is. */
export function originOf({ frames, origins }: ReportTables, frame: number): string {
  return origins[frames.origin[frame] ?? -1] ?? 'native';
}

/** Whether a frame is neither the user's code nor a dependency's. */
export function isInternal(tables: ReportTables, frame: number): boolean {
  const origin = originOf(tables, frame);
  return origin === 'node' || origin === 'native';
}

/** npm package of a frame, empty if there is none. */
export function packageOf({ frames, strings }: ReportTables, frame: number): string {
  return strings[frames.package[frame] ?? -1] ?? '';
}

/** Frames of a stack, innermost first; none for -1. */
export function framesOf({ stacks }: ReportTables, stack: number): number[] {
  return stack < 0 ? [] : stacks.frames.slice(stacks.start[stack], stacks.start[stack + 1]);
}

/** Innermost frame of a stack, -1 if there is none. */
export function innermostOf({ stacks }: ReportTables, stack: number): number {
  const start = stacks.start[stack] ?? 0;
  return stack >= 0 && start < (stacks.start[stack + 1] ?? 0) ? (stacks.frames[start] ?? -1) : -1;
}

/** How an owner was found, in words. */
export const VIA_WORDS: Record<string, string> = {
  stack: 'on the stack',
  cause: 'by cause',
  dependency: 'dependency',
  none: 'unknown',
};

/** Kinds of allocation in words. */
export const KIND_WORDS: Record<string, string> = {
  'array-buffer': 'ArrayBuffer',
  shared: 'SharedArrayBuffer',
  resizable: 'resizable buffer',
  wasm: 'WebAssembly memory',
  external: 'native addon',
  other: 'other',
};

/** What a site is made of, in words, and which native addon made it. */
export function kindOf({ sites, kinds, strings }: ReportTables, site: number): string {
  const kind = kinds[sites.kind[site] ?? -1] ?? 'other';
  const addon = strings[sites.addon[site] ?? -1];
  return addon === undefined ? (KIND_WORDS[kind] ?? kind) : `made by ${addon}`;
}

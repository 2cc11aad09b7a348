// What the report page is told: a small summary that it shows at once, and the tables that it unpacks after that.
// Types only: Node writes them (summary.ts, tables.ts), the page reads them. All texts have been made harmless.
//
// Several dumps share one set of tables, so that a site is one row, with figures in each dump:
//
//   sites.stack[7] = 3 ─► stacks.start[3] … start[4] ─► stacks.frames[…] ─► frames.file[12] ─► strings[40]
//   figures[0].liveBytes[7]   what site 7 held in the first dump; 0 if it was not there
import type { Kind, Origin, Via } from '../../dump/format';

/** A piece of the sentence that answers. */
export interface Phrase {
  text: string;
  /** How it is set: plain words, a figure, the name of code, a place in code. */
  as: 'words' | 'figure' | 'code' | 'place';
}

/** A part of a whole. */
export interface Part {
  label: string;
  /** Below zero for what the whole leaves out; null if it cannot be told. */
  bytes: number | null;
  /** Why it cannot be told, or what else is to be known; empty if nothing is. */
  note: string;
  /** Whether it is what nothing else explains. */
  isRest: boolean;
}

/** How the bytes of a dump add up. */
export interface CoverageSummary {
  /** What adds up: the name that Node has for it. */
  name: string;
  wholeBytes: number;
  /** Without those that have 0 bytes and nothing to say; what nothing explains is last. */
  parts: Part[];
}

/** What the dumps, or an owner in them, are judged to be. */
export interface VerdictSummary {
  verdict: string;
  confidence: string;
  /** How fast it grows; null if that is not known, or nothing grows. */
  rate: string | null;
  isLeak: boolean;
  /** Whom it is about; null for the process. */
  about: string | null;
  evidence: string[];
}

/** A name with its value, for lists of facts. */
export interface Fact {
  name: string;
  value: string;
}

/** Memory that a native addon declares to V8. */
export interface DeclaredSummary {
  addon: string;
  /** Declared as taken, less what was given back. */
  heldBytes: number;
  increasedBytes: number;
  calls: number;
  /** Owner that declared most; empty if none is known. */
  place: string;
}

/** What is said of one dump. */
export interface DumpSummary {
  /** Name of the file. */
  name: string;
  createdAt: string;
  uptimeSeconds: number;
  coverage: CoverageSummary[];
  memory: Fact[];
  /** Process, options and threads. */
  about: Fact[];
  /** What was not recorded, and what else a reader should know. */
  notes: string[];
  declared: DeclaredSummary[];
}

/** Lines of a source file around one of them. */
export interface Excerpt {
  /** Index of the frame that it shows. */
  frame: number;
  /** Number of the first line, from 1. */
  firstLine: number;
  lines: string[];
  /** Whether the file was changed after the dump, so that the lines may be other ones. */
  changed: boolean;
}

/** What the page shows before it has unpacked anything. */
export interface ReportSummary {
  /** Name of the traced program. */
  program: string;
  /** What tells processes apart: pid, Node, host platform. */
  process: string;
  answer: Phrase[];
  /** The line that the answer names, with its neighbours; null if it cannot be read. */
  excerpt: (Excerpt & { line: number; place: string }) | null;
  /** Oldest first. */
  dumps: DumpSummary[];
  /** The process first. */
  verdicts: VerdictSummary[];
  /** What a reader of all dumps together should know. */
  notes: string[];
  /** Version of abtrace that made the report. */
  madeBy: string;
  siteCount: number;
}

/** What sites are grouped by under a text; owner and cause are places, and are grouped by their frames. */
export const GROUPED_BY_TEXT = ['package', 'file', 'label', 'kind', 'thread'] as const;

/** What sites are grouped by under a text. */
export type GroupedByText = (typeof GROUPED_BY_TEXT)[number];

/** Figures of all sites in one dump; 0 where a site is not in it, -1 where an age is not known. */
export interface Figures {
  liveBytes: number[];
  liveCount: number[];
  totalBytes: number[];
  totalCount: number[];
  peakBytes: number[];
  oldestMs: number[];
  medianAgeMs: number[];
  /** Live allocations by age, in the buckets of the dump format, of the sites that have them. */
  ages: { site: number; counts: number[] }[];
}

/** Steps of retaining paths; equal steps are one. Texts are indices into `strings`, `where` is a frame or -1. */
export interface StepTable {
  /** As the dump has it; roots have `root:` before it. */
  type: string[];
  /** As one would write it: `.chunks`, `[ ]`, `sessions`. */
  name: number[];
  class: number[];
  where: number[];
  /** 1 if it may be taken any number of times. */
  repeats: number[];
}

/** What keeps a part of a site's memory in the last dump. */
export interface Holding {
  site: number;
  /** Index into the paths. */
  path: number;
  bytes: number;
  count: number;
}

/** Blocks of a site that are kept by views of less than half of them. */
export interface Pinning {
  site: number;
  heldBytes: number;
  usedBytes: number;
  views: number;
}

/** What keeps memory, in the last dump; all empty if retainers were not asked for. */
export interface HoldingTables {
  steps: StepTable;
  /** Paths as indices of steps, root first. What native code holds is a path of one step. */
  paths: number[][];
  holdings: Holding[];
  pinned: Pinning[];
}

/** The tables. */
export interface ReportTables extends HoldingTables {
  strings: string[];
  origins: Origin[];
  vias: Via[];
  kinds: Kind[];
  /** Places in code; texts are indices into `strings`, -1 for no package; origins are indices into `origins`. */
  frames: {
    function: number[];
    file: number[];
    line: number[];
    column: number[];
    origin: number[];
    package: number[];
  };
  /** Frames of all stacks in one list, innermost first; stack i is from `start[i]` to before `start[i + 1]`. */
  stacks: { start: number[]; frames: number[] };
  /** -1 stands for none. `sampled` and `found` are 1 for what the dump format calls so. `owner` and `causedBy` are frames, `label` a text; threads have their ids. */
  sites: {
    kind: number[];
    thread: number[];
    stack: number[];
    cause: number[];
    label: number[];
    sampled: number[];
    found: number[];
    /** Name of the native addon that made it, as an index into `strings`. */
    addon: number[];
    owner: number[];
    causedBy: number[];
    via: number[];
  };
  /** The key of each site's group, as an index into `strings`. */
  groups: Record<GroupedByText, number[]>;
  /** One for each dump, oldest first. */
  figures: Figures[];
  /** Moments of the dumps in seconds since the first one, by the process's own clock where it is one process. */
  seconds: number[];
  /** Whether what grew between the dumps has a speed. */
  sameProcess: boolean;
  excerpts: Excerpt[];
}

// Puts what the walks of the heaps have found into a dump: paths, what each site is held by, and the buffers that are on
// the heap but were never recorded.
import fs from 'node:fs';
import path from 'node:path';
import { readSource, type SourceReader } from '../analysis/declarations';
import type { Classifier } from '../analysis/origin';
import { fileOfUrl } from '../analysis/source-paths';
import { KINDS, type Path, type Site, type Walk } from '../dump/format';
import { kEdgeTypes, kNodeTypes, kRetainerColumns, type NativeRetainers } from '../native';
import type { WalkedExternal } from './coverage';
import { type Place, type RawStep, type SketchedPath, type Sources, sketchPath } from './retaining-path';

/** Paths of a site past these are left out; they hold least. */
const MOST_PATHS_PER_SITE = 20;
/** Found groups past these are left out. */
const MOST_FOUND = 100;
const STATUSES = ['done', 'not-answered', 'failed', 'refused'] as const;

/** What the retainers are put into. */
export interface RetainersInput {
  retainers: NativeRetainers;
  /**
   * The site of a row of `NativeSnapshot.sites`, or that of its samples below the threshold; undefined for those that
   * are not in the dump.
   */
  siteOf(row: number, sampled: boolean): Site | undefined;
  /** Gives a place its index among the frames of the dump. */
  frameOf(place: Place): number;
  classify: Classifier;
  /** Folder of abtrace's own code. */
  ownFolder: string;
  /** Bytes of a thread that were allocated before tracing started and live on. */
  beforeStartBytes(thread: number): number;
}

/** What a dump gets from them, beside what is set on its sites. */
export interface RetainersOutput {
  paths: Path[];
  walks: Walk[];
  /** Sites of buffers that were never recorded. */
  found: Site[];
  /** What the walks tell of `external`, by thread. */
  external: Map<number, WalkedExternal>;
}

type Row<Table extends keyof typeof kRetainerColumns> = Record<
  (typeof kRetainerColumns)[Table][number],
  number
>;

/** What tells sites apart, as the addon has it. */
type KeyRow = Record<
  'kind' | 'thread' | 'own' | 'pastAllocator' | 'stack' | 'cause' | 'label' | 'addon',
  number
>;

/** Finds the site of a row by its number, or the one that has the samples of the same stack, cause, label and so on. */
export function createSiteFinder<Row extends KeyRow>(
  rows: Row[],
  sampledRows: Row[],
  siteOfRow: ReadonlyMap<Row, Site>,
): RetainersInput['siteOf'] {
  const keyOf = (row: Row) =>
    [row.kind, row.thread, row.own, row.pastAllocator, row.stack, row.cause, row.label, row.addon].join();
  const sampledOf = new Map(sampledRows.map((row) => [keyOf(row), row]));
  return (number, sampled) => {
    const row = rows[number];
    if (row === undefined) return undefined;
    const shown = sampled ? sampledOf.get(keyOf(row)) : row;
    return shown && siteOfRow.get(shown);
  };
}

/** Sets `retainers`, `heldNatively` and `pinned` of the sites and returns the rest. */
export function addRetainers(input: RetainersInput): RetainersOutput {
  const { retainers, siteOf } = input;
  const walks = rowsOf(retainers, 'walks');
  const paths = new PathTable(input, walks);
  const nativeHolders = new Map<number, Set<string>>();
  for (const { site, step, bytes, count, natively, sampled } of rowsOf(retainers, 'holds')) {
    const target = siteOf(site, sampled === 1);
    if (target === undefined) continue;
    addHold(target, paths, { step, bytes, count });
    if (natively !== 1) continue;
    const holders = nativeHolders.get(site) ?? new Set();
    nativeHolders.set(site, holders.add(paths.nativeHolderOf(step)));
  }
  const everyWalkIsDone = walks.every(({ status }) => status === 0);
  for (const { site, bytes, count } of rowsOf(retainers, 'rests')) {
    const target = siteOf(site, false);
    // With a heap missing, it may be that one which reaches them.
    if (target !== undefined && everyWalkIsDone)
      target.heldNatively = { bytes, count, holders: [...(nativeHolders.get(site) ?? [])] };
  }
  for (const { site, ...pinned } of rowsOf(retainers, 'pinned')) {
    const target = siteOf(site, false);
    if (target !== undefined) target.pinned = pinned;
  }
  const found = foundSites(input, paths, walks);
  return {
    paths: paths.paths,
    walks: walks.map(toWalk),
    found,
    external: new Map(
      walks.map(({ thread, externalStringBytes, movedInBytes, movedOutBytes }) => [
        thread,
        { stringsBytes: externalStringBytes, movedInBytes, movedOutBytes },
      ]),
    ),
  };
}

function addHold(site: Site, paths: PathTable, hold: { step: number; bytes: number; count: number }): void {
  site.retainers ??= [];
  const index = site.retainers.length < MOST_PATHS_PER_SITE ? paths.add(hold.step) : paths.find(hold.step);
  if (index === undefined) return;
  const known = site.retainers.find((one) => one.path === index);
  if (known === undefined) {
    site.retainers.push({ path: index, bytes: hold.bytes, count: hold.count });
  } else {
    known.bytes += hold.bytes;
    known.count += hold.count;
  }
  site.retainers.sort((a, b) => b.bytes - a.bytes);
}

function foundSites(input: RetainersInput, paths: PathTable, walks: Row<'walks'>[]): Site[] {
  const sites = new Map<string, Site>();
  const groups = rowsOf(input.retainers, 'found').sort((a, b) => b.bytes - a.bytes);
  for (const { step, kind, bytes, count } of groups.slice(0, MOST_FOUND)) {
    const thread = walks[paths.walkOf(step)]?.thread ?? 0;
    const index = paths.add(step);
    const name = KINDS[kind] ?? 'other';
    // Node's own allocator gave out so much before the start, and all that came later is recorded.
    const isExternal = name === 'array-buffer' && bytes > input.beforeStartBytes(thread);
    const site = foundSite(isExternal ? 'external' : name, thread, bytes, count);
    site.retainers = [{ path: index, bytes, count }];
    const key = `${site.kind} ${thread} ${index}`;
    const known = sites.get(key);
    if (known === undefined) {
      sites.set(key, site);
      continue;
    }
    for (const field of ['liveBytes', 'totalBytes', 'peakBytes'] as const) known[field] += bytes;
    for (const field of ['liveCount', 'totalCount', 'peakCount'] as const) known[field] += count;
    known.retainers = [{ path: index, bytes: known.liveBytes, count: known.liveCount }];
  }
  return [...sites.values()];
}

function foundSite(kind: Site['kind'], thread: number, bytes: number, count: number): Site {
  return {
    kind,
    thread,
    stack: null,
    cause: null,
    label: null,
    owner: null,
    liveBytes: bytes,
    liveCount: count,
    totalBytes: bytes,
    totalCount: count,
    peakBytes: bytes,
    peakCount: count,
    sampled: false,
    oldestMs: null,
    medianAgeMs: null,
    found: true,
  };
}

function toWalk(row: Row<'walks'>): Walk {
  const { thread, nodes, edges, pausedMs, reachedBytes, reachedCount } = row;
  const status = STATUSES[row.status] ?? 'failed';
  return { thread, status, nodes, edges, pausedMs, reachedBytes, reachedCount };
}

/** The paths of a dump, each once; different ways through the heap may be one path. */
class PathTable {
  readonly paths: Path[] = [];
  private readonly steps: Row<'steps'>[];
  private readonly sources: Sources;
  private readonly byStep = new Map<number, number>();
  private readonly byText = new Map<string, number>();

  constructor(
    private readonly input: RetainersInput,
    private readonly walks: Row<'walks'>[],
  ) {
    this.steps = rowsOf(input.retainers, 'steps');
    this.sources = createSources(input.classify, input.ownFolder);
  }

  walkOf(step: number): number {
    return this.steps[step]?.walk ?? 0;
  }

  /** What native code holds memory for, in words. */
  nativeHolderOf(step: number): string {
    const isMessage = this.wayTo(step).some(({ nodeName }) => nodeName === 'Node / Message');
    return isMessage ? 'messages queued on a port' : 'the store of a Blob';
  }

  /** The index of the path that ends at a step, which is added if it is new. */
  add(step: number): number {
    const known = this.byStep.get(step);
    if (known !== undefined) return known;
    const thread = this.walks[this.walkOf(step)]?.thread ?? 0;
    const made = this.toPath(thread, sketchPath(this.wayTo(step), this.sources));
    const text = JSON.stringify(made);
    const index = this.byText.get(text) ?? this.paths.push(made) - 1;
    this.byText.set(text, index);
    this.byStep.set(step, index);
    return index;
  }

  /** The index of the path that ends at a step, if it is there already. */
  find(step: number): number | undefined {
    return this.byStep.get(step);
  }

  private toPath(thread: number, { root, steps }: SketchedPath): Path {
    const indexOf = (place: Place | null) => (place === null ? null : this.input.frameOf(place));
    return {
      thread,
      root: { ...root, where: indexOf(root.where) },
      steps: steps.map((step) => ({ ...step, where: indexOf(step.where) })),
    };
  }

  private wayTo(step: number): RawStep[] {
    const way: RawStep[] = [];
    const { strings } = this.input.retainers;
    const text = (index: number) => strings[index] ?? '';
    for (let at = step; at >= 0; ) {
      const row = this.steps[at];
      if (row === undefined) break;
      way.push({
        edgeType: kEdgeTypes[row.edgeType] ?? 'other',
        // Node numbers some: `3 / owner`.
        edgeName: text(row.edgeName).replace(/^\d+ \/ (?!part of key)/, ''),
        anyName: row.anyName === 1,
        nodeType: kNodeTypes[row.nodeType] ?? 'other',
        nodeName: text(row.nodeName),
        repeats: row.repeats === 1,
        script: fileOfScript(text(row.script)),
        function: text(row.function),
        line: row.line,
        column: row.column,
      });
      at = row.parent;
    }
    return way.reverse();
  }
}

function fileOfScript(script: string): string {
  return script.startsWith('file:') ? fileOfUrl(script.replace(/[?#].*$/, ''), path) : script;
}

/** Reads sources from the disk, each once and only when it is asked about. */
function createSources(classify: Classifier, ownFolder: string): Sources {
  const readers = new Map<string, SourceReader | null>();
  const readerOf = (script: string): SourceReader | null => {
    const known = readers.get(script);
    if (known !== undefined) return known;
    const reader = path.isAbsolute(script) ? readDisk(script) : null;
    readers.set(script, reader);
    return reader;
  };
  const ownPrefix = `${ownFolder}${path.sep}`;
  // What `abtrace demo` plays is a program like any other.
  const demoPrefix = `${path.join(ownFolder, 'cli', 'demo')}`;
  return {
    originOf: (script) => {
      if (script === '') return 'native';
      if (script.startsWith(ownPrefix) && !script.startsWith(demoPrefix)) return 'self';
      return classify(script).origin;
    },
    seenFrom: (name, script, line, column) =>
      line === 0 ? null : (readerOf(script)?.seenFrom(name, line, column) ?? null),
    localMade: (className, script, line, column) =>
      line === 0 ? null : (readerOf(script)?.localMade(className, line, column) ?? null),
  };
}

function readDisk(file: string): SourceReader | null {
  try {
    return readSource(fs.readFileSync(file, 'utf8'));
  } catch {
    // Gone, or never there: the path does without.
    return null;
  }
}

function rowsOf<Table extends keyof typeof kRetainerColumns>(
  retainers: NativeRetainers,
  table: Table,
): Row<Table>[] {
  const columns: readonly string[] = kRetainerColumns[table];
  const numbers = retainers[table];
  const rows: Row<Table>[] = [];
  for (let at = 0; at < numbers.length; at += columns.length) {
    const entries = columns.map((column, index) => [column, numbers[at + index]]);
    rows.push(Object.fromEntries(entries) as Row<Table>);
  }
  return rows;
}

// Puts several dumps into one set of tables: equal texts, frames, stacks and sites of all dumps become one, so that a
// site is one row with figures for each dump. Indices of dumps stay in here.
import { diff } from '../../analysis/diff';
import { createKeyOf } from '../../analysis/group';
import { createCauseFinder, type Place, placeOf } from '../../analysis/owner';
import { type Dump, KINDS, ORIGINS, type Owner, type Site, VIAS } from '../../dump/format';
import { relativeTo, safeText } from '../harmless-text';
import { collectHoldings } from './holders';
import {
  type Excerpt,
  type Figures,
  GROUPED_BY_TEXT,
  type GroupedByText,
  type ReportTables,
} from './report-data';

/** Source lines are embedded for so many owners: a page should stay small enough to send. */
const MOST_EXCERPTS = 300;

/** Gives each key the next number when it is first asked for. */
class Numbering {
  private readonly numbers = new Map<string, number>();

  get size(): number {
    return this.numbers.size;
  }

  /** Returns the key's number; `add` is called if the key is new. */
  of(key: string, add: () => void): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(key, number);
    add();
    return number;
  }
}

/** What tells sites apart. */
type SiteKey = 'kind' | 'thread' | 'stack' | 'cause' | 'label' | 'sampled' | 'found' | 'addon';

/** Collects dumps into tables. */
class TableBuilder {
  readonly strings: string[] = [];
  readonly frames: ReportTables['frames'] = {
    function: [],
    file: [],
    line: [],
    column: [],
    origin: [],
    package: [],
  };
  readonly stacks: ReportTables['stacks'] = { start: [0], frames: [] };
  readonly sites: ReportTables['sites'] = {
    kind: [],
    thread: [],
    stack: [],
    cause: [],
    label: [],
    sampled: [],
    found: [],
    addon: [],
    owner: [],
    causedBy: [],
    via: [],
  };
  readonly groups = Object.fromEntries(
    GROUPED_BY_TEXT.map((by): [GroupedByText, number[]] => [by, []]),
  ) as ReportTables['groups'];
  private readonly stringNumbers = new Numbering();
  private readonly frameNumbers = new Numbering();
  private readonly stackNumbers = new Numbering();
  private readonly siteNumbers = new Numbering();

  /** Adds a text, made harmless. */
  text(text: string): number {
    const safe = safeText(text);
    return this.stringNumbers.of(safe, () => this.strings.push(safe));
  }

  /** Adds a text that is a file; below `cwd` it is shown relative to that. */
  file(file: string, cwd: string): number {
    return this.text(relativeTo(cwd, file));
  }

  frame(place: Place, cwd: string): number {
    const values = {
      function: this.text(place.function),
      file: this.file(place.file, cwd),
      line: place.line,
      column: place.column,
      origin: ORIGINS.indexOf(place.origin),
      package: place.package === null ? -1 : this.text(place.package),
    };
    return this.frameNumbers.of(Object.values(values).join(','), () => {
      for (const [name, value] of Object.entries(values))
        this.frames[name as keyof typeof values].push(value);
    });
  }

  stack(frames: readonly number[]): number {
    return this.stackNumbers.of(frames.join(','), () => {
      for (const frame of frames) this.stacks.frames.push(frame);
      this.stacks.start.push(this.stacks.frames.length);
    });
  }

  site(site: Record<SiteKey, number>): number {
    return this.siteNumbers.of(Object.values(site).join(','), () => {
      for (const [name, value] of Object.entries(site)) this.sites[name as keyof typeof site].push(value);
    });
  }

  get siteCount(): number {
    return this.siteNumbers.size;
  }
}

/** Owners by the numbers of their frames. */
type Owners = Map<number, { place: Owner; bytes: number }>;

/** A dump's sites in terms of the tables. */
export interface Placed {
  dump: Dump;
  /** Number in the tables of each site of the dump. */
  siteNumbers: number[];
}

/**
 * Builds the tables of a report.
 * @param dumps oldest first, at least one
 * @param readExcerpt gives the lines around a place, or null
 * @param tell is called with the part that is done, 0 to 1
 */
export function buildTables(
  dumps: readonly Dump[],
  readExcerpt: (place: { file: string; line: number }) => Omit<Excerpt, 'frame'> | null = () => null,
  tell: (done: number) => void = () => {},
): ReportTables {
  const builder = new TableBuilder();
  const owners: Owners = new Map();
  const placed = dumps.map((dump, index): Placed => {
    const siteNumbers = addDump(builder, dump, owners);
    tell((index + 1) / dumps.length);
    return { dump, siteNumbers };
  });
  const figures = placed.map((each) => figuresOf(each, builder.siteCount));
  const { sameProcess, seconds } = moments(dumps);
  const last = placed.at(-1);
  return {
    strings: builder.strings,
    origins: [...ORIGINS],
    vias: [...VIAS],
    kinds: [...KINDS],
    frames: builder.frames,
    stacks: builder.stacks,
    sites: builder.sites,
    groups: builder.groups,
    figures,
    seconds,
    sameProcess,
    excerpts: excerptsOf(owners, readExcerpt),
    ...collectHoldings(last, builder),
  };
}

function addDump(builder: TableBuilder, dump: Dump, owners: Owners): number[] {
  const { cwd } = dump.process;
  const frames = dump.frames.map((frame) => builder.frame(placeOf(dump, frame), cwd));
  const stacks = dump.stacks.map((stack) => builder.stack(stack.map((index) => frames[index] ?? 0)));
  const stackOf = (stack: number | null) => (stack === null ? -1 : (stacks[stack] ?? -1));
  const frameOf = remember((place: Place) => builder.frame(place, cwd));
  const causeOf = createCauseFinder(dump);
  const keys = GROUPED_BY_TEXT.map((by) => {
    const textOf = remember((key: string) => (by === 'file' ? builder.file(key, cwd) : builder.text(key)));
    const keyOf = createKeyOf(dump, by);
    return { by, numberOf: (site: Site) => textOf(keyOf(site)) };
  });
  return dump.sites.map((site) => {
    const ofGroups = keys.map(({ by, numberOf }) => [by, numberOf(site)] as const);
    const label = site.label === null ? -1 : (ofGroups.find(([by]) => by === 'label')?.[1] ?? -1);
    const number = builder.site({
      kind: KINDS.indexOf(site.kind),
      thread: site.thread,
      stack: stackOf(site.stack),
      cause: stackOf(site.cause),
      label,
      sampled: site.sampled ? 1 : 0,
      found: site.found === true ? 1 : 0,
      addon: site.addon === undefined ? -1 : builder.text(site.addon),
    });
    const { owner } = site;
    const cause = causeOf(site.cause);
    builder.sites.owner[number] = owner === null ? -1 : frameOf(owner);
    builder.sites.causedBy[number] = cause === null ? -1 : frameOf(cause);
    builder.sites.via[number] = VIAS.indexOf(owner?.via ?? 'none');
    for (const [by, key] of ofGroups) builder.groups[by][number] = key;
    if (owner !== null) {
      const known = owners.get(frameOf(owner)) ?? { place: owner, bytes: 0 };
      known.bytes += site.liveBytes;
      owners.set(frameOf(owner), known);
    }
    return number;
  });
}

/** Makes a function that computes each answer once. */
function remember<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = compute(key);
      known.set(key, value);
    }
    return value;
  };
}

function figuresOf({ dump, siteNumbers }: Placed, siteCount: number): Figures {
  const column = (value: number) => new Array<number>(siteCount).fill(value);
  const figures: Figures = {
    liveBytes: column(0),
    liveCount: column(0),
    totalBytes: column(0),
    totalCount: column(0),
    peakBytes: column(0),
    oldestMs: column(-1),
    medianAgeMs: column(-1),
    ages: [],
  };
  const sums = ['liveBytes', 'liveCount', 'totalBytes', 'totalCount', 'peakBytes'] as const;
  for (const [index, site] of dump.sites.entries()) {
    const number = siteNumbers[index] ?? 0;
    for (const name of sums) figures[name][number] = (figures[name][number] ?? 0) + site[name];
    for (const name of ['oldestMs', 'medianAgeMs'] as const) {
      // A tenth of a millisecond is more than the page shows.
      if (site[name] !== null) figures[name][number] = Math.round(site[name] * 10) / 10;
    }
    if (site.ages) figures.ages.push({ site: number, counts: site.ages });
  }
  return figures;
}

function moments(dumps: readonly Dump[]): Pick<ReportTables, 'sameProcess' | 'seconds'> {
  const [first] = dumps;
  const differences = dumps.map((dump) =>
    first && dump !== first ? diff(first, dump) : { sameProcess: true, elapsedSeconds: 0 },
  );
  return {
    sameProcess: differences.every(({ sameProcess }) => sameProcess),
    seconds: differences.map(({ elapsedSeconds }) => elapsedSeconds),
  };
}

/** Excerpts of the owners that hold most, over all dumps. */
function excerptsOf(owners: Owners, read: (place: Owner) => Omit<Excerpt, 'frame'> | null): Excerpt[] {
  return [...owners]
    .sort(([, a], [, b]) => b.bytes - a.bytes)
    .slice(0, MOST_EXCERPTS)
    .flatMap(([frame, { place }]) => {
      const excerpt = read(place);
      return excerpt === null ? [] : [{ frame, ...excerpt }];
    });
}

// The first cell of a row: what the row stands for, where that is in code, and the line there if it is at hand.
import { formatCount } from '../../text/figures';
import type { Excerpt, ReportTables } from '../report-data';
import { fileOf, functionOf, innermostOf, KIND_WORDS, kindOf, originOf, packageOf, placeOf } from './names';
import type { Grouping, Row } from './rows';

interface RowNameProps {
  tables: ReportTables;
  grouping: Grouping;
  row: Row;
  onOpen: () => void;
}

export function RowName({ tables, grouping, row, onOpen }: RowNameProps) {
  const { title, place, note, origin, frame } = describeRow(tables, grouping, row);
  const line = frame < 0 ? null : lineAt(tables, frame);
  return (
    <>
      <button type="button" class={`open origin-${origin}`} onClick={onOpen} title={title}>
        {title}
      </button>
      <span class="place" title={place}>
        {place}
        {note !== '' && <span class="note"> {note}</span>}
      </span>
      {line !== null && <code class="code">{line}</code>}
    </>
  );
}

/** What a row is called. */
export interface RowWords {
  title: string;
  place: string;
  note: string;
  origin: string;
  /** Frame that it is about; -1 if it is about none. */
  frame: number;
}

/** Says in words what a row stands for. */
export function describeRow(tables: ReportTables, grouping: Grouping, row: Row): RowWords {
  const { sites, strings } = tables;
  const more = row.sites > 1 ? `${formatCount(row.sites)} sites` : '';
  if (grouping === 'owner' || grouping === 'cause') {
    if (row.key < 0) {
      const title = grouping === 'owner' ? 'No owner known' : 'No cause known';
      const place = allocatedAt(tables, row.biggest);
      return { title, place, note: more, origin: 'none', frame: -1 };
    }
    const via = tables.vias[sites.via[row.biggest] ?? -1] ?? 'none';
    const notes = [grouping === 'owner' ? viaNote(tables, via, row.key) : '', more];
    return {
      title: functionOf(tables, row.key),
      place: placeOf(tables, row.key),
      note: notes.filter(Boolean).join(' · '),
      origin: originOf(tables, row.key),
      frame: row.key,
    };
  }
  if (grouping === 'site') {
    const innermost = innermostOf(tables, sites.stack[row.biggest] ?? -1);
    const owner = sites.owner[row.biggest] ?? -1;
    const note =
      owner >= 0 && owner !== innermost ? `for ${functionOf(tables, owner)} ${placeOf(tables, owner)}` : '';
    return {
      title: innermost < 0 ? 'No JavaScript on the stack' : functionOf(tables, innermost),
      place: innermost < 0 ? kindOf(tables, row.biggest) : placeOf(tables, innermost),
      note,
      origin: innermost < 0 ? 'none' : originOf(tables, innermost),
      frame: innermost === owner ? innermost : -1,
    };
  }
  const text = strings[row.key] ?? '';
  const owner = sites.owner[row.biggest] ?? -1;
  return {
    title: grouping === 'kind' ? (KIND_WORDS[text] ?? text) : text,
    place: owner < 0 ? '' : `mostly ${functionOf(tables, owner)} ${placeOf(tables, owner)}`,
    note: more,
    origin: 'none',
    frame: -1,
  };
}

function viaNote(tables: ReportTables, via: string, frame: number): string {
  if (via === 'cause') return 'by cause';
  return via === 'dependency' ? packageOf(tables, frame) || 'dependency' : '';
}

function allocatedAt(tables: ReportTables, site: number): string {
  if (tables.sites.found[site] === 1) return `${kindOf(tables, site)}, found on the heap`;
  const innermost = innermostOf(tables, tables.sites.stack[site] ?? -1);
  if (innermost < 0) return kindOf(tables, site);
  return `allocated at ${functionOf(tables, innermost)} ${fileOf(tables, innermost)}`;
}

const excerptsOf = new WeakMap<ReportTables, Map<number, Excerpt>>();

/** The excerpt that shows a frame, if one was embedded. */
export function excerptAt(tables: ReportTables, frame: number): Excerpt | null {
  let excerpts = excerptsOf.get(tables);
  if (excerpts === undefined) {
    excerpts = new Map(tables.excerpts.map((excerpt) => [excerpt.frame, excerpt]));
    excerptsOf.set(tables, excerpts);
  }
  return excerpts.get(frame) ?? null;
}

function lineAt(tables: ReportTables, frame: number): string | null {
  const excerpt = excerptAt(tables, frame);
  const line = tables.frames.line[frame] ?? 0;
  return excerpt ? (excerpt.lines[line - excerpt.firstLine]?.trim() ?? null) : null;
}

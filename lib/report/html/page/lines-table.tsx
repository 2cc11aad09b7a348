// A small table of names and figures, which scrolls by itself where the page is narrow.
import type { ComponentChildren } from 'preact';

/** A column of figures. */
export interface FigureColumn {
  title: string;
  /** Left out where the page is narrow. */
  isSpare?: boolean;
}

/** One row: what it is about, and a text for each column. */
export interface Line {
  key: string | number;
  /** What stands before the name. */
  mark?: ComponentChildren;
  name: string;
  /** Where that is in code; empty if it is nowhere. */
  place: string;
  figures: string[];
}

interface LinesTableProps {
  /** What the table is, for who hears the page. */
  label: string;
  /** What the names are. */
  nameTitle: string;
  columns: FigureColumn[];
  lines: Line[];
}

export function LinesTable({ label, nameTitle, columns, lines }: LinesTableProps) {
  const classOf = (column: FigureColumn | undefined) => (column?.isSpare ? 'number spare' : 'number');
  return (
    <section class="scroll" aria-label={label} tabIndex={0}>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">{nameTitle}</th>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ key, mark, name, place, figures }) => (
            <tr key={key}>
              <th scope="row">
                {mark}
                <span class="owner">
                  {name}
                  {place !== '' && <span class="place"> {place}</span>}
                </span>
              </th>
              {figures.map((figure, index) => (
                <td key={columns[index]?.title} class={classOf(columns[index])}>
                  {figure}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

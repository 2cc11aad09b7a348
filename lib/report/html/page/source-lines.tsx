// Lines of source code with one of them marked.
import type { Excerpt } from '../report-data';

interface SourceLinesProps {
  excerpt: Pick<Excerpt, 'firstLine' | 'lines' | 'changed'>;
  /** Number of the line to mark. */
  line: number;
  /** File and line. */
  title: string;
}

export function SourceLines({ excerpt, line, title }: SourceLinesProps) {
  const { firstLine, lines, changed } = excerpt;
  const indent = Math.min(...lines.filter((text) => text.trim() !== '').map((text) => text.search(/\S/)));
  const shift = Number.isFinite(indent) ? indent : 0;
  return (
    <figure class="source">
      <figcaption>
        {title}
        {changed && <em> – changed since the dump was taken</em>}
      </figcaption>
      <section class="code-lines" tabIndex={0} aria-label={`Source of ${title}`}>
        <pre>
          {lines.map((text, index) => {
            const number = firstLine + index;
            return (
              <span key={number} class={number === line ? 'line marked' : 'line'}>
                <span class="number">{number}</span>
                <span>{text.slice(shift) || ' '}</span>
              </span>
            );
          })}
        </pre>
      </section>
    </figure>
  );
}

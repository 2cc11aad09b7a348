// How the bytes of the newest dump add up: one bar, and below it what its parts are.
import { formatBytes, formatShare } from '../../text/figures';
import type { CoverageSummary, DumpSummary, Part } from '../report-data';

export function Coverage({ dumps }: { dumps: DumpSummary[] }) {
  const last = dumps.at(-1);
  if (!last) return null;
  return (
    <section aria-labelledby="coverage-title">
      <h2 id="coverage-title">What adds up</h2>
      {last.coverage.map((coverage) => (
        <CoverageBar key={coverage.name} coverage={coverage} />
      ))}
      {last.notes.length > 0 && (
        <ul class="notes">
          {last.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function CoverageBar({ coverage: { name, wholeBytes, parts } }: { coverage: CoverageSummary }) {
  if (wholeBytes === 0 && parts.every(({ bytes }) => !bytes)) {
    return <p class="empty">{name}: nothing was alive.</p>;
  }
  const colorOf = ({ isRest }: Part, index: number) => `part-${isRest ? 'rest' : index % 6}`;
  return (
    <figure class="coverage">
      <figcaption>
        {name} <b>{formatBytes(wholeBytes)}</b>
      </figcaption>
      <div class="stacked" aria-hidden="true">
        {parts.map((part, index) =>
          (part.bytes ?? 0) > 0 ? (
            <span
              key={part.label}
              class={`part ${colorOf(part, index)}`}
              style={{ flexGrow: part.bytes ?? 0 }}
            />
          ) : null,
        )}
      </div>
      <ul class="legend">
        {parts.map((part, index) => (
          <li key={part.label} class={part.bytes === null ? 'unknown' : ''}>
            <span class={`swatch ${(part.bytes ?? 0) > 0 ? colorOf(part, index) : ''}`} aria-hidden="true" />
            <span class="label">
              {part.label}
              {part.note !== '' && <span class="note">{part.note}</span>}
            </span>
            <span class="value">{part.bytes === null ? '?' : formatBytes(part.bytes)}</span>
            <span class="share">
              {part.bytes === null || wholeBytes === 0 ? '' : shareText(part.bytes / wholeBytes)}
            </span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** What a figure leaves out has a share below zero. */
function shareText(share: number): string {
  if (share >= 0) return formatShare(share);
  return share > -0.0005 ? '' : `-${formatShare(-share)}`;
}

// What the dumps are judged to show.
import type { VerdictSummary } from '../report-data';

export function Verdicts({ verdicts }: { verdicts: VerdictSummary[] }) {
  if (verdicts.length === 0) return null;
  return (
    <section aria-labelledby="verdicts-title">
      <h2 id="verdicts-title">Verdict</h2>
      <ul class="verdicts">
        {verdicts.map(({ verdict, confidence, rate, isLeak, about, evidence }) => (
          <li key={about ?? ''} class={isLeak ? 'leak' : ''}>
            <p>
              <strong>{verdict}</strong>
              <span class="confidence">
                {about === null ? 'the process as a whole' : ''}
                {about !== null && <code>{about}</code>} · {confidence} confidence
                {rate !== null && ` · ${rate}`}
              </span>
            </p>
            <ul>
              {evidence.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

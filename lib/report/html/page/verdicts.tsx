// The judgements that the newest dump carries.
import type { DumpSummary } from '../report-data';

export function Verdicts({ dumps }: { dumps: DumpSummary[] }) {
  const verdicts = dumps.at(-1)?.verdicts ?? [];
  if (verdicts.length === 0) return null;
  return (
    <section aria-labelledby="verdicts-title">
      <h2 id="verdicts-title">Verdict</h2>
      <ul class="verdicts">
        {verdicts.map(({ verdict, confidence, about, evidence }, index) => (
          <li key={index}>
            <p>
              <strong>{verdict}</strong>
              {confidence !== null && <span class="confidence">confidence: {confidence}</span>}
            </p>
            {about !== null && <p class="about">{about}</p>}
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

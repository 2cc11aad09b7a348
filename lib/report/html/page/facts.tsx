// The foot of the page: how the dumps were taken, and what made the report.
import type { ReportSummary } from '../report-data';
import { momentText } from './header';

export function Facts({ summary }: { summary: ReportSummary }) {
  const last = summary.dumps.at(-1);
  return (
    <footer>
      <details>
        <summary>About {summary.dumps.length === 1 ? 'this dump' : 'these dumps'}</summary>
        {last && (
          <dl class="facts">
            {last.about.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        <ol class="files">
          {summary.dumps.map(({ name, createdAt }) => (
            <li key={`${name} ${createdAt}`}>
              <code>{name}</code> {momentText(createdAt)}
            </li>
          ))}
        </ol>
      </details>
      <p>Made by {summary.madeBy}. 1 MB is 1,000,000 bytes. This page loads nothing from anywhere.</p>
    </footer>
  );
}

// The top of the page: which program, the sentence that answers, and the line of code that it names.
import { useState } from 'preact/hooks';
import type { Phrase, ReportSummary } from '../report-data';
import { SourceLines } from './source-lines';
import { chooseTheme, THEMES, type Theme } from './theme';

export function Header({ summary, theme }: { summary: ReportSummary; theme: Theme }) {
  const last = summary.dumps.at(-1);
  return (
    <header class="top">
      <div class="bar">
        <span class="brand">
          <Mark />
          abtrace
        </span>
        <ThemeSwitch theme={theme} />
      </div>
      <p class="program">
        <strong>{summary.program}</strong>
        <span>{summary.process}</span>
        {last && <span>{momentText(last.createdAt)}</span>}
        {summary.dumps.length > 1 && <span>{summary.dumps.length} dumps</span>}
      </p>
      <h1 class="answer">
        {summary.answer.map((phrase, index) => (
          <Words key={index} phrase={phrase} />
        ))}
      </h1>
      {summary.notes.length > 0 && (
        <ul class="notes">
          {summary.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {summary.excerpt && (
        <SourceLines excerpt={summary.excerpt} line={summary.excerpt.line} title={summary.excerpt.place} />
      )}
      {last && (
        <dl class="tiles">
          {last.memory.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </header>
  );
}

/** A moment in UTC, as the command line writes it. */
export function momentText(moment: string): string {
  return `${new Date(moment).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function Words({ phrase: { text, as } }: { phrase: Phrase }) {
  switch (as) {
    case 'words':
      return <>{text}</>;
    case 'figure':
      return <b>{text}</b>;
    default:
      return <code class={as}>{text}</code>;
  }
}

function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <rect x="2" y="17" width="20" height="5" rx="1" class="mark-node" />
      <rect x="2" y="10" width="14" height="5" rx="1" class="mark-dependency" />
      <rect x="2" y="3" width="9" height="5" rx="1" class="mark-user" />
    </svg>
  );
}

function ThemeSwitch({ theme }: { theme: Theme }) {
  const [chosen, setChosen] = useState(theme);
  return (
    <fieldset class="segments">
      <legend class="hidden">Colours</legend>
      {THEMES.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="theme"
            value={each}
            checked={each === chosen}
            onChange={() => {
              setChosen(each);
              chooseTheme(each);
            }}
          />
          <span>{each === 'auto' ? 'Auto' : each === 'light' ? 'Light' : 'Dark'}</span>
        </label>
      ))}
    </fieldset>
  );
}

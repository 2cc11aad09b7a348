// The page as a whole: what is known at once, then the views of the tables, which share one search and one choice of
// dumps.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ReportSummary, ReportTables } from '../report-data';
import { Coverage } from './coverage';
import { Declared } from './declared';
import { Facts } from './facts';
import { FlameGraph } from './flame-graph';
import { Header } from './header';
import { Histograms } from './histograms';
import type { Comparison } from './measure';
import { RetainingPaths } from './retaining-paths';
import { createSearch } from './search';
import { SiteTable } from './site-table';
import type { Theme } from './theme';
import { Timeline } from './timeline-view';
import { Toolbar } from './toolbar';
import { Verdicts } from './verdicts';

interface AppProps {
  summary: ReportSummary;
  tables: Promise<ReportTables>;
  theme: Theme;
}

export function App({ summary, tables, theme }: AppProps) {
  const [loaded, setLoaded] = useState<ReportTables | null>(null);
  const [failure, setFailure] = useState('');
  useEffect(() => {
    tables.then(setLoaded, (error: unknown) => {
      setFailure(error instanceof Error ? error.message : String(error));
    });
  }, [tables]);
  return (
    <>
      <a class="skip" href="#sites">
        Skip to the table of sites
      </a>
      <Header summary={summary} theme={theme} />
      <main>
        <Verdicts verdicts={summary.verdicts} />
        <Coverage dumps={summary.dumps} />
        <Declared dumps={summary.dumps} />
        {loaded !== null ? (
          <Views summary={summary} tables={loaded} />
        ) : failure !== '' ? (
          <p class="empty" role="alert">
            {failure}
          </p>
        ) : (
          <p class="loading" role="status">
            Unpacking {summary.siteCount.toLocaleString('en-US')} sites…
          </p>
        )}
      </main>
      <Facts summary={summary} />
    </>
  );
}

function Views({ summary, tables }: { summary: ReportSummary; tables: ReportTables }) {
  const last = tables.figures.length - 1;
  const [comparison, setComparison] = useState<Comparison>({ dump: last, base: last > 0 ? 0 : null });
  const [query, setQuery] = useState('');
  const search = useMemo(() => createSearch(tables), [tables]);
  const matches = useMemo(() => search(query), [search, query]);
  useEffect(() => {
    performance.mark('abtrace-ready');
    document.documentElement.dataset.ready = 'true';
  }, []);
  return (
    <>
      <Toolbar
        summary={summary}
        comparison={comparison}
        onCompare={setComparison}
        query={query}
        onQuery={setQuery}
        found={matches === null ? null : matches.siteCount}
        of={summary.siteCount}
      />
      {tables.figures.length > 1 && <Timeline tables={tables} dumps={summary.dumps} />}
      <FlameGraph tables={tables} comparison={comparison} matches={matches} onSearch={setQuery} />
      <SiteTable tables={tables} comparison={comparison} matches={matches} query={query} />
      <RetainingPaths tables={tables} matches={matches} />
      <Histograms tables={tables} comparison={comparison} />
    </>
  );
}

// What is looked at: the search, which dump, and which one it is compared with.
import { useEffect, useRef } from 'preact/hooks';
import { formatCount, formatDuration } from '../../text/figures';
import type { DumpSummary, ReportSummary } from '../report-data';
import type { Comparison } from './measure';

interface ToolbarProps {
  summary: ReportSummary;
  comparison: Comparison;
  onCompare: (comparison: Comparison) => void;
  query: string;
  onQuery: (query: string) => void;
  /** How many sites were found; null if nothing is searched for. */
  found: number | null;
  of: number;
}

export function Toolbar({ summary, comparison, onCompare, query, onQuery, found, of }: ToolbarProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, select, textarea');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const { dumps } = summary;
  return (
    <search class="toolbar">
      <label class="search">
        <span class="hidden">Search functions, files, packages, labels</span>
        <input
          ref={input}
          type="search"
          value={query}
          placeholder="Search functions, files, packages, labels"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onQuery(event.currentTarget.value)}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      {dumps.length > 1 && (
        <>
          <label class="choice">
            <span>Dump</span>
            <select
              value={comparison.dump}
              onChange={(event) => onCompare(pick(comparison, { dump: Number(event.currentTarget.value) }))}
            >
              {dumps.map((dump, index) => (
                <option key={index} value={index}>
                  {dumpText(dump, index, dumps)}
                </option>
              ))}
            </select>
          </label>
          <label class="choice">
            <span>compared with</span>
            <select
              value={comparison.base ?? -1}
              onChange={(event) => {
                const base = Number(event.currentTarget.value);
                onCompare(pick(comparison, { base: base < 0 ? null : base }));
              }}
            >
              <option value={-1}>none</option>
              {dumps.map((dump, index) => (
                <option key={index} value={index} disabled={index === comparison.dump}>
                  {dumpText(dump, index, dumps)}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      <p class="found" role="status">
        {found !== null && `${formatCount(found)} of ${formatCount(of)} sites match`}
      </p>
    </search>
  );
}

/** A dump is never compared with itself. */
function pick(comparison: Comparison, change: Partial<Comparison>): Comparison {
  const chosen = { ...comparison, ...change };
  return chosen.base === chosen.dump ? { ...chosen, base: null } : chosen;
}

/** Number of a dump, and when it was taken after the first. */
export function dumpText(dump: DumpSummary, index: number, dumps: DumpSummary[]): string {
  const since = (Date.parse(dump.createdAt) - Date.parse(dumps[0]?.createdAt ?? '')) / 1000;
  const when = index === 0 ? 'first' : `+${formatDuration(since)}`;
  return `${index + 1} of ${dumps.length}, ${when}`;
}

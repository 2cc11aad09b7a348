// The table of sites: put together as one likes, sorted, filtered by the search. Only the rows that can be seen are in
// the document, so that 50,000 of them scroll as ten do.
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  formatAge,
  formatBytes,
  formatBytesChange,
  formatCount,
  formatEstimate,
  formatRate,
  formatShare,
} from '../../text/figures';
import type { ReportTables } from '../report-data';
import { type Comparison, figuresOf, rateOf } from './measure';
import { RowName } from './row-name';
import { buildRows, GROUPINGS, type Grouping, type Order, type Row, type SortKey, sortRows } from './rows';
import type { Matches } from './search';
import { SiteDialog } from './site-dialog';
import { useVirtualRows } from './virtual-rows';

interface SiteTableProps {
  tables: ReportTables;
  comparison: Comparison;
  matches: Matches | null;
  query: string;
}

interface Column {
  key: SortKey;
  title: string;
  cell: (row: Row) => ComponentChildren;
}

const GROUPING_WORDS: Record<Grouping, string> = {
  owner: 'owner',
  site: 'site',
  cause: 'cause',
  package: 'package',
  file: 'file',
  label: 'label',
  kind: 'kind',
  thread: 'thread',
};

export function SiteTable({ tables, comparison, matches, query }: SiteTableProps) {
  const [grouping, setGrouping] = useState<Grouping>('owner');
  const [chosenOrder, setOrder] = useState<Order | null>(null);
  const [opened, setOpened] = useState<Row | null>(null);
  const columns = columnsOf(tables, comparison);
  const byDefault: Order = { by: comparison.base === null ? 'liveBytes' : 'growthBytes', descending: true };
  const order = chosenOrder && columns.some(({ key }) => key === chosenOrder.by) ? chosenOrder : byDefault;
  const rows = useMemo(
    () => sortRows(buildRows(tables, grouping, comparison, matches?.sites ?? null), order),
    [tables, grouping, comparison, matches, order.by, order.descending],
  );
  const sortBy = (by: SortKey) => setOrder({ by, descending: order.by === by ? !order.descending : true });
  return (
    <section aria-labelledby="sites-title" id="sites">
      <h2 id="sites-title">
        {grouping === 'site' ? 'Sites' : `Sites by ${GROUPING_WORDS[grouping]}`}{' '}
        <span class="count">{formatCount(rows.length)}</span>
      </h2>
      <div class="controls">
        <label class="choice">
          <span>Put together by</span>
          <select value={grouping} onChange={(event) => setGrouping(event.currentTarget.value as Grouping)}>
            {GROUPINGS.map((each) => (
              <option key={each} value={each}>
                {each === 'site' ? 'nothing: every site' : GROUPING_WORDS[each]}
              </option>
            ))}
          </select>
        </label>
        <label class="choice sort">
          <span>Sort by</span>
          <select value={order.by} onChange={(event) => sortBy(event.currentTarget.value as SortKey)}>
            {columns.map(({ key, title }) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      {rows.length === 0 ? (
        <p class="empty">
          {matches === null ? 'No allocation has been recorded.' : `No site matches “${query.trim()}”.`}
        </p>
      ) : (
        <Rows
          {...{ tables, grouping, rows, columns, order, sortBy, comparison }}
          onOpen={setOpened}
          from={`${grouping} ${query} ${order.by} ${order.descending}`}
        />
      )}
      {opened && (
        <SiteDialog
          {...{ tables, grouping, comparison }}
          row={opened}
          matches={matches?.sites ?? null}
          onClose={() => setOpened(null)}
        />
      )}
    </section>
  );
}

interface RowsProps {
  tables: ReportTables;
  comparison: Comparison;
  grouping: Grouping;
  rows: Row[];
  columns: Column[];
  order: Order;
  sortBy: (by: SortKey) => void;
  onOpen: (row: Row) => void;
  /** Changes when other rows are shown: the table then starts at its top again. */
  from: string;
}

function Rows({ tables, comparison, grouping, rows, columns, order, sortBy, onOpen, from }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { items, wholeHeight } = useVirtualRows(scroller, rows.length);
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [from]);
  const { liveBytes } = figuresOf(tables, comparison.dump);
  const whole = useMemo(() => liveBytes.reduce((sum, bytes) => sum + bytes, 0), [liveBytes]);
  const template = `minmax(0, 1fr) repeat(${columns.length}, minmax(5.2rem, max-content))`;
  return (
    <div
      class="table"
      role="table"
      aria-label="Sites"
      aria-rowcount={rows.length + 1}
      style={{ '--columns': template, '--count': columns.length }}
    >
      <div class="head" role="rowgroup">
        <div class="row" role="row" aria-rowindex={1}>
          <span role="columnheader">{GROUPING_WORDS[grouping]}</span>
          {columns.map(({ key, title }) => (
            <span
              key={key}
              role="columnheader"
              aria-sort={order.by !== key ? 'none' : order.descending ? 'descending' : 'ascending'}
            >
              <button type="button" onClick={() => sortBy(key)}>
                {title}
                <span aria-hidden="true">{order.by !== key ? '' : order.descending ? ' ↓' : ' ↑'}</span>
              </button>
            </span>
          ))}
        </div>
      </div>
      <div class="body" role="rowgroup" ref={scroller} tabIndex={0} aria-label="Rows">
        <div class="spacer" role="presentation" style={{ height: `${wholeHeight}px` }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            if (!row) return null;
            return (
              <div
                key={`${row.key} ${row.biggest}`}
                class="row"
                role="row"
                aria-rowindex={index + 2}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span class="cell name" role="cell">
                  <RowName tables={tables} grouping={grouping} row={row} onOpen={() => onOpen(row)} />
                </span>
                {columns.map(({ key, title, cell }) => (
                  <span key={key} class="cell figure" role="cell" data-title={title}>
                    {cell(row)}
                    {key === 'liveBytes' && <Share share={whole === 0 ? 0 : row.liveBytes / whole} />}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Share({ share }: { share: number }) {
  return (
    <span class="sharing">
      <span class="track" aria-hidden="true">
        <span style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      <span class="percent">{formatShare(share)}</span>
    </span>
  );
}

function columnsOf(tables: ReportTables, comparison: Comparison): Column[] {
  const live: Column = {
    key: 'liveBytes',
    title: 'live',
    cell: ({ liveBytes, estimated }) => formatEstimate(liveBytes, estimated),
  };
  const count: Column = { key: 'liveCount', title: 'count', cell: ({ liveCount }) => formatCount(liveCount) };
  const age: Column = {
    key: 'medianAgeMs',
    title: 'median age',
    cell: ({ medianAgeMs }) => formatAge(medianAgeMs < 0 ? null : medianAgeMs),
  };
  if (comparison.base === null) {
    return [
      live,
      count,
      { key: 'totalBytes', title: 'total', cell: ({ totalBytes }) => formatBytes(totalBytes) },
      { key: 'peakBytes', title: 'peak', cell: ({ peakBytes }) => formatBytes(peakBytes) },
      age,
    ];
  }
  const growth = ({ growthBytes }: Row) => {
    const rate = rateOf(tables, comparison, growthBytes);
    return (
      <>
        <span class={growthBytes > 0 ? 'grown' : growthBytes < 0 ? 'shrunk' : ''}>
          {formatBytesChange(growthBytes)}
        </span>
        {rate !== null && growthBytes !== 0 && <span class="rate">{formatRate(rate)}</span>}
      </>
    );
  };
  return [
    { key: 'growthBytes', title: 'growth', cell: growth },
    live,
    { key: 'beforeBytes', title: 'before', cell: ({ beforeBytes }) => formatBytes(beforeBytes) },
    count,
    age,
  ];
}

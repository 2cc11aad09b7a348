// Everything that is known of one row of the table: its line of code, its figures, where its memory was allocated and
// what caused that, what keeps it, how old and how big it is.
import { useEffect, useMemo, useRef } from 'preact/hooks';
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
import { Bars } from './bars';
import { ageBars, sizeBars } from './histogram';
import { type Comparison, figuresOf, rateOf } from './measure';
import { framesOf, functionOf, kindOf, originOf, packageOf, placeOf } from './names';
import { PathTree } from './path-tree-view';
import { describeRow, excerptAt } from './row-name';
import { type Grouping, membersOf, type Row } from './rows';
import { SourceLines } from './source-lines';

interface SiteDialogProps {
  tables: ReportTables;
  grouping: Grouping;
  comparison: Comparison;
  row: Row;
  matches: Uint8Array | null;
  onClose: () => void;
}

/** So many sites of a row are shown with their stacks. */
const MOST_STACKS = 20;

export function SiteDialog({ tables, grouping, comparison, row, matches, onClose }: SiteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const members = useMemo(
    () => membersOf(tables, grouping, row.key, comparison, matches),
    [tables, grouping, row, comparison, matches],
  );
  const chosen = useMemo(() => new Set(members), [members]);
  const words = describeRow(tables, grouping, row);
  const excerpt = words.frame < 0 ? null : excerptAt(tables, words.frame);
  const pinned = tables.pinned.filter(({ site }) => chosen.has(site));
  return (
    <dialog ref={dialog} class="details" aria-labelledby="details-title" onClose={onClose} closedby="any">
      <div class="sheet">
        <header>
          <h2 id="details-title">{words.title}</h2>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        <p class="place">
          {words.place} {words.note !== '' && <span class="note">{words.note}</span>}
        </p>
        {excerpt && (
          <SourceLines excerpt={excerpt} line={tables.frames.line[words.frame] ?? 0} title={words.place} />
        )}
        <FigureList tables={tables} comparison={comparison} row={row} />
        {pinned.length > 0 && (
          <p class="pinned">
            Views that show {formatBytes(pinned.reduce((sum, { usedBytes }) => sum + usedBytes, 0))} keep{' '}
            {formatBytes(pinned.reduce((sum, { heldBytes }) => sum + heldBytes, 0))} alive.
          </p>
        )}
        <h3>Where it comes from</h3>
        <ol class="stacks">
          {members.slice(0, MOST_STACKS).map((site) => (
            <SiteStacks
              key={site}
              tables={tables}
              comparison={comparison}
              site={site}
              open={site === members[0]}
            />
          ))}
        </ol>
        {members.length > MOST_STACKS && (
          <p class="more">and {formatCount(members.length - MOST_STACKS)} smaller sites</p>
        )}
        {tables.holdings.length > 0 && (
          <>
            <h3>What keeps it</h3>
            <PathTree tables={tables} chosen={chosen} />
          </>
        )}
        <Bars title="Age" bars={ageBars(tables, comparison.dump, members)} />
        <Bars title="Mean size" bars={sizeBars(tables, comparison.dump, members)} />
      </div>
    </dialog>
  );
}

function FigureList({ tables, comparison, row }: Pick<SiteDialogProps, 'tables' | 'comparison' | 'row'>) {
  const whole = figuresOf(tables, comparison.dump).liveBytes.reduce((sum, bytes) => sum + bytes, 0);
  const share = whole === 0 ? 0 : row.liveBytes / whole;
  const rate = rateOf(tables, comparison, row.growthBytes);
  const facts: [string, string][] = [
    ['live', `${formatEstimate(row.liveBytes, row.estimated)} in ${formatCount(row.liveCount)}`],
    ['share', formatShare(share)],
    ['total', `${formatBytes(row.totalBytes)} in ${formatCount(row.totalCount)}`],
    ['peak', formatBytes(row.peakBytes)],
    ['median age', formatAge(row.medianAgeMs < 0 ? null : row.medianAgeMs)],
    ['oldest', formatAge(row.oldestMs < 0 ? null : row.oldestMs)],
  ];
  if (comparison.base !== null) {
    facts.push(['growth', formatBytesChange(row.growthBytes)], ['before', formatBytes(row.beforeBytes)]);
    if (rate !== null) facts.push(['rate', formatRate(rate)]);
  }
  return (
    <dl class="tiles small">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface SiteStacksProps {
  tables: ReportTables;
  comparison: Comparison;
  site: number;
  open: boolean;
}

function SiteStacks({ tables, comparison, site, open }: SiteStacksProps) {
  const { sites, strings } = tables;
  const { liveBytes, liveCount } = figuresOf(tables, comparison.dump);
  const label = strings[sites.label[site] ?? -1];
  const thread = sites.thread[site] ?? 0;
  return (
    <li>
      <details open={open}>
        <summary>
          <b>{formatBytes(liveBytes[site] ?? 0)}</b> in {formatCount(liveCount[site] ?? 0)} ·{' '}
          {kindOf(tables, site)}
          {sites.sampled[site] === 1 && ' · estimate, of samples below the threshold'}
          {thread !== 0 && ` · thread ${thread}`}
          {label !== undefined && ` · label ${label}`}
        </summary>
        <Frames title="allocated at" tables={tables} stack={sites.stack[site] ?? -1} />
        {(sites.cause[site] ?? -1) >= 0 && (
          <Frames title="caused by" tables={tables} stack={sites.cause[site] ?? -1} />
        )}
      </details>
    </li>
  );
}

function Frames({ title, tables, stack }: { title: string; tables: ReportTables; stack: number }) {
  const frames = framesOf(tables, stack);
  return (
    <div class="frames">
      <h4>{title}</h4>
      {frames.length === 0 ? (
        <p class="none">no JavaScript on the stack</p>
      ) : (
        <ol>
          {frames.map((frame, index) => (
            <li key={index} class={`origin-${originOf(tables, frame)}`}>
              <code>{functionOf(tables, frame)}</code>{' '}
              <span class="place">
                {placeOf(tables, frame)}
                {packageOf(tables, frame) !== '' && <span class="note"> {packageOf(tables, frame)}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

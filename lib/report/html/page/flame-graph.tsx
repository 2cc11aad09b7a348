// The flame graph: what is measured and how it is arranged, the canvas, and the words for the box that is marked.
// Everything that a mouse can do on the canvas the keyboard can do too, and the marked box is read out.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  formatBytes,
  formatBytesChange,
  formatCount,
  formatCountChange,
  formatShare,
} from '../../text/figures';
import type { ReportTables } from '../report-data';
import { type BoxStyle, changeColor, drawFlame, type FlameColors, readColors } from './flame-canvas';
import { type Box, boxAt, layOut, neighbour, ROW_HEIGHT_PX } from './flame-layout';
import { type Arrangement, ancestry, buildTree, type FlameTree, sumUp } from './flame-tree';
import { itemColor, itemName, itemOrigin, itemPlace } from './items';
import {
  type Comparison,
  changesOf,
  figuresOf,
  isBytes,
  MEASURE_WORDS,
  MEASURES,
  type Measure,
} from './measure';
import type { Matches } from './search';
import { onThemeChange } from './theme';

interface FlameGraphProps {
  tables: ReportTables;
  comparison: Comparison;
  matches: Matches | null;
  onSearch: (query: string) => void;
}

/** What the widths are: the measure itself, or what it has grown or shrunk by. */
type Widths = 'after' | 'growth' | 'shrinkage';

const TALLEST_PX = 560;
/** Rows below the last with a box as wide as this are scrolled to. */
const READABLE_PX = 24;
const ARRANGEMENT_WORDS: Record<Arrangement, string> = {
  cause: 'Cause, then stack',
  stack: 'Stack',
  retainer: 'Retainer',
};

export function FlameGraph({ tables, comparison, matches, onSearch }: FlameGraphProps) {
  const hasCauses = useMemo(() => tables.sites.cause.some((cause) => cause >= 0), [tables]);
  const hasPaths = tables.holdings.length > 0;
  const [arrangement, setArrangement] = useState<Arrangement>(hasCauses ? 'cause' : 'stack');
  const [chosenMeasure, setMeasure] = useState<Measure>('liveBytes');
  const [widths, setWidths] = useState<Widths>('after');
  const [inverted, setInverted] = useState(false);
  const [hideInternals, setHideInternals] = useState(false);
  // Only what is alive now is held by anything.
  const measure = arrangement === 'retainer' ? 'liveBytes' : chosenMeasure;
  const compared = comparison.base !== null && arrangement !== 'retainer';
  const tree = useMemo(
    () => buildTree(tables, { arrangement, inverted, hideInternals }),
    [tables, arrangement, inverted, hideInternals],
  );
  const after = useMemo(
    () => sumUp(tree, figuresOf(tables, comparison.dump)[measure]),
    [tree, tables, comparison.dump, measure],
  );
  const before = useMemo(
    () => (compared ? sumUp(tree, figuresOf(tables, comparison.base ?? 0)[measure]) : null),
    [tree, tables, comparison.base, compared, measure],
  );
  const values = useMemo(() => {
    if (!compared || widths === 'after') return after;
    const changes = changesOf(tables, comparison, measure);
    return sumUp(tree, widths === 'growth' ? changes : changes.map((change) => -change));
  }, [tree, tables, comparison, compared, measure, widths, after]);
  const matched = useMemo(() => {
    if (matches === null) return null;
    const figures = figuresOf(tables, comparison.dump)[measure];
    return figures.reduce((sum, value, site) => (matches.sites[site] === 1 ? sum + value : sum), 0);
  }, [tables, comparison.dump, measure, matches]);
  const arrangements: Arrangement[] = [
    ...(hasCauses ? (['cause'] as const) : []),
    'stack',
    ...(hasPaths ? (['retainer'] as const) : []),
  ];
  return (
    <section aria-labelledby="flame-title" id="flame">
      <h2 id="flame-title">Flame graph</h2>
      <div class="controls">
        {arrangements.length > 1 && (
          <fieldset class="segments">
            <legend class="hidden">Arranged by</legend>
            {arrangements.map((each) => (
              <label key={each}>
                <input
                  type="radio"
                  name="arrangement"
                  checked={each === arrangement}
                  onChange={() => setArrangement(each)}
                />
                <span>{ARRANGEMENT_WORDS[each]}</span>
              </label>
            ))}
          </fieldset>
        )}
        {arrangement !== 'retainer' && (
          <label class="choice">
            <span>Measure</span>
            <select value={measure} onChange={(event) => setMeasure(event.currentTarget.value as Measure)}>
              {MEASURES.map((each) => (
                <option key={each} value={each}>
                  {MEASURE_WORDS[each]}
                </option>
              ))}
            </select>
          </label>
        )}
        {compared && (
          <label class="choice">
            <span>Widths</span>
            <select value={widths} onChange={(event) => setWidths(event.currentTarget.value as Widths)}>
              <option value="after">what there is</option>
              <option value="growth">what it grew by</option>
              <option value="shrinkage">what it shrank by</option>
            </select>
          </label>
        )}
        <label class="check">
          <input type="checkbox" checked={inverted} onChange={() => setInverted(!inverted)} /> Invert
        </label>
        {arrangement !== 'retainer' && (
          <label class="check">
            <input
              type="checkbox"
              checked={hideInternals}
              onChange={() => setHideInternals(!hideInternals)}
            />{' '}
            Hide Node’s own
          </label>
        )}
      </div>
      {(values[0] ?? 0) > 0 ? (
        <FlameView
          key={`${arrangement}${inverted}${hideInternals}`}
          {...{ tables, tree, values, after, before, matches, matched, measure, onSearch }}
        />
      ) : (
        <p class="empty">{emptyText(compared, widths)}</p>
      )}
      <FlameLegend compared={compared} paths={arrangement === 'retainer'} />
    </section>
  );
}

function emptyText(compared: boolean, widths: Widths): string {
  if (compared && widths === 'growth') return 'Nothing grew between these dumps.';
  if (compared && widths === 'shrinkage') return 'Nothing shrank between these dumps.';
  return 'Nothing of this kind is in the dump.';
}

interface FlameViewProps {
  tables: ReportTables;
  tree: FlameTree;
  values: Float64Array;
  after: Float64Array;
  before: Float64Array | null;
  matches: Matches | null;
  /** What the sites that were found add up to; null if nothing is searched for. */
  matched: number | null;
  measure: Measure;
  onSearch: (query: string) => void;
}

function FlameView({
  tables,
  tree,
  values,
  after,
  before,
  matches,
  matched,
  measure,
  onSearch,
}: FlameViewProps) {
  const [focus, setFocus] = useState(0);
  const [marked, setMarked] = useState<number | null>(null);
  const [width, setWidth] = useState(0);
  const [colors, setColors] = useState<FlameColors | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  // Another measure may leave nothing of what was zoomed into.
  const shown = (values[focus] ?? 0) > 0 ? focus : 0;
  const layout = useMemo(() => layOut(tree, values, shown, width), [tree, values, shown, width]);
  const wholeHeight = layout.rows.length * ROW_HEIGHT_PX;
  const readableRows = layout.rows.findLastIndex((row) => row.some((box) => box.width > READABLE_PX)) + 2;
  const height = Math.min(TALLEST_PX, wholeHeight, readableRows * ROW_HEIGHT_PX);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    const refresh = () => setColors(readColors(element));
    refresh();
    const forget = onThemeChange(refresh);
    return () => {
      observer.disconnect();
      forget();
    };
  }, []);

  const draw = useCallback(() => {
    if (!canvas.current || !scroller.current || colors === null) return;
    const styleOf = (box: Box) => styleBox(tables, tree, box, { colors, matches, after, before });
    const scrollTop = scroller.current.scrollTop;
    drawFlame(canvas.current, { layout, styleOf, marked, scrollTop, width, height }, colors);
  }, [tables, tree, layout, marked, width, height, colors, matches, after, before]);
  useEffect(draw, [draw]);

  const boxUnder = (event: MouseEvent): Box | null => {
    if (!canvas.current) return null;
    const area = canvas.current.getBoundingClientRect();
    const y = event.clientY - area.top + (scroller.current?.scrollTop ?? 0);
    return boxAt(layout, Math.floor(y / ROW_HEIGHT_PX), event.clientX - area.left);
  };
  const mark = (box: Box | null) => {
    setMarked(box?.node ?? null);
    if (!box || !scroller.current) return;
    const top = box.row * ROW_HEIGHT_PX;
    if (top < scroller.current.scrollTop) scroller.current.scrollTop = top;
    const bottom = top + ROW_HEIGHT_PX - scroller.current.clientHeight;
    if (bottom > scroller.current.scrollTop) scroller.current.scrollTop = bottom;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const ways = { ArrowDown: 'in', ArrowUp: 'out', ArrowLeft: 'left', ArrowRight: 'right' } as const;
    const way = ways[event.key as keyof typeof ways];
    if (way) mark(marked === null ? (layout.rows[0]?.[0] ?? null) : neighbour(tree, layout, marked, way));
    else if (event.key === 'Enter' && marked !== null) setFocus(marked);
    else if (event.key === 'Escape' && shown !== 0) setFocus(0);
    else if (event.key === 'Home') mark(layout.rows[0]?.[0] ?? null);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div
        ref={scroller}
        class="flame"
        style={{ height: `${height}px` }}
        tabIndex={0}
        role="application"
        aria-roledescription="flame graph"
        aria-label={`Flame graph of ${MEASURE_WORDS[measure]}. Arrow keys move, Enter zooms in, Escape zooms out.`}
        aria-describedby="flame-marked"
        onKeyDown={onKeyDown}
        onScroll={draw}
      >
        <canvas
          ref={canvas}
          aria-hidden="true"
          style={{ width: `${width}px`, height: `${height}px` }}
          onMouseMove={(event) => setMarked(boxUnder(event)?.node ?? null)}
          onClick={(event) => {
            const box = boxUnder(event);
            if (!box) return;
            setMarked(box.node);
            setFocus(box.node);
          }}
        />
        <div class="filler" style={{ height: `${Math.max(0, wholeHeight - height)}px` }} />
      </div>
      <div class="flame-words" id="flame-marked">
        <div role="status">
          <BoxWords {...{ tables, tree, after, before, matched, measure, node: marked ?? shown }} />
        </div>
        <SearchButton tables={tables} tree={tree} node={marked ?? shown} onSearch={onSearch} />
        {shown !== 0 && (
          <button type="button" onClick={() => setFocus(0)}>
            Zoom out
          </button>
        )}
      </div>
    </>
  );
}

interface StyleContext {
  colors: FlameColors;
  matches: Matches | null;
  after: Float64Array;
  before: Float64Array | null;
}

function styleBox(
  tables: ReportTables,
  tree: FlameTree,
  { node, rest }: Box,
  { colors, matches, after, before }: StyleContext,
): BoxStyle {
  if (rest > 0) {
    const name = `${formatCount(rest)} smaller`;
    return { name, fill: colors.note ?? '', ink: colors.ink ?? '', faded: matches !== null };
  }
  const item = tree.items[tree.item[node] ?? -1];
  const name = item ? itemName(tables, item) : 'all';
  const found =
    (item?.type === 'frame' && matches?.frames[item.frame] === 1) ||
    (item?.type === 'step' && matches?.steps[item.step] === 1);
  const ink = colors.ink ?? '';
  const faded = matches !== null && !found;
  if (before === null) {
    return { name, fill: colors[item ? itemColor(tables, item) : 'note'] ?? '', ink, faded };
  }
  const [then, now] = [before[node] ?? 0, after[node] ?? 0];
  const most = Math.max(then, now);
  return { name, fill: changeColor(colors, most === 0 ? 0 : (now - then) / most), ink, faded };
}

type BoxWordsProps = Pick<FlameViewProps, 'tables' | 'tree' | 'after' | 'before' | 'matched' | 'measure'> & {
  node: number;
};

function BoxWords({ tables, tree, after, before, matched, measure, node }: BoxWordsProps) {
  const write = isBytes(measure) ? formatBytes : formatCount;
  const writeChange = isBytes(measure) ? formatBytesChange : formatCountChange;
  const item = tree.items[tree.item[node] ?? -1];
  const [whole, value] = [after[0] ?? 0, after[node] ?? 0];
  const share = whole === 0 ? '' : formatShare(value / whole);
  const place = item ? itemPlace(tables, item) : '';
  const origin = item ? itemOrigin(tables, item) : '';
  return (
    <>
      <p class="name">
        <code>{item ? itemName(tables, item) : 'all'}</code>
        {place !== '' && <span class="place">{place}</span>}
        {origin !== '' && <span class="origin">{origin}</span>}
      </p>
      <p class="figures">
        <b>{write(value)}</b>
        {share !== '' && <span>{share} of all</span>}
        {before !== null && <span>{writeChange(value - (before[node] ?? 0))} since</span>}
        {matched !== null && <span>{write(matched)} match the search</span>}
      </p>
    </>
  );
}

function SearchButton({
  tables,
  tree,
  node,
  onSearch,
}: Pick<FlameViewProps, 'tables' | 'tree' | 'onSearch'> & { node: number }) {
  const item = tree.items[tree.item[node] ?? -1];
  if (!item || ancestry(tree, node).length < 2) return null;
  const place = itemPlace(tables, item);
  // Words of a search are separated by spaces.
  const query = place === '' || /\s/.test(place) ? itemName(tables, item) : place;
  if (item.type === 'note') return null;
  return (
    <button type="button" onClick={() => onSearch(query)}>
      Search for it
    </button>
  );
}

function FlameLegend({ compared, paths }: { compared: boolean; paths: boolean }) {
  const entries = compared
    ? [
        ['grown', 'grew'],
        ['same', 'as before'],
        ['shrunk', 'shrank'],
      ]
    : paths
      ? [
          ['step', 'object on the heap, root first'],
          ['note', 'not known'],
        ]
      : [
          ['user', 'your code'],
          ['dependency', 'dependencies'],
          ['node', 'Node.js'],
        ];
  return (
    <ul class="key">
      {entries.map(([color, text]) => (
        <li key={color}>
          <span class={`swatch flame-${color}`} aria-hidden="true" /> {text}
        </li>
      ))}
    </ul>
  );
}

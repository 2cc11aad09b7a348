// The course of the biggest owners over the dumps: lines, and beside them the same as a table with the rates.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { formatBytes, formatDuration, formatRate } from '../../text/figures';
import type { DumpSummary, ReportTables } from '../report-data';
import { LinesTable } from './lines-table';
import { functionOf, placeOf } from './names';
import { onThemeChange } from './theme';
import { followOwners, type Series } from './timeline';
import { dumpText } from './toolbar';

const MOST_LINES = 6;
const HEIGHT_PX = 260;
/** Distances between ticks that come out as round durations. */
const TICK_STEPS_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800].concat(
  [1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720].map((hours) => hours * 3600),
);
/** Lines differ in their dashes too, for those who cannot tell the colours apart. */
const DASHES: number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4], [3, 6]];

export function Timeline({ tables, dumps }: { tables: ReportTables; dumps: DumpSummary[] }) {
  const series = useMemo(() => followOwners(tables, MOST_LINES), [tables]);
  const [at, setAt] = useState<number | null>(null);
  const dump = at ?? dumps.length - 1;
  const nameOf = ({ owner }: Series) =>
    owner === null ? 'all others' : owner < 0 ? 'no owner known' : functionOf(tables, owner);
  if (series.length === 0) return null;
  const moment = at === null ? 'last' : (dumps[dump] && dumpText(dumps[dump], dump, dumps)) || 'last';
  return (
    <section aria-labelledby="timeline-title">
      <h2 id="timeline-title">Over time</h2>
      <Chart tables={tables} series={series} names={series.map(nameOf)} onPoint={setAt} />
      <LinesTable
        label="Owners over time"
        nameTitle="owner"
        columns={[{ title: 'first', isSpare: true }, { title: moment }, { title: 'trend' }]}
        lines={series.map((line, index) => ({
          key: line.owner ?? 'others',
          mark: <LineMark index={index} />,
          name: nameOf(line),
          place: line.owner !== null && line.owner >= 0 ? placeOf(tables, line.owner) : '',
          figures: [
            formatBytes(line.bytes[0] ?? 0),
            formatBytes(line.bytes[dump] ?? 0),
            formatRate(line.mbPerHour),
          ],
        }))}
      />
      {!tables.sameProcess && (
        <p class="note">The dumps are of several processes, so that what grew has no speed.</p>
      )}
    </section>
  );
}

function LineMark({ index }: { index: number }) {
  return (
    <svg width="26" height="8" viewBox="0 0 26 8" aria-hidden="true">
      <line
        x1="1"
        x2="25"
        y1="4"
        y2="4"
        class={`line-${index}`}
        stroke-width="2.5"
        stroke-dasharray={(DASHES[index] ?? []).join(' ')}
      />
    </svg>
  );
}

interface ChartProps {
  tables: ReportTables;
  series: Series[];
  names: string[];
  /** Is told which dump the cursor is at; null if it has left. */
  onPoint: (dump: number | null) => void;
}

function Chart({ tables, series, names, onPoint }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const data: uPlot.AlignedData = [tables.seconds, ...series.map(({ bytes }) => bytes)];
    let plot: uPlot | null = null;
    const show = () => {
      plot?.destroy();
      plot = new uPlot(optionsFor(element, names, onPoint), data, element);
    };
    const forget = onThemeChange(show);
    const observer = new ResizeObserver(() => {
      if (plot && plot.width !== element.clientWidth)
        plot.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    show();
    observer.observe(element);
    return () => {
      observer.disconnect();
      forget();
      plot?.destroy();
    };
  }, [tables, series, names.join('\n')]);
  return (
    <div
      ref={holder}
      class="chart"
      role="img"
      aria-label={`Live bytes of ${names.length} owners over ${tables.seconds.length} dumps; the table below has the figures.`}
    />
  );
}

function optionsFor(
  element: HTMLElement,
  names: string[],
  onPoint: (dump: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.08)] } },
    axes: [
      {
        ...axis,
        incrs: TICK_STEPS_SECONDS,
        values: (_plot, ticks) => ticks.map((seconds) => (seconds === 0 ? '0' : formatDuration(seconds))),
      },
      { ...axis, size: 72, values: (_plot, ticks) => ticks.map(formatBytes) },
    ],
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
    series: [
      {},
      ...names.map((label, index): uPlot.Series => {
        const stroke = color(`--line-${index}`);
        return {
          label,
          stroke,
          width: 2,
          dash: DASHES[index] ?? [],
          points: { show: true, size: 5, fill: stroke },
        };
      }),
    ],
  };
}

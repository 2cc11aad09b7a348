// How old and how big the live buffers are.
import { useMemo } from 'preact/hooks';
import type { ReportTables } from '../report-data';
import { Bars } from './bars';
import { ageBars, hasAges, sizeBars } from './histogram';
import type { Comparison } from './measure';

export function Histograms({ tables, comparison }: { tables: ReportTables; comparison: Comparison }) {
  const ages = useMemo(() => ageBars(tables, comparison.dump), [tables, comparison.dump]);
  const sizes = useMemo(() => sizeBars(tables, comparison.dump), [tables, comparison.dump]);
  if (ages.length === 0 && sizes.length === 0) return null;
  return (
    <section aria-labelledby="histograms-title">
      <h2 id="histograms-title">Age and size</h2>
      <div class="pair">
        <Bars
          title="Age"
          note={
            hasAges(tables, comparison.dump)
              ? 'counted one by one; bytes at the mean size of each site'
              : 'each site at the median age of its live buffers'
          }
          bars={ages}
        />
        <Bars title="Size" note="each site at the mean size of its live buffers" bars={sizes} />
      </div>
    </section>
  );
}

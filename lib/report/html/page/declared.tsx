// What native addons say that they have taken, beside the buffers that are seen.
import { formatBytes, formatCount } from '../../text/figures';
import type { DumpSummary } from '../report-data';
import { LinesTable } from './lines-table';

export function Declared({ dumps }: { dumps: DumpSummary[] }) {
  const declared = dumps.at(-1)?.declared ?? [];
  if (declared.length === 0) return null;
  return (
    <section aria-labelledby="declared-title">
      <h2 id="declared-title">Declared by native addons</h2>
      <LinesTable
        label="Declared memory by addon"
        nameTitle="addon"
        columns={[{ title: 'held' }, { title: 'taken in all', isSpare: true }, { title: 'calls' }]}
        lines={declared.map(({ addon, heldBytes, increasedBytes, calls, place }) => ({
          key: addon,
          name: addon,
          place: place === '' ? '' : `mostly ${place}`,
          figures: [formatBytes(heldBytes), formatBytes(increasedBytes), formatCount(calls)],
        }))}
      />
    </section>
  );
}

// What native addons say that they have taken, beside the buffers that are seen.
import { formatBytes, formatCount } from '../../text/figures';
import type { DumpSummary } from '../report-data';

export function Declared({ dumps }: { dumps: DumpSummary[] }) {
  const declared = dumps.at(-1)?.declared ?? [];
  if (declared.length === 0) return null;
  return (
    <section aria-labelledby="declared-title">
      <h2 id="declared-title">Declared by native addons</h2>
      <section class="scroll" aria-label="Declared memory by addon" tabIndex={0}>
        <table class="lines">
          <thead>
            <tr>
              <th scope="col">addon</th>
              <th scope="col" class="number">
                held
              </th>
              <th scope="col" class="number spare">
                taken in all
              </th>
              <th scope="col" class="number">
                calls
              </th>
            </tr>
          </thead>
          <tbody>
            {declared.map(({ addon, heldBytes, increasedBytes, calls, place }) => (
              <tr key={addon}>
                <th scope="row">
                  <span class="owner">
                    {addon}
                    {place !== '' && <span class="place"> mostly {place}</span>}
                  </span>
                </th>
                <td class="number">{formatBytes(heldBytes)}</td>
                <td class="number spare">{formatBytes(increasedBytes)}</td>
                <td class="number">{formatCount(calls)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

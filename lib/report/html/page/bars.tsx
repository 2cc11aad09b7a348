// A histogram as a list of bars, which every reader can read.
import { formatBytes, formatCount } from '../../text/figures';
import type { Bar } from './histogram';

interface BarsProps {
  title: string;
  bars: Bar[];
  /** What the bars are made of, in a sentence. */
  note?: string;
}

export function Bars({ title, bars, note }: BarsProps) {
  if (bars.length === 0) return null;
  const most = Math.max(...bars.map(({ bytes }) => bytes), 1);
  return (
    <figure class="bars">
      <figcaption>
        {title}
        {note !== undefined && <span class="note">{note}</span>}
      </figcaption>
      <ol>
        {bars.map(({ label, bytes, count }) => (
          <li key={label}>
            <span class="label">{label}</span>
            <span class="track" aria-hidden="true">
              <span style={{ width: `${(bytes / most) * 100}%` }} />
            </span>
            <span class="value">{formatBytes(bytes)}</span>
            <span class="of">
              {formatCount(count)} {count === 1 ? 'buffer' : 'buffers'}
            </span>
          </li>
        ))}
      </ol>
    </figure>
  );
}

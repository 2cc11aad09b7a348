// Writes figures for people, of bytes as in `bytes-text.ts`.
import { formatBytes, MINUS, threeDigits } from '../../analysis/bytes-text';

export { formatBytes };

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Writes bytes as {@link formatBytes} does, and marks them if they are an estimate: `≈65.5 KB`. */
export function formatEstimate(bytes: number, isEstimate: boolean): string {
  return `${isEstimate ? '≈' : ''}${formatBytes(bytes)}`;
}

/** Writes the standard error of an estimate: `±1.2 KB`; nothing for an exact figure. */
export function formatError(errorBytes: number): string {
  return errorBytes > 0 ? `±${formatBytes(errorBytes)}` : '';
}

/** Writes a change of bytes with its sign: `+82.1 MB`, `-3 KB`; `0 B` has none. */
export function formatBytesChange(bytes: number): string {
  const text = formatBytes(bytes);
  return bytes > 0 ? `+${text}` : text;
}

/** Writes a growth rate, always in MB/h so that rates can be compared at a glance: `+490 MB/h`; a dash for null. */
export function formatRate(mbPerHour: number | null): string {
  if (mbPerHour === null) return '–';
  const size = Math.abs(mbPerHour);
  const digits = size >= 99.95 ? formatCount(size) : threeDigits(size);
  if (Number(digits) === 0) return '0 MB/h';
  return `${mbPerHour < 0 ? MINUS : '+'}${digits} MB/h`;
}

/** Writes a count with separators: `48,210`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** Writes a change of a count with its sign: `+1,222`. */
export function formatCountChange(count: number): string {
  return count > 0 ? `+${formatCount(count)}` : formatCount(count);
}

/** Writes a share, 0 to 1, as `82.4 %`; only the whole comes out as 100, only nothing as 0. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return '<0.1 %';
  if (percent > 99.9 && percent < 100) return '99.9 %';
  return percent === 0 || percent === 100 ? `${percent} %` : `${percent.toFixed(1)} %`;
}

/** Writes a length of time in the unit that fits: `820 ms`, `12.5 s`, `34 min`, `5.2 h`, `12 days`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0) return `${MINUS}${formatDuration(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 0.9995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 99.95) return `${trimZeros(seconds.toFixed(1))} s`;
  if (seconds < 100 * MINUTE) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${trimZeros((seconds / HOUR).toFixed(1))} h`;
  return `${formatCount(seconds / DAY)} days`;
}

/** Writes an age, or a dash for null. */
export function formatAge(ageMs: number | null): string {
  return ageMs === null ? '–' : formatDuration(ageMs / 1000);
}

/** Draws a share, 0 to 1, as a bar in eighths of a character; anything above 0 can be seen. */
export function drawBar(share: number, width: number): string {
  const eighths = Math.max(Math.round(Math.min(1, share) * width * 8), share > 0 ? 1 : 0);
  const rest = eighths % 8;
  return '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : ' ▏▎▍▌▋▊▉'.charAt(rest));
}

function trimZeros(text: string): string {
  return text.replace(/\.0$/, '');
}

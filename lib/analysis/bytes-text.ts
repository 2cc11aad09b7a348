// Writes bytes for people. Units are decimal: 1 KB is 1,000 bytes and 1 MB is 1,000,000, as in `MB per hour`.

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
/** What stands before numbers below zero. */
export const MINUS = '-';

/** Writes bytes with three digits: `512 B`, `65.5 KB`, `2.92 GB`. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  // 999.5 and above would come out as 1000.
  for (; value >= 999.5 && unit < BYTE_UNITS.length - 1; unit += 1) value /= 1000;
  const digits = unit === 0 ? String(Math.round(value)) : threeDigits(value);
  return `${bytes < 0 && digits !== '0' ? MINUS : ''}${digits} ${BYTE_UNITS[unit]}`;
}

/** Writes a number, 0 to 1000, with three digits. */
export function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

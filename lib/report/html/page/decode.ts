// Reads what the page was given: the summary, which is plain JSON, and the tables, which are gzipped.
import type { ReportSummary, ReportTables } from '../report-data';

/** The summary that stands in the page. */
export function readSummary(): ReportSummary {
  return JSON.parse(textOf('summary')) as ReportSummary;
}

/**
 * Unpacks the tables.
 * @throws Error that says what a reader can do, if the browser cannot unpack them
 */
export async function readTables(): Promise<ReportTables> {
  if (typeof DecompressionStream === 'undefined')
    throw new Error(
      'This browser cannot unpack the data of the report: it has no DecompressionStream. Use a newer one.',
    );
  const packed = atob(textOf('tables'));
  const bytes = new Uint8Array(packed.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = packed.charCodeAt(index);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const tables = JSON.parse(await new Response(stream).text()) as ReportTables;
  document.getElementById('tables')?.remove();
  return tables;
}

function textOf(id: string): string {
  const text = document.getElementById(id)?.textContent;
  if (!text) throw new Error('The report is not whole: was the file cut off?');
  return text;
}

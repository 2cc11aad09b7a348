// CSV by RFC 4180, one line a site, for spreadsheets and data frames.

import { formatLabel, placeKey } from '../analysis/group';
import { createCauseFinder, createInnermostFinder, type Place } from '../analysis/owner';
import { createSiteHasher } from '../analysis/site-hash';
import type { Dump, Site } from '../dump/format';
import { createHoldersText } from './held-by';
import { METRIC_MEANINGS } from './metric';
import { type ExportOptions, resolveExportOptions } from './options';
import { createExportStacks, isSynthetic } from './stacks';

type Cell = string | number | null | undefined;

/** Sites written at once. */
const BATCH = 2_000;

/**
 * Writes a dump as CSV: a header, then one line a site, biggest by the metric first, ended by CR LF. Texts that a
 * spreadsheet would take for a formula get a `'` in front (https://owasp.org/www-community/attacks/CSV_Injection).
 * The column `heldBy` has the path that keeps most of the site, if retainers were asked for. The column `site` is the same for the same stack, cause, label and kind in every dump; `stack` has its frames,
 * innermost first, with ` < ` between them.
 * @param dump as dump() and readDump() return it
 * @param options what to show; `join: 'cause'` puts the cause at the end of `stack`
 * @returns pieces of text, cut at ends of lines
 * @throws TypeError, RangeError for wrong options
 */
export function* csvPieces(dump: Dump, options: ExportOptions = {}): Generator<string, void, undefined> {
  const { join, metric } = resolveExportOptions('toCsv', dump, options);
  const { stringify } = require('csv-stringify/sync') as typeof import('csv-stringify/sync');
  const write = (rows: Cell[][]) => stringify(rows, { record_delimiter: '\r\n', escape_formulas: true });
  const columns = createColumns(dump, join);
  const { figureOf } = METRIC_MEANINGS[metric];
  const sites = [...dump.sites].sort((a, b) => figureOf(b) - figureOf(a));
  yield write([columns.map(([name]) => name)]);
  for (let start = 0; start < sites.length; start += BATCH) {
    yield write(sites.slice(start, start + BATCH).map((site) => columns.map(([, cellOf]) => cellOf(site))));
  }
}

/**
 * Writes a dump as CSV, see {@link csvPieces}.
 * @param dump as dump() and readDump() return it
 * @param options what to show
 * @returns the text
 * @throws TypeError, RangeError for wrong options
 */
export function toCsv(dump: Dump, options: ExportOptions = {}): string {
  return [...csvPieces(dump, options)].join('');
}

function createColumns(
  dump: Dump,
  join: Required<ExportOptions>['join'],
): [name: string, cellOf: (site: Site) => Cell][] {
  const hashOf = createSiteHasher(dump);
  const innermost = createInnermostFinder(dump);
  const cause = createCauseFinder(dump);
  const stacks = createExportStacks(dump, join);
  const heldBy = createHoldersText(dump);
  const texts = stacks.places.map((place) => (isSynthetic(place) ? place.function : placeKey(place)));
  const placeText = (place: Place | null): Cell => (place === null ? null : placeKey(place));
  return [
    ['kind', ({ kind }) => kind],
    ['liveBytes', ({ liveBytes }) => liveBytes],
    ['liveCount', ({ liveCount }) => liveCount],
    ['totalBytes', ({ totalBytes }) => totalBytes],
    ['totalCount', ({ totalCount }) => totalCount],
    ['peakBytes', ({ peakBytes }) => peakBytes],
    ['peakCount', ({ peakCount }) => peakCount],
    ['sampled', ({ sampled }) => String(sampled)],
    ['oldestMs', ({ oldestMs }) => oldestMs],
    ['medianAgeMs', ({ medianAgeMs }) => medianAgeMs],
    ['ownerFunction', ({ owner }) => owner && (owner.function || '(anonymous)')],
    ['ownerFile', ({ owner }) => owner?.file],
    ['ownerLine', ({ owner }) => owner?.line],
    ['ownerColumn', ({ owner }) => owner?.column],
    ['ownerOrigin', ({ owner }) => owner?.origin],
    ['ownerPackage', ({ owner }) => owner?.package],
    ['ownerVia', ({ owner }) => (owner ? owner.via : 'none')],
    ['label', ({ label }) => formatLabel(label)],
    ['thread', ({ thread }) => thread],
    ['allocatedAt', ({ stack }) => placeText(innermost(stack))],
    ['causedBy', (site) => placeText(cause(site.cause))],
    ['heldBy', heldBy],
    ['site', hashOf],
    ['stack', (site) => joinTexts(stacks.of(site), texts)],
  ];
}

function joinTexts(stack: readonly number[], texts: readonly string[]): string {
  let all = '';
  for (const [index, place] of stack.entries()) all += (index === 0 ? '' : ' < ') + texts[place];
  return all;
}

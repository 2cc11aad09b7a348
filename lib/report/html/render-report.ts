// Puts a report together: one HTML file with its style, its code and its data, which asks no network for anything.
// The content security policy names the code and the style by their hashes, and allows nothing else.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createExcerptReader } from './excerpts';
import type { ReportSummary, ReportTables } from './report-data';
import { type NamedDump, summarize } from './summary';
import { buildTables } from './tables';

/** How a report is made. */
export interface ReportOptions {
  /** Embed lines of the source files that owners point at, where they can be read here; default true. */
  sources?: boolean;
  /** Is told what is being done, and the part of it that is done, 0 to 1. */
  progress?: (doing: string, done: number) => void;
}

/** The mark by which a report is known again, so that nothing else is overwritten. */
export const REPORT_MARK = '<meta name="generator" content="abtrace report">';

/** Code and style of the page, bundled when the package is built. */
const ASSETS = path.join(__dirname, 'assets');

/**
 * Makes a report of dumps.
 * @param named at least one dump; they are put in the order in which they were taken
 * @returns the HTML page, whole
 */
export function renderReport(named: readonly NamedDump[], options: ReportOptions = {}): string {
  const { sources = true, progress = () => {} } = options;
  const ordered = [...named].sort((a, b) => Date.parse(a.dump.createdAt) - Date.parse(b.dump.createdAt));
  const takenAtMs = Date.parse(ordered.at(-1)?.dump.createdAt ?? '');
  const readExcerpt = sources ? createExcerptReader(takenAtMs) : () => null;
  progress('putting sites together', 0);
  const tables = buildTables(
    ordered.map(({ dump }) => dump),
    readExcerpt,
    (done) => progress('putting sites together', done),
  );
  const summary = summarize(ordered, tables.sites.kind.length, readExcerpt);
  progress('packing', 0);
  const page = layOut(summary, tables);
  progress('packing', 1);
  return page;
}

function layOut(summary: ReportSummary, tables: ReportTables): string {
  const script = readAsset('page.js');
  const style = readAsset('page.css');
  const sentence = summary.answer.map(({ text }) => text).join('');
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  // The tables come last: the page shows its summary while they are still being read.
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
${REPORT_MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${escapeHtml(`${summary.program} · abtrace report`)}</title>
<style>${style}</style>
</head>
<body>
<noscript><p>${escapeHtml(sentence)}</p><p>The rest of this report needs JavaScript.</p></noscript>
<div id="app"></div>
<script type="application/json" id="summary">${escapeJson(JSON.stringify(summary))}</script>
<script>${script}</script>
<script type="application/octet-stream" id="tables">${pack(tables)}</script>
</body>
</html>
`;
}

function readAsset(name: string): string {
  const text = fs.readFileSync(path.join(ASSETS, name), 'utf8');
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${name} would end its own element`);
  return text;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Columns compress well: numbers that repeat, and texts that share their beginnings. */
function pack(tables: ReportTables): string {
  return zlib.gzipSync(JSON.stringify(tables), { level: 6 }).toString('base64');
}

/** Makes JSON safe inside a script element, where `</script>` and `<!--` mean something. */
export function escapeJson(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** Makes text safe in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

// Starts the page: shows the summary at once, then unpacks the tables, which may take a moment.
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { render } from 'preact';
import { App } from './app';
import { readSummary, readTables } from './decode';
import { restoreTheme } from './theme';

const theme = restoreTheme();
const root = document.getElementById('app');

if (root) {
  try {
    const summary = readSummary();
    // The tables stand behind this script: they are there when the document has been read.
    const tables = new Promise<void>((resolve) => {
      const afterPaint = () => requestAnimationFrame(() => setTimeout(resolve));
      if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', afterPaint);
      else afterPaint();
    }).then(readTables);
    render(<App summary={summary} tables={tables} theme={theme} />, root);
  } catch (error) {
    root.textContent = error instanceof Error ? error.message : String(error);
  }
}

// What the browser tests share: Chromium, reports made by the command line, and a watch over what a page must not do.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { Dump } from '../../lib/dump/format';
import { runCli, temporaryFolder } from '../integration/support';

/** Where the system's package puts it; ABTRACE_CHROMIUM says otherwise. */
const CHROMIUM = process.env.ABTRACE_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat([
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]);
const AXE = fs.readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

/** Sizes of a desktop's window and of a phone. */
export const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } } as const;

/** How a page is opened. */
export interface OpenOptions {
  size?: keyof typeof SIZES;
  scheme?: 'light' | 'dark';
  javaScript?: boolean;
}

/** A page, and what it did that it must not do. */
export interface OpenedPage {
  page: Page;
  /** Messages on the console, errors, and requests for anything but the page itself. */
  complaints: string[];
}

/** Starts Chromium for the tests of a file; returns a function that opens pages. */
export function useBrowser(): (file: string, options?: OpenOptions) => Promise<OpenedPage> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(() => browser.close());
  return async (file, { size = 'wide', scheme = 'light', javaScript = true } = {}) => {
    const context = await browser.newContext({
      viewport: SIZES[size],
      colorScheme: scheme,
      javaScriptEnabled: javaScript,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    const address = pathToFileURL(file).href;
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      const { protocol } = new URL(request.url());
      if (request.url() !== address && protocol !== 'data:') complaints.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    if (javaScript) await page.waitForSelector('html[data-ready]', { timeout: 60_000 });
    return { page, complaints };
  };
}

/** Writes dumps and makes a report of them; returns the page's file. */
export async function makeReport(dumps: readonly Dump[], args: string[] = []): Promise<string> {
  const folder = temporaryFolder();
  const files = dumps.map((dump, index) => {
    const file = path.join(folder, `dump-${index}.json`);
    fs.writeFileSync(file, JSON.stringify(dump));
    return file;
  });
  const output = path.join(folder, 'report.html');
  const { code, stderr } = await runCli(['report', ...files, '-o', output, ...args]);
  if (code !== 0) throw new Error(`abtrace report exited with ${code}: ${stderr}`);
  return output;
}

/** What axe-core finds fault with, as one line each. */
export async function findFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations;
  });
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`,
  );
}

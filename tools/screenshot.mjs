// Makes docs/report.png, the picture in the README: plays the story of the demo, makes a report of its dumps and takes
// a picture of the page. Needs Chromium. With a folder as argument it writes the page as a desktop and a phone show it,
// light and dark, into that folder instead, to be looked at.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { root, run, runTool } from './steps.mjs';

const executablePath = process.env.ABTRACE_CHROMIUM ?? '/usr/bin/chromium';
const cli = path.join(root, 'dist', 'cli', 'main.js');
const programs = path.join(root, 'dist', 'cli', 'demo');
/** The story is over when there are so many dumps; it may take its time where a dump with retainers does. */
const storyDumps = 8;
const mostStoryMs = 90_000;
/** The page down to its flame graph. */
const picture = { width: 1200, height: 1500 };
const views = [
  { name: 'desktop', viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 },
  { name: 'phone', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
];

await runTool(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-screenshot-'));
  try {
    await playStory(folder);
    const report = path.join(folder, 'report.html');
    run(process.execPath, [cli, 'report', folder, '-o', report]);
    await takePictures(report, process.argv[2]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Lets the client of the demo keep what it fetches for a while, with a dump every second or two.
 * @param {string} folder where the dumps go
 */
async function playStory(folder) {
  const server = fork(path.join(programs, 'chat-server.js'));
  const [port] = await once(server, 'message');
  const client = fork(path.join(programs, 'chat-client.js'), [`http://127.0.0.1:${port}/`], {
    cwd: programs,
    execArgv: ['--require', path.join(root, 'dist', 'register.js')],
    env: {
      ...process.env,
      ABTRACE_OUT: folder,
      ABTRACE_EVERY: '1500ms',
      ABTRACE_GC: '1',
      ABTRACE_RETAINERS: '1',
      ABTRACE_QUIET: '1',
    },
  });
  const ended = once(client, 'exit');
  const hasEnough = () =>
    fs.readdirSync(folder).filter((name) => name.endsWith('.json')).length >= storyDumps - 1;
  for (const deadline = Date.now() + mostStoryMs; !hasEnough() && Date.now() < deadline; ) {
    await Promise.race([pause(250), ended]);
    if (client.exitCode !== null) break;
  }
  if (client.connected) client.send('goodbye');
  await ended;
  server.disconnect();
}

/**
 * @param {string} report
 * @param {string | undefined} folder
 */
async function takePictures(report, folder) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  /**
   * @param {string} file
   * @param {import('playwright-core').BrowserContextOptions} options
   * @param {boolean} fullPage
   */
  const shoot = async (file, options, fullPage) => {
    const page = await browser.newPage(options);
    await page.goto(pathToFileURL(report).href);
    await page.waitForSelector('html[data-ready]');
    await page.screenshot({ path: file, fullPage });
    await page.close();
    console.error(`• ${file}`);
  };
  try {
    if (folder === undefined) {
      await shoot(path.join(root, 'docs', 'report.png'), { viewport: picture, colorScheme: 'light' }, false);
      return;
    }
    fs.mkdirSync(folder, { recursive: true });
    for (const { name, ...options } of views) {
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        await shoot(path.join(folder, `${name}-${colorScheme}.png`), { ...options, colorScheme }, true);
      }
    }
  } finally {
    await browser.close();
  }
}

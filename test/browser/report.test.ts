// The report page in Chromium: in both colour schemes, on a desktop and on a phone, of one, two and ten dumps; what can
// be done with it by mouse and keyboard; and that it asks no network for anything.
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../integration/support';
import { storyAt } from '../unit/report/html/sample-dumps';
import { findFaults, makeReport, useBrowser } from './support';

const open = useBrowser();
const reports: Record<string, string> = {};

beforeAll(async () => {
  const source = path.join(temporaryFolder(), 'session.ts');
  fs.writeFileSync(source, Array.from({ length: 20 }, (_, line) => `  code(${line + 1});`).join('\n'));
  reports.one = await makeReport([storyAt(34, source)]);
  reports.two = await makeReport([storyAt(34, source), storyAt(12, source)]);
  reports.ten = await makeReport(Array.from({ length: 10 }, (_, index) => storyAt(4 + 3 * index, source)));
});

const file = (name: string): string => reports[name] ?? '';

describe.each(['one', 'two', 'ten'])('a report of %s', (name) => {
  describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
    it.each(['wide', 'narrow'] as const)(
      'answers, complains of nothing and is accessible, %s',
      async (size) => {
        const { page, complaints } = await open(file(name), { size, scheme });
        const answer = await page.textContent('h1');
        expect(answer).toMatch(/ of .* external is ArrayBuffers; 9\d\.\d % was caused by streamTurn at /);
        expect(answer).toMatch(/held by Session\.chunks; growing 4,[78]\d\d MB\/h over \d+ min\.$/);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        expect(await findFaults(page)).toEqual([]);
        expect(complaints).toEqual([]);
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(ground).toBe(scheme === 'dark' ? 'rgb(20, 22, 26)' : 'rgb(251, 250, 248)');
        await page.context().close();
      },
    );
  });
});

describe('the page', () => {
  it('gives its verdict, with what that rests on', async () => {
    const { page } = await open(file('ten'));
    const text = await page.locator('.verdicts').innerText();
    expect(text).toMatch(/^Leak\s*streamTurn [^·]*· high confidence · \+4,[78]\d\d MB\/h/);
  });

  it('shows the line of source code that the answer names', async () => {
    const { page } = await open(file('one'));
    expect(await page.textContent('.source .marked')).toBe('12code(12);');
  });

  it('says the answer without JavaScript', async () => {
    const { page } = await open(file('one'), { javaScript: false });
    expect(await page.innerText('noscript')).toMatch(/was caused by streamTurn/);
  });

  it('can reach no network and run no other code, even if it wanted to', async () => {
    let calls = 0;
    const server = http.createServer((_request, response) => {
      calls += 1;
      response.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const { page } = await open(file('one'));
    const refused = await page.evaluate(async (url) => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        violations.push(effectiveDirective),
      );
      await fetch(url).catch(() => undefined);
      const image = new Image();
      image.src = `${url}a.png`;
      try {
        document.body.innerHTML += '<b>';
      } catch {
        violations.push('threw');
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      return violations;
    }, `http://127.0.0.1:${port}/`);
    server.close();
    expect(refused).toEqual(expect.arrayContaining(['connect-src', 'img-src', 'threw']));
    expect(calls).toBe(0);
  });

  it('turns dark and light at a click, and stays so', async () => {
    const { page } = await open(file('one'));
    await page.getByLabel('Dark').check({ force: true });
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await page.reload();
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await page.getByLabel('Auto').check({ force: true });
    expect(await page.getAttribute('html', 'data-theme')).toBe('light');
  });

  it('searches: the table keeps what matches and says how much that is', async () => {
    const { page } = await open(file('one'));
    expect(await page.locator('.body .row').count()).toBe(5);
    await page.keyboard.press('/');
    await page.keyboard.type('busy-pool');
    await expect.poll(() => page.locator('.body .row').count()).toBe(1);
    expect(await page.textContent('.found')).toBe('1 of 6 sites match');
    await page.fill('input[type=search]', 'no such thing');
    await expect.poll(() => page.textContent('#sites .empty')).toBe('No site matches “no such thing”.');
  });

  it('sorts and groups the table', async () => {
    const { page } = await open(file('one'));
    const first = () => page.locator('.body .row .open').first().textContent();
    expect(await first()).toBe('streamTurn');
    await page.getByRole('button', { name: 'count' }).click();
    await page.getByRole('button', { name: 'count' }).click();
    await expect.poll(first).toBe('No owner known');
    expect(await page.locator('[aria-sort=ascending]').textContent()).toContain('count');
    await page.getByLabel('Put together by').selectOption('package');
    await expect.poll(first).toBe('(no package)');
  });

  it('opens a row to all that is known of it, and closes by Escape', async () => {
    const { page } = await open(file('one'));
    await page.locator('.body .open').first().focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    const text = await dialog.innerText();
    expect(text).toMatch(/streamTurn[\s\S]*code\(12\)/);
    expect(text).toMatch(
      /allocated at[\s\S]*fetchParams\.controller\.resume[\s\S]*caused by[\s\S]*handleMessage/,
    );
    expect(text).toMatch(/What keeps it[\s\S]*\.chunks: Array/);
    expect(await findFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
  });

  it('moves through the flame graph by keyboard, and zooms in and out', async () => {
    const { page } = await open(file('one'));
    const words = () => page.textContent('#flame-marked [role=status]');
    await page.locator('.flame').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await expect.poll(words).toMatch(/^streamTurn.*your code2\.31 GB80\.0 % of all/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Zoom out' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('button', { name: 'Zoom out' }).count()).toBe(0);
  });

  it('zooms the flame graph by a click, and measures and arranges it otherwise', async () => {
    const { page, complaints } = await open(file('one'));
    const words = () => page.textContent('#flame-marked [role=status]');
    await page.locator('.flame canvas').click({ position: { x: 20, y: 75 } });
    await expect.poll(words).toMatch(/^streamTurn/);
    await page.getByRole('button', { name: 'Search for it' }).click();
    await expect.poll(() => page.textContent('.found')).toBe('2 of 6 sites match');
    await page.fill('input[type=search]', '');
    await page.getByLabel('Measure').selectOption('totalCount');
    await expect.poll(words).toMatch(/38,600|76,/);
    await page.getByLabel('Invert').check();
    await page.getByLabel('Hide Node').check();
    await page.getByLabel('Retainer').check({ force: true });
    await expect.poll(() => page.textContent('.key')).toContain('object on the heap');
    expect(complaints).toEqual([]);
  });

  it('tells what the pixels of the flame graph are: the user’s code in its own colour', async () => {
    const { page } = await open(file('one'));
    const color = await page.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const pixel = canvas?.getContext('2d')?.getImageData(Math.floor(canvas.width * 0.5), 30, 1, 1).data;
      return [...(pixel ?? [])];
    });
    expect(color).toEqual([243, 177, 60, 255]);
  });

  it('compares two dumps in the order in which they were taken', async () => {
    const { page } = await open(file('two'));
    const first = await page.locator('.body .row').first().innerText();
    expect(first).toMatch(/streamTurn[\s\S]*\+1\.76 GB[\s\S]*\+4,800 MB\/h/);
    expect(await page.textContent('.key')).toMatch(/grew.*as before.*shrank/);
    await page.getByLabel('Widths').selectOption('shrinkage');
    await expect.poll(() => page.textContent('#flame .empty')).toBe('Nothing shrank between these dumps.');
    await page.getByLabel('compared with').selectOption('-1');
    await expect.poll(() => page.textContent('.key')).toContain('your code');
  });

  it('shows the course of each owner over ten dumps, with its rate', async () => {
    const { page } = await open(file('ten'));
    const rows = await page.locator('.lines tbody tr').allInnerTexts();
    expect(rows[0]).toMatch(/streamTurn[\s\S]*320 MB[\s\S]*\+4,800 MB\/h/);
    expect(rows).toHaveLength(5);
    await page.locator('.chart .u-over').hover({ position: { x: 5, y: 20 } });
    await expect.poll(() => page.textContent('.lines thead')).toContain('1 of 10, first');
  });

  it('says which part of the memory each path keeps', async () => {
    const { page } = await open(file('one'));
    const text = await page.locator('section[aria-labelledby=paths-title]').innerText();
    expect(text).toMatch(/2\.83 GB[\s\S]*module variable sessions: Map[\s\S]*2\.72 GB[\s\S]*\.chunks: Array/);
  });
});

// The report page at its limits: 50,000 sites, names that try to break out, dumps with nothing in them.
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDump } from '../unit/dump/dump-builder';
import { HOSTILE_NAMES, hostile, manySites } from '../unit/report/html/sample-dumps';
import { findFaults, makeReport, useBrowser } from './support';

const open = useBrowser();

describe('a report of 50,000 sites', () => {
  const tries = 8;
  let file = '';
  beforeAll(async () => {
    file = await makeReport([manySites(50_000)]);
  });

  it('paints within a second', async () => {
    const paints: number[] = [];
    // Other processes may have the processor at any one time: what counts is what the page can do.
    for (let index = 0; index < tries && !paints.some((paintMs) => paintMs < 1000); index += 1) {
      const { page } = await open(file);
      paints.push(
        await page.evaluate(
          () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 1e9,
        ),
      );
      await page.context().close();
    }
    expect(Math.min(...paints)).toBeLessThan(1000);
  });

  it('searches within a tenth of a second, in table and flame graph', async () => {
    const { page, complaints } = await open(file);
    await page.getByLabel('Put together by').selectOption('site');
    const words = ['site4', 'handler12', 'module3 fn1', 'nothing', 'file2.js'];
    const elapsed = await page.evaluate(async (texts) => {
      const input = document.querySelector<HTMLInputElement>('input[type=search]');
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const best = new Map<string, number>();
      // Other processes may have the processor at any one time: what counts is what the page can do.
      const isSlow = () =>
        best.size < texts.length || [...best.values()].some((elapsedMs) => elapsedMs >= 100);
      for (let round = 0; round < 20 && isSlow(); round += 1) {
        for (const text of texts) {
          if (!input) throw new Error('no search field');
          input.value = text;
          const startedMs = performance.now();
          input.dispatchEvent(new Event('input', { bubbles: true }));
          // What is asked for is on its way to the screen when the next frame but one begins.
          await frame();
          await frame();
          best.set(text, Math.min(best.get(text) ?? 1e9, performance.now() - startedMs));
        }
      }
      return [...best.values()];
    }, words);
    expect(Math.max(...elapsed)).toBeLessThan(100);
    expect(complaints).toEqual([]);
  });

  it('has the rows in the document that can be seen, and no more', async () => {
    const { page } = await open(file);
    await page.getByLabel('Put together by').selectOption('site');
    await expect.poll(() => page.getAttribute('.table', 'aria-rowcount')).toBe('50001');
    expect(await page.locator('.body .row').count()).toBeLessThan(40);
    await page.evaluate(() => {
      const body = document.querySelector('.table .body');
      if (body) body.scrollTop = body.scrollHeight;
    });
    await expect.poll(() => page.locator('.body .row').last().getAttribute('aria-rowindex')).toBe('50001');
  });
});

describe('a report of hostile names', () => {
  let file = '';
  beforeAll(async () => {
    file = await makeReport([hostile(), hostile()]);
  });

  it.each(['light', 'dark'] as const)('runs none of them and stays accessible in %s', async (scheme) => {
    const { page, complaints } = await open(file, { scheme });
    await page.locator('.body .open').first().click();
    expect(await findFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.evaluate(() => 'broken' in globalThis)).toBe(false);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('img').count()).toBe(0);
  });

  it('shows what they are, and lets none of them push the page wide', async () => {
    const { page } = await open(file, { size: 'narrow' });
    const text = await page.evaluate(() => document.body.textContent ?? '');
    expect(text).toContain('</script><script>window.broken=1</script>');
    expect([...'\u202e\u2028\u2029\0\u0007'].filter((character) => text.includes(character))).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
  });

  it('finds them by search', async () => {
    const { page } = await open(file);
    const name = HOSTILE_NAMES[9] ?? '';
    await page.fill('input[type=search]', name.slice(0, 500));
    await expect.poll(() => page.textContent('.found')).toBe('1 of 13 sites match');
  });
});

describe('a report of a dump with nothing in it', () => {
  it('says so in each of its parts', async () => {
    const { page, complaints } = await open(await makeReport([buildDump()]));
    expect(await page.textContent('h1')).toContain('nothing that is alive was recorded');
    expect(await page.textContent('#sites .empty')).toBe('No allocation has been recorded.');
    expect(await page.textContent('#flame .empty')).toBe('Nothing of this kind is in the dump.');
    expect(await findFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

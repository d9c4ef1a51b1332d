/** The report in a real browser: it loads nothing, breaks no policy, and can be read with eyes, keys, paper and a phone. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learn } from '../../lessons.ts';
import { hostileTexts } from '../../testing/arbitrary-records.ts';
import { gameDayJournal } from '../../testing/game-day-journal.ts';
import { reportPage } from './page.ts';

let browser: Browser;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seaworthy-report-'));
  // As root, and in many containers, Chromium's sandbox cannot be set up; the page under test is our own.
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/** Opens a page; whatever it complains of or asks for is in `complaints`. */
async function open(
  html: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const file = join(folder, 'report.html');
  await writeFile(file, html);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

/** A Game Day in which every text is hostile, each experiment's title another one. */
function hostileJournal() {
  const titles = new Map<string, string>();
  const hostile = (name: string) => {
    const title = titles.get(name) ?? hostileTexts[titles.size % hostileTexts.length] ?? '';
    titles.set(name, title);
    return title;
  };
  return gameDayJournal('naive').map((record, index) => {
    const text = hostileTexts[index % hostileTexts.length] ?? '';
    if (record.kind === 'run.started')
      return { ...record, title: text, runId: text, system: text, mode: text };
    const named = 'experiment' in record ? { ...record, experiment: hostile(record.experiment) } : record;
    return 'seen' in named ? { ...named, seen: text } : named;
  });
}

describe('report.html in a browser', () => {
  it('loads nothing and complains of nothing, in light and dark, wide and narrow, nowhere wider than the screen', async () => {
    const html = reportPage(learn(gameDayJournal('naive')));
    for (const width of [1280, 390, 320]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints } = await open(html, { colorScheme, viewport: { width, height: 800 } });
        expect(complaints).toEqual([]);
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        ).toBeLessThanOrEqual(0);
        expect(await page.locator('h1').textContent()).toBe('The shop keeps selling');
        expect(await page.locator('#experiment-1 svg.timeline:visible').count()).toBe(1);
        await page.context().close();
      }
    }
  });

  it('shows hostile texts as texts: nothing runs, no element comes of them', async () => {
    const { page, complaints } = await open(reportPage(learn(hostileJournal())));
    expect(complaints).toEqual([]);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('img, iframe, object, link, base, form, b').count()).toBe(0);
    expect(await page.locator('h1').count()).toBe(1);
    expect(
      await page.locator('section.experiment h2', { hasText: '<script>alert(1)</script>' }).count(),
    ).toBe(1);
    await page.context().close();
  });

  it('runs no script but its own, even where one were to slip in', async () => {
    const html = reportPage(learn(gameDayJournal('protected'))).replace(
      '</main>',
      '<script>document.title = "owned"</script><img src="https://example.invalid/x.png"></main>',
    );
    const { page } = await open(html);
    expect(await page.title()).not.toBe('owned');
    await page.context().close();
  });

  it('can be read without scripts', async () => {
    const html = reportPage(learn(gameDayJournal('protected')));
    const { page } = await open(html, { javaScriptEnabled: false });
    expect(await page.locator('.verdict').textContent()).toContain('All 33 hypotheses held.');
    expect(await page.locator('#experiment-1 svg.timeline:visible').count()).toBe(1);
    await page.locator('#experiment-1 summary', { hasText: 'as a table' }).click();
    expect(await page.locator('#experiment-1 table:visible').last().locator('tbody tr').count()).toBe(18);
    await page.context().close();
  });

  it('is read at the pointer and at the arrow keys', async () => {
    const { page } = await open(reportPage(learn(gameDayJournal('protected'))));
    const chart = page.locator('#experiment-1 .chart');
    const readOut = page.locator('#experiment-1 .read-out');
    const idle = await readOut.textContent();
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    if (box === null) throw new Error('The chart is on the page.');
    await page.mouse.move(box.x + box.width / 2, box.y + 80);
    expect(await readOut.textContent()).toMatch(
      /^\+\d+\.\d s\s+·\s+offered .+ goodput .+ p50 .+ p99 .+ open: inventory of gateway$/,
    );
    await page.mouse.move(0, 0);
    await chart.focus();
    await page.keyboard.press('End');
    expect(await chart.getAttribute('aria-valuenow')).toBe('35');
    await page.keyboard.press('ArrowLeft');
    expect(await chart.getAttribute('aria-valuetext')).toBe(await readOut.textContent());
    await chart.blur();
    expect(await readOut.textContent()).toBe(idle);
    await page.context().close();
  });

  it('prints on paper, each experiment with its picture', async () => {
    const { page } = await open(reportPage(learn(gameDayJournal('protected'))));
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('svg.timeline.wide:visible').count()).toBe(8);
    expect(await page.locator('details:visible').count()).toBe(0);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 4).toString()).toBe('%PDF');
    await page.context().close();
  });

  it('gives its words enough contrast in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open(reportPage(learn(gameDayJournal('naive'))), { colorScheme });
      const least = await page.evaluate(() => {
        const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
        const light = (color: string) =>
          channels(color)
            .map((value) => value / 255)
            .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
            .reduce((sum, value, index) => sum + value * ([0.2126, 0.7152, 0.0722][index] ?? 0), 0);
        const paper = light(getComputedStyle(document.body).backgroundColor);
        const ratio = (one: number, other: number) =>
          (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        const words = [
          ...document.querySelectorAll(
            'p, th, td, dt, dd, h1, h2, h3, a, summary, figcaption, .mark, .weight',
          ),
        ];
        return Math.min(...words.map((element) => ratio(light(getComputedStyle(element).color), paper)));
      });
      expect(least).toBeGreaterThanOrEqual(4.5);
      await page.context().close();
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser, watched } from '../../../test/support/browser.js';
import { madePages, PAGE_KINDS } from './support/made-pages.js';

const DESKTOP = { viewport: { width: 1280, height: 800 } } as const;
const PHONE = { viewport: { width: 390, height: 844 } } as const;

/** How a page is looked at. Default: on a desktop, in light colours. */
interface Visit {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

describe.skipIf(browserPath === null)(
  `the page in a browser${browserPath === null ? ' (skipped: no chromium; `node scripts/setup.mjs --tests` installs it)' : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tenas-page-'));
    const pages = new Map<string, string>();
    let browser: Browser;
    let tab: Page;

    beforeAll(async () => {
      for (const [name, html] of await madePages()) {
        const path = join(folder, `${name}.html`);
        writeFileSync(path, html);
        pages.set(name, pathToFileURL(path).href);
      }
      browser = await openBrowser();
      tab = await browser.newPage();
    });

    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true });
    });

    /**
     * Opens a page and hands it to `use`; any complaint of the browser and any request fails the test. All visits share one
     * tab, as a new one starts a process.
     */
    async function open(
      name: string,
      { viewport = DESKTOP.viewport, colorScheme = 'light' }: Visit,
      use: (page: Page) => Promise<void>,
    ): Promise<void> {
      await tab.goto('about:blank');
      await tab.setViewportSize(viewport);
      await tab.emulateMedia({ media: null, colorScheme });
      const { complaints, requests } = await watched(tab, async () => {
        await tab.goto(pages.get(name)!);
        await use(tab);
      });
      expect(complaints).toEqual([]);
      expect(requests).toEqual([pages.get(name)]);
    }

    const overflow = (page: Page) =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

    const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

    /** Opens everything that is closed, and what shows up in it, as clicks on every summary do. */
    const openAll = (page: Page) =>
      page.evaluate(() => {
        const closed = () =>
          [...document.querySelectorAll<HTMLElement>('details:not([open]) > summary')].filter((summary) =>
            summary.checkVisibility(),
          );
        for (let found = closed(); found.length > 0; found = closed()) {
          for (const summary of found) summary.click();
        }
      });

    /** Labels of figures that reach out of them. */
    const cutLabels = (page: Page) =>
      page.evaluate(() =>
        [...document.querySelectorAll('svg')].flatMap((svg) => {
          const frame = svg.getBoundingClientRect();
          const isCut = ({ left, right, width }: DOMRect) =>
            width > 0 && (left < frame.left - 1 || right > frame.right + 1);
          if (frame.width === 0) return [];
          const texts = [...svg.querySelectorAll('text')];
          return texts.filter((text) => isCut(text.getBoundingClientRect())).map((text) => text.textContent);
        }),
      );

    describe.each(PAGE_KINDS)('%s', (name) => {
      it('opens on a desktop without complaint, request or overflow, and cuts off no label of a figure', async () => {
        await open(name, DESKTOP, async (page) => {
          expect(await page.locator('h1').count()).toBeGreaterThan(0);
          // Names of 128 letters have no room.
          if (name !== 'hostile') expect(await cutLabels(page)).toEqual([]);
          await openAll(page);
          expect(await overflow(page)).toBe(0);
          expect(await page.title()).not.toBe('broken');
        });
      });

      it('opens on a phone, light and dark, without complaint, request or overflow', async () => {
        await open(name, PHONE, async (page) => {
          expect(await page.locator('h1').count()).toBeGreaterThan(0);
          await openAll(page);
          expect(await overflow(page)).toBe(0);
          await page.emulateMedia({ colorScheme: 'dark' });
          expect(await overflow(page)).toBe(0);
          expect(await page.title()).not.toBe('broken');
        });
      });
    });

    it('reads a front by mouse and by keyboard', async () => {
      await open('front', PHONE, async (page) => {
        const reader = page.locator('.front-reader output');
        const slider = page.getByRole('slider', { name: 'Architecture on the front' });
        expect(await reader.textContent()).toMatch(/^cell-0: score 100, /);
        await slider.focus();
        await page.keyboard.press('ArrowRight');
        expect(await reader.textContent()).toMatch(/^cell-1: score 99.5, params 750 k, latency [\d.]+ ms/);
        expect(await page.locator('#figure-pareto-params circle.chosen').count()).toBe(1);
        expect(await page.locator('#figure-pareto-latency circle.chosen').count()).toBe(1);
        await page.locator('#figure-pareto-latency circle:has(title)').nth(5).hover();
        expect(await reader.textContent()).toMatch(/^cell-5: /);
        expect(await slider.inputValue()).toBe('6');
      });
    });

    it('shows the knees of a front on a phone, and at which side a table goes on', async () => {
      await open('front', PHONE, async (page) => {
        const knee = await page.locator('#front td', { hasText: 'knee 1' }).boundingBox();
        expect(knee!.x + knee!.width).toBeLessThanOrEqual(390);
        const table = page.locator('.scroll:has(> #front)');
        const box = (await table.boundingBox())!;
        /** Mean brightness of the outermost pixels of a side, above the words of the last row. */
        const brightness = async (side: 'left' | 'right') => {
          const x = side === 'left' ? box.x : box.x + box.width - 3;
          const row = (await page.locator('#front tbody tr').last().boundingBox())!;
          const shot = await page.screenshot({
            clip: { x, y: row.y + 2, width: 3, height: 4 },
            fullPage: true,
          });
          const { channels } = await sharp(shot).removeAlpha().stats();
          return channels.reduce((sum, { mean }) => sum + mean, 0) / channels.length;
        };
        const scroll = async (left: number) =>
          await table.evaluate((element, to) => element.scrollTo(to, 0), left);
        const [left, right] = [await brightness('left'), await brightness('right')];
        expect(right).toBeLessThan(left - 15);
        await scroll(100);
        expect(await brightness('left')).toBeLessThan(left - 15);
        await scroll(10_000);
        expect(await brightness('right')).toBeGreaterThan(left - 3);
      });
    });

    it.each(PAGE_KINDS)('prints %s within the width of the paper, with everything open', async (name) => {
      await open(name, { viewport: { width: 718, height: 1000 } }, async (page) => {
        await page.emulateMedia({ media: 'print' });
        await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
        const wide = await page.evaluate(() => {
          const paper = document.documentElement.clientWidth;
          return [...document.querySelectorAll('body *:not(svg *, .skip)')]
            .map((element) => ({ element, right: element.getBoundingClientRect().right }))
            .filter(({ right }) => right > paper + 0.5)
            .map(
              ({ element, right }) => `${element.tagName} to ${right}: ${element.textContent.slice(0, 60)}`,
            );
        });
        expect(wide).toEqual([]);
        expect(await overflow(page)).toBe(0);
      });
    });

    it('keeps the lists of settings off the edge of their boxes', async () => {
      await open('search', {}, async (page) => {
        for (const details of await page.locator('details:has(> .facts)').all()) {
          await details.evaluate((element) => element.setAttribute('open', ''));
          const [box, list] = await Promise.all([
            details.boundingBox(),
            details.locator('> .facts').boundingBox(),
          ]);
          expect(list!.x - box!.x).toBeGreaterThan(10);
        }
        expect(await page.locator('details > .facts').count()).toBeGreaterThan(0);
      });
    });

    it('shows every figure with a title, a description and some size', async () => {
      await open('search', {}, async (page) => {
        for (const details of await page.locator('details').all()) {
          await details.evaluate((element) => element.setAttribute('open', ''));
        }
        const figures = await page.getByRole('img').all();
        expect(figures.length).toBeGreaterThan(10);
        for (const figure of figures) {
          const [title, description] = await figure.evaluate((element) =>
            ['title', 'desc'].map((name) => element.querySelector(`:scope > ${name}`)?.textContent ?? ''),
          );
          expect(title).not.toBe('');
          expect(description!.length).toBeGreaterThan(20);
          expect((await figure.boundingBox())!.height).toBeGreaterThan(40);
        }
      });
    });

    it('follows the system’s colours, and the switch, which the next visit remembers', async () => {
      await open('search', { colorScheme: 'dark' }, async (page) => {
        expect(await background(page)).toBe('rgb(15, 18, 22)');
      });
      const context = await browser.newContext({ colorScheme: 'light' });
      const page = await context.newPage();
      await page.goto(pages.get('search')!);
      expect(await background(page)).toBe('rgb(246, 245, 242)');
      const toggle = page.getByRole('button', { name: 'Dark colours' });
      expect(await toggle.getAttribute('aria-pressed')).toBe('false');
      await toggle.press('Enter');
      expect(await toggle.getAttribute('aria-pressed')).toBe('true');
      expect(await background(page)).toBe('rgb(15, 18, 22)');
      await page.reload();
      expect(await background(page)).toBe('rgb(15, 18, 22)');
      await context.close();
    });

    it('prints on white with everything open', async () => {
      await open('search', { colorScheme: 'dark' }, async (page) => {
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        const ink = await page.evaluate(() => getComputedStyle(document.body).color);
        expect(ink).toBe('rgb(27, 30, 35)');
        expect(await background(page)).toBe('rgb(255, 255, 255)');
        await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
        expect(await page.locator('details:not([open])').count()).toBe(0);
        await page.evaluate(() => dispatchEvent(new Event('afterprint')));
        expect(await page.locator('details:not([open])').count()).toBeGreaterThan(0);
        expect(await page.getByRole('button', { name: 'Dark colours' }).isVisible()).toBe(false);
        const pdf = await page.pdf({ format: 'A4' });
        expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
        expect(pdf.length).toBeGreaterThan(50_000);
      });
    });

    describe('a table', () => {
      const candidates = (page: Page) => page.locator('[data-table]').first();

      async function column(page: Page, index: number): Promise<string[]> {
        return await candidates(page).locator(`tbody tr td:nth-child(${index})`).allTextContents();
      }

      async function openTable(page: Page) {
        await page.locator('details details > summary').first().click();
      }

      it('sorts by mouse, both ways', async () => {
        await open('search', {}, async (page) => {
          await openTable(page);
          const button = candidates(page).getByRole('button', { name: 'rank sum' });
          const header = candidates(page).locator('th').last();
          await button.click();
          const up = (await column(page, 10)).map(Number);
          expect(up).toHaveLength(24);
          expect(up).toEqual([...up].sort((a, b) => a - b));
          expect(await header.getAttribute('aria-sort')).toBe('ascending');
          await button.click();
          expect((await column(page, 10)).map(Number)).toEqual([...up].sort((a, b) => b - a));
          expect(await header.getAttribute('aria-sort')).toBe('descending');
        });
      });

      it('sorts by keyboard', async () => {
        await open('search', {}, async (page) => {
          await openTable(page);
          await candidates(page).locator('select').last().focus();
          // The table's own scroll area, then the first header.
          await page.keyboard.press('Tab');
          await page.keyboard.press('Tab');
          await page.keyboard.press('Tab');
          const focused = await page.evaluate(() => document.activeElement?.textContent);
          expect(focused).toBe('operation');
          await page.keyboard.press('Enter');
          const ops = await column(page, 2);
          expect(ops).toEqual([...ops].sort());
          expect(ops[0]).toBe('avg pool');
          await page.keyboard.press('Space');
          expect((await column(page, 2))[0]).toBe('skip');
        });
      });

      it('filters by words and by choice, and says how many rows are left', async () => {
        await open('search', {}, async (page) => {
          await openTable(page);
          const table = candidates(page);
          await table.getByLabel('Filter').fill('conv 3×3');
          expect(await column(page, 2)).toEqual(Array.from({ length: 6 }, () => 'conv 3×3'));
          expect(await table.getByRole('status').textContent()).toBe('6 of 24 rows');
          await table.getByLabel('Filter').fill('');
          await table.getByLabel('outcome').selectOption('cut');
          expect(await column(page, 3)).toEqual(Array.from({ length: 6 }, () => 'cut'));
          await table.getByLabel('Filter').fill('no such row');
          expect(await table.locator('tbody tr').count()).toBe(0);
          expect(await table.getByRole('status').textContent()).toBe('0 of 24 rows');
        });
      });

      it('of a batch sorts numbers as numbers, with what is missing last', async () => {
        await open('batch', {}, async (page) => {
          const table = page.locator('[data-table]').last();
          const button = table.getByRole('button', { name: 'κ' });
          const place = 1 + (await table.locator('th').allTextContents()).indexOf('κ');
          const shown = async () =>
            (await table.locator(`tbody tr td:nth-child(${place})`).allTextContents()).map((text) =>
              text === '–' ? Number.NaN : Number(text.replaceAll(',', '')),
            );
          await button.click();
          const up = await shown();
          expect(up).toHaveLength(50);
          expect(up).toEqual([...up].sort((a, b) => a - b));
          expect(up[0]).toBe(100);
          await button.click();
          const down = await shown();
          expect(down).toEqual([...down].sort((a, b) => b - a));
          for (let turn = 0; turn < 2; turn++) await table.getByRole('button', { name: 'Next' }).click();
          expect((await shown()).slice(-13).every(Number.isNaN)).toBe(true);
        });
      });

      it('turns pages', async () => {
        await open('darts', {}, async (page) => {
          await openTable(page);
          const table = candidates(page);
          const status = table.getByRole('status');
          expect(await status.textContent()).toBe('1 to 50 of 196 rows');
          expect(await table.getByRole('button', { name: 'Previous' }).isDisabled()).toBe(true);
          for (let page = 2; page <= 4; page++)
            await table.getByRole('button', { name: 'Next' }).press('Enter');
          expect(await status.textContent()).toBe('151 to 196 of 196 rows');
          expect(await table.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
        });
      });
    });
  },
);

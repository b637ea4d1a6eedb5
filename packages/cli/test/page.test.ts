import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { countText } from '@tenas/base';
import { memoryImages, syntheticImages } from '@tenas/data';
import { wasmEngineFile } from '@tenas/native';
import { summarizeModel } from '@tenas/onnx';
import { parseJsonText, readSearchRecord, type SearchRecord } from '@tenas/records';
import { type RunSearchOptions, runSearch } from '@tenas/search';
import { getSpace } from '@tenas/spaces';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser, watched } from '../../../test/support/browser.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { png } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';

const missing = !existsSync(wasmEngineFile())
  ? 'the engine as WebAssembly is not built: npm run build:wasm'
  : browserPath === null
    ? 'no chromium'
    : null;
const folder = temporaryFolder();
const file = join(folder, 'public', 'search.html');
const space = getSpace('nas-bench-201');

let server: Server;
let address: string;
let browser: Browser;
let tab: Page;

beforeAll(async () => {
  if (missing !== null) return;
  const { code, out, err } = await tenas(['page', '--out', file, '--json']);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ out: file, bytes: readFileSync(file).length });
  server = createServer((request, response) => {
    response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/html' });
    response.end(request.url === '/' ? readFileSync(file) : '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await openBrowser();
  tab = await browser.newPage();
  // Tests end by their own limit, on busy machines too.
  tab.setDefaultTimeout(0);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/**
 * Opens the page and hands it to `use`. A complaint of the browser or a request for anything else fails the test. All
 * visits share one tab, as a new one starts a process.
 */
async function open(use: (page: Page) => Promise<void>, { at = address, phone = false } = {}): Promise<void> {
  await tab.goto('about:blank');
  await tab.setViewportSize(phone ? { width: 390, height: 844 } : { width: 1280, height: 720 });
  await tab.emulateMedia({ colorScheme: phone ? 'dark' : 'light' });
  const { complaints, requests } = await watched(tab, async () => {
    await tab.goto(at);
    await use(tab);
  });
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => url !== at && !/^(blob|data):/.test(url))).toEqual([]);
}

/** Size of images where a test needs none of its own: networks take a sixteenth of the time of the default's. */
const SIDE = 8;

/** Chooses small images. */
const chooseSide = (page: Page) => page.getByLabel('Height and width').fill(String(SIDE));

const status = (page: Page, text: string | RegExp) => page.locator('#status', { hasText: text }).waitFor();

/** A file that the page offers under a button. */
async function saved(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

async function savedRecord(page: Page): Promise<{ name: string; record: SearchRecord }> {
  const { name, bytes } = await saved(page, 'Download the record (JSON)');
  return { name, record: readSearchRecord(parseJsonText(bytes.toString(), name), name) };
}

/** A record without times and versions, and with 12 digits of each number: logarithms of two browsers differ in the last. */
function compared(record: SearchRecord): unknown {
  return JSON.parse(
    JSON.stringify(record, (key, value: unknown) => {
      if (/seconds|startedAt|versions/i.test(key)) return undefined;
      return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
    }),
  );
}

/** What the native engine's plain kernels find. */
async function native(
  options: Omit<RunSearchOptions, 'space'> & { readonly space?: RunSearchOptions['space'] },
): Promise<SearchRecord> {
  return await runSearch({ space, ...options, threads: 1, isa: 'generic' });
}

/** Chooses metrics in place of those of the strategy. */
async function choose(page: Page, ...metrics: readonly string[]): Promise<void> {
  await page.getByText('Choose metrics').click();
  for (const metric of metrics) await page.locator(`input[value="${metric}"]`).check();
}

/** A picture of a class, the same each time. */
const picture = (shift: number) =>
  png(32, 32, (x, y) => [(x * 8 + shift) % 256, (y * 7 + shift) % 256, (x * y + shift) % 256]);
const pixelsOf = (shift: number) => {
  const at = (place: number) => [place % 32, Math.floor(place / 32)] as const;
  const plane = (value: (x: number, y: number) => number) =>
    Array.from({ length: 1024 }, (_, place) => (value(...at(place)) + shift) % 256);
  return Uint8Array.from([...plane((x) => x * 8), ...plane((_, y) => y * 7), ...plane((x, y) => x * y)]);
};

describe.runIf(missing === null)(`tenas page${missing === null ? '' : ` (${missing})`}`, () => {
  it('does not replace a file unless it is told to', async () => {
    const { code, err } = await tenas(['page', '--out', file]);
    expect(code).toBe(2);
    expect(err).toContain('--force');
    expect((await tenas(['page', '--out', file, '--force'])).code).toBe(0);
  });

  it('searches as the native engine does, and offers record and network', async () => {
    await open(async (page) => {
      await page.getByLabel('Architectures to score').fill('6');
      await page.getByLabel('Seed').fill('7');
      await chooseSide(page);
      await choose(page, 'ntk', 'regions');
      await page.getByRole('button', { name: 'Start the search' }).click();
      await status(page, /^Found in /);
      const { name, record } = await savedRecord(page);
      expect(name).toBe('search-nas-bench-201-synthetic-random-seed7.json');
      const expected = await native({
        ...{ strategy: 'random', settings: { samples: 6 }, metrics: ['ntk', 'regions'], seed: 7 },
        source: syntheticImages({ size: SIDE }),
      });
      expect(compared(record)).toEqual(compared(expected));

      const rows = page.locator('#ranked tbody tr');
      expect(await rows.count()).toBe(6);
      const first = await rows.first().locator('td').allTextContents();
      expect(first.at(-1)).toBe(record.architecture);
      const size = space.sizes.final({ classes: 10, height: SIDE, width: SIDE });
      const { params, macs } = space.costs(size).of(space.parse(record.architecture!));
      expect(first.slice(-3, -1)).toEqual([params, macs].map((count) => countText(count)));
      await page.locator('figure svg.figure-cell').waitFor();

      const network = await saved(page, 'Download the network (ONNX)');
      expect(network.name).toBe('model.onnx');
      expect(summarizeModel(network.bytes).metadata).toMatchObject({
        'tenas.genotype': record.architecture,
        'tenas.calibration': '128 images of synthetic',
        'tenas.trained': 'false',
      });
      const session = await InferenceSession.create(network.bytes);
      const input = new Tensor('float32', new Float32Array(2 * 3 * SIDE ** 2).fill(0.3), [2, 3, SIDE, SIDE]);
      const { logits } = await session.run({ input });
      expect(logits!.dims).toEqual([2, 10]);
      expect([...(logits!.data as Float32Array)].every(Number.isFinite)).toBe(true);
    });
  });

  it('opens as a file, evolves, and is worked by keyboard', async () => {
    await open(
      async (page) => {
        await page.getByLabel('Strategy').selectOption('evolution');
        await page.getByLabel('Architectures to score').fill('5');
        await chooseSide(page);
        await page.getByLabel('Seed').press('Enter');
        await status(page, /^Found in /);
        const { name, record } = await savedRecord(page);
        expect(name).toBe('search-nas-bench-201-synthetic-evolution-seed0.json');
        const expected = await native({
          strategy: 'evolution',
          settings: { cycles: 5 },
          source: syntheticImages({ size: SIDE }),
        });
        expect(compared(record)).toEqual(compared(expected));
        // The report of the command reads what the page wrote.
        const path = join(folder, name);
        writeFileSync(path, JSON.stringify(record));
        const { code, err } = await tenas(['report', path, '--out', join(folder, 'report.html')]);
        expect([code, err]).toEqual([0, '']);
      },
      { at: pathToFileURL(file).href },
    );
  });

  it('searches a space whose architectures are told apart by MD5, which browsers lack', async () => {
    await open(async (page) => {
      await page.locator('select[name="space"]').selectOption('nas-bench-101');
      await chooseSide(page);
      await page.getByLabel('Strategy').selectOption('evolution');
      await page.getByLabel('Architectures to score').fill('6');
      await page.getByRole('button', { name: 'Start the search' }).click();
      await status(page, /^Found in /);
      const { name, record } = await savedRecord(page);
      expect(name).toBe('search-nas-bench-101-synthetic-evolution-seed0.json');
      const expected = await native({
        ...{ space: getSpace('nas-bench-101'), strategy: 'evolution', settings: { cycles: 6 } },
        source: syntheticImages({ size: SIDE }),
      });
      expect(compared(record)).toEqual(compared(expected));
    });
  });

  it('prunes as the native engine does', async () => {
    await open(async (page) => {
      await page.getByLabel('Strategy').selectOption('prune');
      await chooseSide(page);
      await page.getByLabel('Seed').fill('3');
      await page.getByRole('button', { name: 'Start the search' }).click();
      await status(page, /^Found in /);
      const { record } = await savedRecord(page);
      expect(record.strategy).toBe('prune');
      const expected = await native({ strategy: 'prune', source: syntheticImages({ size: SIDE }), seed: 3 });
      expect(record.architecture).toBe(expected.architecture);
      expect(compared(record)).toEqual(compared(expected));
    });
  });

  it('says what went wrong in words, and goes on to pictures of the user, which have classes by folder', async () => {
    const photos = join(folder, 'photos');
    for (const name of ['cats', '<b>dogs']) mkdirSync(join(photos, name), { recursive: true });
    const kept: { pixels: Uint8Array; label: number }[] = [];
    for (let one = 0; one < 40; one++) {
      const [name, label] = one < 20 ? (['<b>dogs', 0] as const) : (['cats', 1] as const);
      writeFileSync(join(photos, name, `${String(one).padStart(2, '0')}.png`), picture(3 * one));
      kept.push({ pixels: pixelsOf(3 * one), label });
    }
    writeFileSync(join(photos, 'cats', '99.png'), 'no picture');
    writeFileSync(join(photos, 'cats', 'notes.txt'), 'no picture either');
    await open(async (page) => {
      await page.getByLabel('My own').check();
      await page.getByRole('button', { name: 'Start the search' }).click();
      await status(page, 'Choose pictures first');
      await page.locator('#choose').setInputFiles(join(photos, 'cats', 'notes.txt'));
      await page.getByText('None of this file is a picture').waitFor();
      const picked = { name: 'one.png', mimeType: 'image/png', buffer: picture(1) };
      await page.locator('#choose').setInputFiles(picked);
      await page.getByText('1 picture, without classes.').waitFor();
      // It needs labels.
      await choose(page, 'grad-norm');
      await page.getByRole('button', { name: 'Start the search' }).click();
      await status(page, /label/);
      await page.getByRole('button', { name: 'Start the search' }).waitFor();
      await page.locator('#choose-folder').setInputFiles(photos);
      await page.getByText('41 pictures in 2 classes, one per folder. 1 other file is left out.').waitFor();
      await page.getByLabel('Architectures to score').fill('3');
      await page.getByRole('button', { name: 'Start the search' }).click();
      await status(page, /^Found in /);
      await page.getByText('40 pictures were read; 1 could not be: 99.png.').waitFor();
      const { name, record } = await savedRecord(page);
      expect(name).toBe('search-nas-bench-201-folder-random-seed0.json');
      const expected = await native({
        ...{ strategy: 'random', settings: { samples: 3 }, metrics: ['grad-norm'] },
        source: memoryImages({
          ...{ side: 32, pictures: kept.map(({ pixels }) => pixels), skipped: 1, origin: 'test' },
          ...{ classNames: ['<b>dogs', 'cats'], labels: kept.map(({ label }) => label) },
        }),
      });
      expect(compared(record)).toEqual(compared(expected));
      const network = await saved(page, 'Download the network (ONNX)');
      expect(summarizeModel(network.bytes).metadata['tenas.classes']).toBe(
        JSON.stringify(['<b>dogs', 'cats']),
      );
    });
  });

  it('stops, keeps what was measured, and searches again, on a phone, which all of its parts fit', async () => {
    await open(
      async (page) => {
        const overflow = async () =>
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        await page.getByText('Choose metrics').click();
        await page.getByLabel('My own').check();
        expect(await overflow()).toBe(0);
        await page.getByLabel('Synthetic ones').check();
        await chooseSide(page);
        await page.getByLabel('Architectures to score').fill('100000');
        await page.getByRole('button', { name: 'Start the search' }).click();
        await page.locator('#running figure svg.figure-best-so-far').waitFor();
        expect(Number(await page.locator('#share').getAttribute('value'))).toBeLessThan(1);
        await page.getByRole('button', { name: 'Stop', exact: true }).click();
        await status(page, /^Stopped after /);
        const { name, record } = await savedRecord(page);
        expect(name).toBe('search-nas-bench-201-synthetic-random-seed0.partial.json');
        expect(record.status).toBe('interrupted');
        expect(record.scored.length).toBeGreaterThan(0);
        await page.getByLabel('Architectures to score').fill('2');
        await page.getByRole('button', { name: 'Start the search' }).click();
        await status(page, /^Found in /);
        expect(await page.locator('#ranked tbody tr').count()).toBe(2);
        await page.getByText('Licences of the parts that come from others').click();
        expect(await overflow()).toBe(0);
      },
      { phone: true },
    );
  });

  it('says what a browser lacks', async () => {
    const context = await browser.newContext();
    await context.addInitScript('WebAssembly.validate = () => false;');
    const page = await context.newPage();
    await page.goto(address);
    await page.getByText('This browser lacks WebAssembly with SIMD').waitFor();
    expect(await page.locator('#form').isVisible()).toBe(false);
    await context.close();
  });
});

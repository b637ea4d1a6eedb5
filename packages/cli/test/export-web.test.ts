import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { normalisedImages, openDataset } from '@tenas/data';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser, watched } from '../../../test/support/browser.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { readWebRuntime } from '../src/commands/export/web-runtime.js';
import { noisePng, png } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const photos = join(folder, 'photos');
const page = join(folder, 'page');
const arch = '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|';
const argv = [
  'export',
  '--arch',
  arch,
  '--channels',
  '4',
  '--cells',
  '1',
  '--dataset',
  'folder',
  '--data',
  photos,
];
const hostile = '<img src=x onerror=alert(1)>';

/** Whether onnxruntime-web is there: it is installed with the repository's own tools. */
const runtime = await readWebRuntime().catch(() => null);
const missing = runtime === null ? 'no onnxruntime-web' : browserPath === null ? 'no chromium' : null;

beforeAll(() => {
  for (const name of ['cats', hostile, 'snakes']) {
    mkdirSync(join(photos, name), { recursive: true });
    writeFileSync(join(photos, name, 'small.png'), noisePng(32, 32));
  }
  // Larger, of another shape and smooth.
  const smooth = (x: number, y: number) => [2 * x, (x * y) >> 6, 128 + 100 * Math.sin(y / 9)];
  writeFileSync(join(photos, 'cats', 'wide.png'), png(120, 75, smooth));
  writeFileSync(
    join(photos, 'cats', 'tiny.png'),
    png(9, 7, (x, y) => [20 * x, 30 * y, 10 * (x + y)]),
  );
});

describe('export --web', () => {
  it('needs --out or --web', async () => {
    const { code, err } = await tenas(argv);
    expect(code).toBe(2);
    expect(err).toContain('--out is required: the ONNX file to write; or --web');
    const pytorch = await tenas([...argv, '--format', 'pytorch', '--web', page]);
    expect(pytorch.code).toBe(2);
    expect(pytorch.err).toContain('--out is required: the folder to write');
  });

  it('says how to get onnxruntime-web where it is absent, or another version', async () => {
    const project = join(folder, 'project', 'node_modules', 'onnxruntime-web');
    const place = pathToFileURL(join(folder, 'project', 'package.json')).href;
    await expect(readWebRuntime([place])).rejects.toThrow(
      'not installed; get it with: npm install --ignore-scripts onnxruntime-web@1.30.0',
    );
    mkdirSync(join(project, 'dist'), { recursive: true });
    const exports = { './ort-wasm-simd-threaded.wasm': './dist/x.wasm' };
    writeFileSync(join(project, 'package.json'), JSON.stringify({ version: '1.2.3', exports }));
    writeFileSync(join(project, 'dist', 'x.wasm'), '');
    await expect(readWebRuntime([place])).rejects.toThrow('; 1.2.3 is installed');
  });
});

describe.skipIf(missing !== null)(
  `the page of export --web${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let server: Server;
    let origin: string;
    let browser: Browser;
    let session: InferenceSession;

    const TYPES: Record<string, string> = {
      '.html': 'text/html',
      '.js': 'text/javascript',
      '.wasm': 'application/wasm',
    };

    beforeAll(async () => {
      const { code, out, err } = await tenas([...argv, '--web', page, '--json']);
      expect(err).toBe('');
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ web: page, out: join(page, 'model.onnx') });
      session = await InferenceSession.create(join(page, 'model.onnx'));
      server = createServer((request, response) => {
        const path = new URL(request.url!, 'http://x').pathname;
        const name = path === '/' ? 'index.html' : path.slice(1);
        try {
          const content = readFileSync(join(page, name));
          response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' });
          response.end(content);
        } catch {
          response.writeHead(404).end();
        }
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      browser = await openBrowser();
    });

    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    /** Opens the page and hands it to `use`; any complaint of the browser and any request to others fails the test. */
    async function open(options: BrowserContextOptions, use: (opened: Page) => Promise<void>): Promise<void> {
      const context = await browser.newContext(options);
      const opened = await context.newPage();
      const { complaints, requests } = await watched(opened, async () => {
        await opened.goto(origin);
        await opened.getByRole('status').getByText('Ready').waitFor();
        await use(opened);
      });
      await context.close();
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
      expect(requests.map((url) => basename(new URL(url).pathname))).toEqual(
        expect.arrayContaining(['page.js', 'ort.js', 'ort-wasm-simd-threaded.wasm', 'model.onnx']),
      );
    }

    /** Drops files on the page, as a hand does. */
    async function drop(opened: Page, files: readonly { name: string; bytes: Buffer }[]): Promise<void> {
      const given = files.map(({ name, bytes }) => ({ name, text: bytes.toString('base64') }));
      // As text: the types of this package know no browser.
      const dataTransfer = await opened.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      for (const { name, text } of ${JSON.stringify(given)}) {
        const content = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        transfer.items.add(new File([content], name));
      }
      return transfer;
    })()`);
      await opened.dispatchEvent('#zone', 'drop', { dataTransfer });
    }

    const photo = (name: string) => ({ name, bytes: readFileSync(join(photos, 'cats', name)) });

    /** What the page says of a picture: its classes with probabilities, best first. */
    async function said(opened: Page, name: string): Promise<{ name: string; probability: number }[]> {
      const card = opened.locator('#results > li', {
        has: opened.getByRole('heading', { name, exact: true }),
      });
      await card.waitFor();
      return await card.locator('ol > li').evaluateAll((rows) =>
        rows.map((row) => ({
          name: row.querySelector('.name')!.textContent,
          probability: Number(row.dataset.probability),
        })),
      );
    }

    /** What onnxruntime-node says of a picture that our own reader read. */
    async function expected(name: string): Promise<{ name: string; probability: number }[]> {
      const alone = join(folder, `only-${name}`, 'x');
      mkdirSync(alone, { recursive: true });
      writeFileSync(join(alone, name), photo(name).bytes);
      const source = await openDataset({ dataset: 'folder', data: join(alone, '..') });
      const pixels = await normalisedImages(source, [0]);
      const { logits } = await session.run({ input: new Tensor('float32', pixels, [1, 3, 32, 32]) });
      const powers = Array.from(logits!.data as Float32Array, Math.exp);
      const sum = powers.reduce((total, power) => total + power, 0);
      const names = readdirSync(photos).sort();
      return powers
        .map((power, index) => ({ name: names[index]!, probability: power / sum }))
        .sort((a, b) => b.probability - a.probability);
    }

    it('says of a picture what onnxruntime-node says: of its own size, shrunk and grown', async () => {
      await open({}, async (opened) => {
        for (const [name, tolerance] of [
          ['small.png', 1e-4],
          ['wide.png', 0.02],
          ['tiny.png', 0.02],
        ] as const) {
          await drop(opened, [photo(name)]);
          const [found, wanted] = [await said(opened, name), await expected(name)];
          expect(found[0]!.name, name).toBe(wanted[0]!.name);
          // By name: classes of nearly equal probability change places where a browser scales pictures in another way.
          const probabilities = new Map(found.map((one) => [one.name, one.probability]));
          expect([...probabilities.keys()].sort(), name).toEqual(wanted.map((one) => one.name).sort());
          for (const one of wanted) {
            expect(Math.abs(probabilities.get(one.name)! - one.probability), name).toBeLessThan(tolerance);
          }
          expect(await opened.getByRole('status').textContent()).toMatch(
            new RegExp(`^${name}: .*, \\d+\\.\\d %$`),
          );
        }
        expect(await opened.locator('#results').textContent()).toMatch(/\d ms in the network/);
        expect(await opened.locator('#results > li').count()).toBe(3);
        expect(await opened.getByRole('img').count()).toBe(6);
      });
    });

    it('takes several files, by choice too, and says which is no picture', async () => {
      await open({ viewport: { width: 390, height: 844 } }, async (opened) => {
        await opened.setInputFiles('#choose', [
          join(photos, 'cats', 'small.png'),
          join(photos, 'cats', 'wide.png'),
        ]);
        await drop(opened, [{ name: 'notes.png', bytes: Buffer.from('no picture') }]);
        await opened.getByText('notes.png is no picture that this browser can read.').waitFor();
        expect(await opened.locator('#results > li').count()).toBe(3);
        const overflow = await opened.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow).toBe(0);
      });
    });

    it('is reached by keyboard, says that the network is untrained, and shows names as text', async () => {
      await open({}, async (opened) => {
        await opened.keyboard.press('Tab');
        await opened.keyboard.press('Tab');
        expect(await opened.evaluate('document.activeElement.id')).toBe('choose');
        expect(await opened.getByText('This network is untrained.').isVisible()).toBe(true);
        expect(await opened.getByText('The page has not started.').isVisible()).toBe(false);
        await opened.getByText('All classes').click();
        expect(await opened.locator('details').textContent()).toContain(hostile);
        await drop(opened, [photo('small.png')]);
        expect((await said(opened, 'small.png')).map(({ name }) => name)).toContain(hostile);
      });
    });

    it('says how to open it where it was opened as a file', async () => {
      const opened = await browser.newPage();
      await opened.goto(pathToFileURL(join(page, 'index.html')).href);
      expect(await opened.getByText('python3 -m http.server').isVisible()).toBe(true);
      expect(await opened.locator('#zone').isVisible()).toBe(false);
      await opened.close();
    });

    it('says so where a file of the folder is missing', async () => {
      const model = join(page, 'model.onnx');
      const bytes = readFileSync(model);
      rmSync(model);
      try {
        const opened = await browser.newPage();
        await opened.goto(origin);
        await opened.getByText('The network cannot be loaded').waitFor();
        await opened.close();
      } finally {
        writeFileSync(model, bytes);
      }
    });

    it('keeps a page that is there, unless it is to be replaced', async () => {
      const { code, err } = await tenas([...argv, '--web', page]);
      expect(code).toBe(2);
      expect(err).toContain('--force');
      expect((await tenas([...argv, '--web', page, '--force'])).code).toBe(0);
    });
  },
);

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { syntheticImages } from '@tenas/data';
import type { CompleteSearch } from '@tenas/records';
import { runSearch } from '@tenas/search';
import { getSpace } from '@tenas/spaces';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from './support/browser.js';
import { browserBundle } from './support/browser-bundle.js';

const engine = fileURLToPath(new URL('../native/prebuilds/wasm32/tenas_engine.wasm', import.meta.url));
const missing = !existsSync(engine)
  ? 'the engine as WebAssembly is not built: npm run build:wasm'
  : browserPath === null
    ? 'no chromium'
    : null;

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const images = { size: 32, images: 2000, seed: 4 };

let server: Server;
let browser: Browser;
let address: string;
const asked: string[] = [];

beforeAll(async () => {
  if (missing !== null) return;
  const files = new Map<string, readonly [type: string, content: string | Uint8Array]>([
    ['/', ['text/html', '<!doctype html><title>search</title>']],
    ['/worker.js', ['text/javascript', await browserBundle('test/support/browser-search.mjs')]],
    ['/tenas_engine.wasm', ['application/wasm', readFileSync(engine)]],
  ]);
  server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const [type, content] = files.get(url) ?? ['text/plain', ''];
    const status = files.has(url) ? 200 : 404;
    response.writeHead(status, { 'content-type': type, 'content-security-policy': POLICY }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** A record without the times, and with 12 digits of each number: logarithms of two browsers differ in the last. */
function compared(record: CompleteSearch): unknown {
  return JSON.parse(
    JSON.stringify(record, (key, value: unknown) => {
      if (/seconds|startedAt/i.test(key)) return undefined;
      return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
    }),
  );
}

type Message = { readonly kind: string; readonly record?: CompleteSearch; readonly message?: string };

async function searchInBrowser(options: object): Promise<{ kinds: string[]; record: CompleteSearch }> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (line) => line.type() === 'error' && problems.push(line.text()));
  await page.goto(address);
  const messages = (await page.evaluate(
    `new Promise((resolve, reject) => {
      const messages = [];
      const worker = new Worker('worker.js', { type: 'module' });
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data }) => {
        messages.push(data);
        if (data.kind === 'record' || data.kind === 'failed') resolve(messages);
      };
      worker.postMessage(${JSON.stringify(options)});
    })`,
  )) as Message[];
  await page.close();
  const last = messages.at(-1)!;
  expect(problems).toEqual([]);
  expect(last.message).toBeUndefined();
  return { kinds: messages.map(({ kind }) => kind), record: last.record! };
}

describe.runIf(missing === null)(`a search in a browser${missing === null ? '' : ` (${missing})`}`, () => {
  const searches = [
    ['random', { strategy: 'random', metrics: ['ntk', 'regions'], settings: { samples: 4 } }],
    [
      'evolution',
      { strategy: 'evolution', metrics: ['zen'], settings: { population: 3, sample: 2, cycles: 4 } },
    ],
  ] as const;

  it.each(searches)('finds and records what the native engine does: %s', async (_, options) => {
    const chosen = { ...options, seed: 7, threads: 1 };
    const native = await runSearch({
      ...chosen,
      space: getSpace('nas-bench-201'),
      source: syntheticImages(images),
      isa: 'generic',
    });
    const { kinds, record } = await searchInBrowser({ ...chosen, space: 'nas-bench-201', images });
    expect(compared(record)).toEqual(compared(native));
    expect(kinds).toEqual(expect.arrayContaining(['start', 'step-end', 'finish', 'record']));
  });

  it('asks for nothing but the files of its folder', () => {
    expect(new Set(asked.filter((path) => path !== '/favicon.ico'))).toEqual(
      new Set(['/', '/worker.js', '/tenas_engine.wasm']),
    );
  });
});

import { get } from 'node:http';
import { join } from 'node:path';
import { Stopped } from '@tenas/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from '../../../test/support/browser.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const out = join(folder, 'watched');

const runJobs = async (count: number) => {
  const spec = writeSpec(
    folder,
    `spec-${count}`,
    `score: {architectures: {sample: ${count}, seed: 1}, ${tiny}}`,
  );
  const { code, err } = await tenas(['batch', 'run', spec, '--out', out, '--quiet', '--threads', '1']);
  expect(code, err).toBe(0);
};

/** Status, headers and text of a request; `until`: how much of an endless answer is wanted. */
async function request(
  url: string,
  options: { headers?: Record<string, string>; until?: (text: string) => boolean } = {},
): Promise<{ status: number; type: string; text: string }> {
  return await new Promise((done, failed) => {
    const sent = get(url, { headers: options.headers ?? {} }, (response) => {
      let text = '';
      const end = () =>
        done({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (options.until?.(text)) {
          end();
          sent.destroy();
        }
      });
      response.on('end', end);
    });
    sent.on('error', failed);
  });
}

describe('tenas batch watch', () => {
  const stop = new AbortController();
  let ended: Promise<{ code: number }>;
  let address: string;

  beforeAll(async () => {
    await runJobs(3);
    address = await new Promise<string>((ready) => {
      ended = tenas(['batch', 'watch', out, '--serve', '--json'], {
        signal: stop.signal,
        out: (text) => ready(JSON.parse(text).address),
      });
    });
  });

  afterAll(async () => {
    stop.abort(new Stopped(130));
    expect((await ended).code).toBe(130);
  });

  it('serves the page, its script and nothing else', async () => {
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await request(address)).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
    expect(await request(`${address}live-page.mjs`)).toMatchObject({
      status: 200,
      type: 'text/javascript; charset=utf-8',
    });
    expect((await request(`${address}batch.sqlite`)).status).toBe(404);
    expect((await request(`${address}../package.json`)).status).toBe(404);
  });

  it('answers to its own address alone', async () => {
    expect((await request(address, { headers: { host: 'example.org' } })).status).toBe(403);
    const port = new URL(address).port;
    expect((await request(address, { headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  it('sends all parts at first', async () => {
    const { type, text } = await request(`${address}events`, { until: (sent) => sent.endsWith('\n\n') });
    expect(type).toBe('text/event-stream; charset=utf-8');
    const { status, parts } = JSON.parse(text.slice('data: '.length));
    expect(status).toBe('Ended: 3 of 3 jobs done');
    expect(parts.progress).toContain('3 of 3');
    expect(parts.best).toContain('Best by ntk');
    expect(parts.best).toContain('Best by regions');
  });

  it.skipIf(browserPath === null)(
    `follows a batch that goes on${browserPath === null ? ' (skipped: no chromium)' : ''}`,
    async () => {
      const browser = await openBrowser();
      try {
        const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
        const complaints: string[] = [];
        const asked: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('request', (sent) => asked.push(sent.url()));
        await page.goto(address);
        await page.getByText('Ended: 3 of 3 jobs done').waitFor();
        // The store is not locked: more jobs are run while the page is open.
        await runJobs(5);
        await page.getByText('Ended: 5 of 5 jobs done').waitFor();
        expect(await page.locator('#best tbody tr').count()).toBe(10);
        expect(await page.locator('#front svg').count()).toBeGreaterThan(0);
        expect(
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        ).toBe(0);
        expect(complaints).toEqual([]);
        expect(asked.filter((url) => !url.startsWith(address))).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );

  it('names a port that is taken, and a folder without a batch', async () => {
    const taken = await tenas(['batch', 'watch', out, '--serve', new URL(address).port, '--json']);
    expect(taken.code).toBe(2);
    expect(JSON.parse(taken.out).error).toMatchObject({ code: 'OPTION_INVALID', field: '--serve' });
    const nowhere = await tenas(['batch', 'watch', join(folder, 'nowhere')]);
    expect(nowhere.code).toBe(2);
    expect(nowhere.err).toContain('there is no batch.sqlite in it');
  });
});

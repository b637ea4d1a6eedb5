import { existsSync } from 'node:fs';
import { type Browser, type ConsoleMessage, chromium, type Page, type Request } from 'playwright-core';

const candidates = [
  process.env.TENAS_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The browser to test with, or null where there is none: `node scripts/setup.mjs --tests` installs it. */
export const browserPath = candidates.find((path) => path !== undefined && existsSync(path)) ?? null;

/** Starts the browser so that it asks the network for nothing of its own. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: browserPath!,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What a page complained of, and the addresses that it asked for. */
export interface Watched {
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

/** Watches a page, which others may use later, while `use` opens and uses it. */
export async function watched(page: Page, use: () => Promise<void>): Promise<Watched> {
  const complaints: string[] = [];
  const requests: string[] = [];
  const onConsole = (message: ConsoleMessage) => complaints.push(`${message.type()}: ${message.text()}`);
  const onError = (error: Error) => complaints.push(error.message);
  const onRequest = (request: Request) => requests.push(request.url());
  page.on('console', onConsole).on('pageerror', onError).on('request', onRequest);
  try {
    await use();
  } finally {
    page.off('console', onConsole).off('pageerror', onError).off('request', onRequest);
  }
  return { complaints, requests };
}

// Pictures of a report page for the README: `node packages/report/test/page-images.mjs REPORT.html FOLDER`
// writes report.png (its top) and report-decisions.png (what was cut when, in dark colours), small enough for a repository.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const [page, folder] = process.argv.slice(2);
if (page === undefined || folder === undefined) {
  console.error('usage: node packages/report/test/page-images.mjs REPORT.html FOLDER');
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env.TENAS_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

/** @param {Buffer} shot @param {string} name */
async function save(shot, name) {
  const small = sharp(shot).png({ palette: true, colours: 64, compressionLevel: 9 });
  await small.toFile(join(folder, `${name}.png`));
}

const light = await browser.newPage({ viewport: { width: 1160, height: 915 }, colorScheme: 'light' });
await light.goto(pathToFileURL(resolve(page)).href);
await save(await light.screenshot(), 'report');

const dark = await browser.newPage({ viewport: { width: 1160, height: 1000 }, colorScheme: 'dark' });
await dark.goto(pathToFileURL(resolve(page)).href);
const [first, last] = [dark.locator('#figure-elimination'), dark.locator('#figure-trajectory-kappa')];
const [top, bottom] = [await first.boundingBox(), await last.boundingBox()];
if (top === null || bottom === null) throw new Error('the page shows no search on NAS-Bench-201');
const clip = { x: 0, y: top.y - 20, width: 1160, height: bottom.y + bottom.height - top.y + 40 };
await save(await dark.screenshot({ clip, fullPage: true }), 'report-decisions');
await browser.close();

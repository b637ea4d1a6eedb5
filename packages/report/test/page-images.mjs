// The picture of a report page in the README: `node packages/report/test/page-images.mjs REPORT.html FOLDER` writes
// report.png, the top of the page, small enough for a repository.
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

const light = await browser.newPage({ viewport: { width: 1160, height: 915 }, colorScheme: 'light' });
await light.goto(pathToFileURL(resolve(page)).href);
const small = sharp(await light.screenshot()).png({ palette: true, colours: 64, compressionLevel: 9 });
await small.toFile(join(folder, 'report.png'));
await browser.close();

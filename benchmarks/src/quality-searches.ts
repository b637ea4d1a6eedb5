import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeOutputFile } from '@tenas/base';
import { openDataset } from '@tenas/data';
import { csvRow } from '@tenas/records';
import { PROTOCOLS, runSearch, type SettingsOverrides } from '@tenas/search';
import { getSpace } from '@tenas/spaces';
import { foundAccuracies, publishedAccuracies } from './found-accuracy.js';

const help = `Searches NAS-Bench-201 under a protocol, one search a seed, and adds what each found to a CSV; goes on where it stopped.

  node benchmarks/dist/quality-searches.js --protocol repo --seeds 32 --out FILE.csv [--first 0] [--data DIR] [--threads N]
                                           [--settings JSON --label NAME] [--table ACCURACY.csv]

--settings changes settings of the protocol, as SettingsOverrides of @tenas/search; the rows then say NAME for the protocol. Without --data the images are synthetic. --table prints what the networks in FILE.csv achieve when trained, by a CSV of NAS-Bench-201's
accuracies with columns arch, cifar10_test200, cifar100_test200, imagenet16_120_test200.`;

const header = `${csvRow(['protocol', 'dataset', 'seed', 'genotype', 'seconds', 'threads'])}\n`;

const { values: given } = parseArgs({
  options: {
    protocol: { type: 'string' },
    seeds: { type: 'string', default: '32' },
    first: { type: 'string', default: '0' },
    out: { type: 'string' },
    data: { type: 'string' },
    threads: { type: 'string' },
    settings: { type: 'string', default: '{}' },
    label: { type: 'string' },
    table: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { out, protocol } = given;
const known = (PROTOCOLS as readonly string[]).includes(protocol ?? '');
if (given.help || out === undefined || !known) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}
// Read first: a table that is none should not be found out after hours of searching.
const table = given.table === undefined ? null : publishedAccuracies(given.table);
const source = await openDataset(
  given.data === undefined ? { dataset: 'synthetic' } : { dataset: 'cifar10', data: given.data },
);
let text = existsSync(out) ? readFileSync(out, 'utf8') : header;
const done = new Set(text.split('\n').map((line) => line.split(',').slice(0, 3).join(',')));
const first = Number(given.first);
for (let seed = first; seed < first + Number(given.seeds); seed++) {
  const key = `${given.label ?? protocol},${source.name},${seed}`;
  if (done.has(key)) continue;
  const found = await runSearch({
    space: getSpace('nas-bench-201'),
    source,
    settings: { protocol, ...(JSON.parse(given.settings) as SettingsOverrides) },
    metrics: [],
    seed,
    threads: given.threads === undefined ? undefined : Number(given.threads),
  });
  const seconds = Number(found.seconds.toFixed(3));
  const cells = [given.label ?? protocol ?? '', source.name, seed, found.architecture, seconds];
  text += `${csvRow([...cells, given.threads ?? 'all'])}\n`;
  await writeOutputFile(out, text, { force: true });
  console.error(`${key}: ${found.seconds.toFixed(1)} s`);
}
await source.close?.();
if (table !== null) console.log(foundAccuracies(table, [out]));

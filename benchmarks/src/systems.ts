import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeOutputFile } from '@tenas/base';
import { openDataset } from '@tenas/data';
import type { MetricChoice } from '@tenas/metrics';
import { csvRow } from '@tenas/records';
import { listStrategies, runSearch } from '@tenas/search';
import { getSpace } from '@tenas/spaces';
import { publishedAccuracies } from './found-accuracy.js';
import { networksSeen, SYSTEM_COLUMNS, systemTable } from './system-results.js';

const names = listStrategies().map(({ name }) => name);

const help = `Searches NAS-Bench-201 by a strategy, one search per seed, and adds to a CSV what each found; goes on where it stopped.

  npm run systems -- --strategy NAME --out FILE.csv [--data CIFAR10_DIR] [--settings JSON] [--metrics NAME,...]
                     [--label TEXT] [--seeds 8] [--first 0] [--threads N] [--table ACCURACY.csv]

Strategies: ${names.join(', ')}.
--settings are the strategy's, {"preset": "published"}; --metrics may be JSON, too, as it is for settings of their own:
[{"metric": "naswot", "settings": {"batchSize": 32}}]. Rows say --label for the system, by default the strategy's name.
Without --data the images are synthetic. --table prints what the networks of the CSV achieve when trained, beside the best
of as many random ones, by a CSV of NAS-Bench-201's accuracies (arch, cifar10_test200, cifar100_test200,
imagenet16_120_test200). With --seeds 0 nothing is searched.`;

const { values: given } = parseArgs({
  options: {
    strategy: { type: 'string' },
    settings: { type: 'string', default: '{}' },
    metrics: { type: 'string' },
    label: { type: 'string' },
    seeds: { type: 'string', default: '8' },
    first: { type: 'string', default: '0' },
    out: { type: 'string' },
    data: { type: 'string' },
    threads: { type: 'string' },
    table: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { out, strategy } = given;
if (given.help || out === undefined || strategy === undefined || !names.includes(strategy)) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}
// Read first: a table that is none should not be found out after hours of searching.
const table = given.table === undefined ? null : publishedAccuracies(given.table);
const settings = JSON.parse(given.settings) as object;
const metrics = given.metrics?.startsWith('[')
  ? (JSON.parse(given.metrics) as MetricChoice[])
  : given.metrics?.split(',');
const source = await openDataset(
  given.data === undefined ? { dataset: 'synthetic' } : { dataset: 'cifar10', data: given.data },
);
const label = given.label ?? strategy;
let text = existsSync(out) ? readFileSync(out, 'utf8') : `${csvRow([...SYSTEM_COLUMNS])}\n`;
const done = new Set(text.split('\n').map((line) => line.split(',').slice(0, 3).join(',')));
const first = Number(given.first);
for (let seed = first; seed < first + Number(given.seeds); seed++) {
  const key = csvRow([label, source.name, seed]);
  if (done.has(key)) continue;
  const found = await runSearch({
    space: getSpace('nas-bench-201'),
    ...{ source, strategy, settings, seed },
    metrics,
    threads: given.threads === undefined ? undefined : Number(given.threads),
  });
  const seconds = Number(found.seconds.toFixed(1));
  const cells = [label, source.name, seed, found.architecture, networksSeen(found), seconds];
  text += `${csvRow([...cells, given.threads ?? 'all'])}\n`;
  await writeOutputFile(out, text, { force: true });
  console.error(`${key}: ${found.architecture}, ${found.seconds.toFixed(0)} s`);
}
await source.close?.();
if (table !== null) console.log(systemTable(table, [out]));

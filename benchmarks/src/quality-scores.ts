import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { openDataset } from '@tenas/data';
import { Evaluator, ntk, regions } from '@tenas/metrics';
import { csvText } from '@tenas/records';
import { formatNasBench201, nasBench201 } from '@tenas/spaces';
import { studySample } from './quality-study.js';
import { VARIANTS, type Variant } from './quality-variants.js';

const help = `Scores the random sample of benchmarks/quality/scores.csv under the variants of the quality study, one CSV per variant. What is
there is not done again.

  node benchmarks/dist/quality-scores.js --out DIR --data CIFAR10_DIR [--only NAME]... [--threads N]`;

const sample = studySample(readFileSync(new URL('../quality/scores.csv', import.meta.url), 'utf8'));

const { values: given } = parseArgs({
  options: {
    out: { type: 'string' },
    data: { type: 'string' },
    only: { type: 'string', multiple: true },
    threads: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { out, data, only = [] } = given;
if (given.help || out === undefined || data === undefined) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}

await makeFolder(out);
const sources = {
  cifar10: await openDataset({ dataset: 'cifar10', data }),
  synthetic: await openDataset({ dataset: 'synthetic' }),
};
const threads = given.threads === undefined ? undefined : Number(given.threads);

/** One value per repeat, [architecture][repeat]; null where there is none. */
async function score(variant: Variant): Promise<(number | null)[][]> {
  const { proxy, stemless } = nasBench201.supernet.sizes;
  const metric = variant.metric === 'kappa' ? ntk : regions;
  using evaluator = new Evaluator({
    space: nasBench201,
    source: sources[variant.images],
    metrics: [{ metric, settings: variant.settings }],
    repeats: variant.repeats,
    sizes: {
      proxy: (images) => ({ ...proxy(images), ...variant.network }),
      stemless: (images) => ({ ...stemless(images), ...variant.network }),
    },
    threads,
  });
  const scored = await evaluator.score(sample.slice(0, variant.first ?? sample.length));
  return scored.map(({ scores }) => [...scores[metric.name]!.repeats]);
}

for (const variant of VARIANTS) {
  if (only.length > 0 && !only.includes(variant.name)) continue;
  const path = join(out, `${variant.name}.csv`);
  if (existsSync(path) && readFileSync(path, 'utf8').length > 0) continue;
  const started = performance.now();
  const values = await score(variant);
  const seconds = (performance.now() - started) / 1000;
  const rows = sample.slice(0, values.length).map((architecture, index) => ({
    arch: formatNasBench201(architecture),
    [variant.name]: values[index]!.map((value) => (value === null ? null : Number(value.toPrecision(5)))),
  }));
  await writeOutputFile(path, csvText(['arch', variant.name], rows), { force: true });
  console.error(`${variant.name}: ${seconds.toFixed(1)} s`);
}

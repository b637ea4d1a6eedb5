import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { openDataset } from '@tenas/data';
import { drawsOf, evaluateNtk, evaluateRegions, Programs } from '@tenas/metrics';
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
const { supernet: supernets } = nasBench201;
const sources = {
  cifar10: await openDataset({ dataset: 'cifar10', data }),
  synthetic: await openDataset({ dataset: 'synthetic' }),
};
const threads = given.threads === undefined ? {} : { threads: Number(given.threads) };

/** One value a repeat, [architecture][repeat]; null where there is none. */
async function score(variant: Variant): Promise<(number | null)[][]> {
  using programs = new Programs();
  const source = sources[variant.images];
  const { proxy, stemless } = supernets.sizes;
  const size = variant.metric === 'kappa' ? proxy(source) : stemless(source);
  const supernet = supernets.build({ ...size, ...variant.network });
  const architectures = sample.slice(0, variant.first ?? sample.length);
  const request = {
    program: programs.of(supernet.graph),
    source,
    candidates: architectures.map((architecture) => supernet.coefficients(supernets.domainOf(architecture))),
    draws: drawsOf(0, variant.repeats),
    ...threads,
  };
  if (variant.metric === 'kappa') {
    const { measurements } = await evaluateNtk({ ...request, settings: variant.settings ?? {} });
    return measurements.map((repeats) =>
      repeats.map(({ outcome }) => (outcome.kind === 'ok' ? outcome.conditionNumber : null)),
    );
  }
  const { measurements } = await evaluateRegions({ ...request, settings: variant.settings ?? {} });
  return measurements.map((repeats) => repeats.map(({ regions }) => regions));
}

for (const variant of VARIANTS) {
  if (only.length > 0 && !only.includes(variant.name)) continue;
  const path = join(out, `${variant.name}.csv`);
  if (existsSync(path) && readFileSync(path, 'utf8').length > 0) continue;
  const started = performance.now();
  const values = await score(variant);
  const seconds = (performance.now() - started) / 1000;
  const text = sample.slice(0, values.length).map((architecture, index) => {
    const cells = values[index]!.map((value) => (value === null ? '-' : Number(value.toPrecision(5))));
    return `${formatNasBench201(architecture)},${cells.join(';')}\n`;
  });
  await writeOutputFile(path, `arch,${variant.name}\n${text.join('')}`, { force: true });
  console.error(`${variant.name}: ${seconds.toFixed(1)} s`);
}

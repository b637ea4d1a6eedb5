import { parseArgs } from 'node:util';
import { mean, RandomStream, sampleStandardDeviation, writeOutputFile } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { type CountingMetric, params } from '@tenas/metrics';
import { csvRow, progressiveDetailOf } from '@tenas/records';
import { pnas, runSearch } from '@tenas/search';
import { nasBench201 } from '@tenas/spaces';
import { ACCURACY_COLUMNS, publishedAccuracies } from './found-accuracy.js';
import { markdownTable } from './text-table.js';

const help = `Progressive search on NAS-Bench-201 by a table of accuracies in place of training: what it finds with beams of some widths,
and the best of as many random cells.

  node benchmarks/dist/study-progressive.js --table ACCURACY.csv [--beams 20,30,50,100] [--seeds 6]
                                            [--predictor mlp] [--out FILE.csv]

The accuracy on CIFAR-10 is what the search sees. --out takes a row for each search.`;

const { values: given } = parseArgs({
  options: {
    table: { type: 'string' },
    beams: { type: 'string', default: '20,30,50,100' },
    seeds: { type: 'string', default: '6' },
    predictor: { type: 'string', default: 'mlp' },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (given.help || given.table === undefined) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}

/** Draws of as many random cells. */
const DRAWS = 1000;

const { accuracies } = publishedAccuracies(given.table);
const accuracyOf = (architecture: string): readonly number[] =>
  accuracies.get(architecture)!.map((value) => value ?? Number.NaN);

/** Networks cost what they are accurate: metrics that count see nothing else of a table. */
const space: typeof nasBench201 = {
  ...nasBench201,
  costs: () => ({
    of: (architecture) => ({ params: accuracyOf(nasBench201.format(architecture))[0]!, macs: 0, flops: 0 }),
  }),
};
const accuracy: CountingMetric = { ...params, name: 'accuracy', title: 'accuracy', better: 'higher' };

/** The mean accuracy of the best of some random cells. */
function bestOfRandom(count: number): number {
  const all = [...accuracies.keys()].map((architecture) => accuracyOf(architecture)[0]!);
  const random = new RandomStream('best of random cells', count);
  return mean(
    Array.from({ length: DRAWS }, () =>
      Math.max(...random.sample(all.length, count).map((place) => all[place]!)),
    ),
  );
}

const spread = (values: readonly number[]) =>
  `${mean(values).toFixed(2)} ± ${values.length > 1 ? sampleStandardDeviation(values).toFixed(2) : '-'}`;
const rows: string[][] = [];
let text = `${csvRow(['predictor', 'beam', 'seed', 'cells', 'architecture', ...ACCURACY_COLUMNS, 'rho_2', 'rho_3', 'rho_3_after'])}\n`;
for (const beam of given.beams.split(',').map(Number)) {
  const found: { accuracy: readonly number[]; cells: number; rhos: readonly (number | null)[] }[] = [];
  for (let seed = 0; seed < Number(given.seeds); seed++) {
    const record = await runSearch({
      ...{ space, source: syntheticImages(), strategy: pnas, metrics: [accuracy], seed },
      settings: { beam, predictor: given.predictor },
    });
    const { levels } = progressiveDetailOf(record)!;
    const cells = levels.at(-1)!.seen;
    const rhos = [levels[1]!.ahead, levels[2]!.ahead, levels[2]!.own];
    const reached = accuracyOf(record.architecture);
    found.push({ accuracy: reached, cells, rhos });
    const shown = rhos.map((rho) => rho?.toFixed(3) ?? '');
    text += `${csvRow([given.predictor, beam, seed, cells, record.architecture, ...reached, ...shown])}\n`;
  }
  const { cells } = found[0]!;
  rows.push([
    String(beam),
    String(cells),
    ...ACCURACY_COLUMNS.map((_, column) => spread(found.map((one) => one.accuracy[column]!))),
    ...[0, 1, 2].map((place) => mean(found.map(({ rhos }) => rhos[place] ?? 0)).toFixed(2)),
    bestOfRandom(cells).toFixed(2),
  ]);
}
if (given.out !== undefined) await writeOutputFile(given.out, text, { force: true });
const names = ['CIFAR-10', 'CIFAR-100', 'ImageNet16-120', 'ρ on level 2', 'on level 3', 'after', 'random'];
console.log(markdownTable(['beam', 'cells', ...names], rows));

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { openDataset } from '@tenas/data';
import { readAccuracies } from '@tenas/evaluation';
import { csvText, readCsv } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { benchmarksFolder, cifarFolder } from './paths.js';
import {
  judgements,
  SENSITIVITY_COLUMNS,
  type SensitivityRow,
  sensitivityTable,
} from './sensitivity-judgements.js';
import {
  AS_IS,
  SENSITIVE_COUNTS,
  SENSITIVITY_TABLES,
  type SensitivityTable,
} from './sensitivity-variants.js';
import { firstByHash } from './study-batches.js';
import { scoreVariant, type Variant, worthInFile } from './variant-scores.js';

const help = `Scores samples of NAS-Bench-201 and DARTS by some metrics under other seeds, repeats, batches, images, initial weights and
sizes of the small network, and writes how they then rank to benchmarks/quality/sensitivity.csv; goes on where it stopped.

  node benchmarks/dist/study-sensitivity.js --tables DIR --out DIR [--data CIFAR10_DIR] [--only TABLE,...] [--threads N]
                                            [--resamples 200]

--tables and --out are those of study.js. Prints the tables of docs/quality.md.`;

const { values: given } = parseArgs({
  options: {
    tables: { type: 'string' },
    out: { type: 'string' },
    data: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string', default: '1' },
    resamples: { type: 'string', default: '200' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { tables, out } = given;
const data = cifarFolder(given.data);
if (given.help || tables === undefined || out === undefined || data === null) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}

const FILE = join(benchmarksFolder, 'quality', 'sensitivity.csv');
const images = {
  cifar10: await openDataset({ dataset: 'cifar10', data }),
  synthetic: await openDataset({ dataset: 'synthetic' }),
};
const folder = join(out, 'sensitivity');
await makeFolder(folder);
const only = given.only?.split(',');
let rows: SensitivityRow[] = existsSync(FILE)
  ? readCsv(readFileSync(FILE, 'utf8'), FILE).rows.map(({ cells }) => cells as SensitivityRow)
  : [];
for (const table of SENSITIVITY_TABLES) {
  if (only !== undefined && !only.includes(table.name)) continue;
  const from = join(tables, `${table.name}.csv`);
  const listed = readCsv(readFileSync(from, 'utf8'), from);
  const { accuracies, datasets } = readAccuracies(listed, { space: getSpace(table.space) });
  const sample = [...accuracies].map(([text, accuracy]) => ({ cells: { arch: text }, accuracy }));
  const chosen = firstByHash(sample, table.size);
  const architectures = chosen.map(({ cells }) => cells.arch);
  const counts = await scored(table, architectures, { name: 'counts', metrics: SENSITIVE_COUNTS });
  const before = new Map([...counts, ...(await scored(table, architectures, AS_IS))]);
  const judged: SensitivityRow[] = [];
  for (const variant of table.variants) {
    const values = new Map([...before, ...(await scored(table, architectures, variant))]);
    for (const [index, accuracy] of datasets.entries()) {
      const of = {
        size: architectures.length,
        accuracies: [Float64Array.from(chosen, (one) => one.accuracy[index] ?? Number.NaN)],
        columns: [accuracy],
        representatives: architectures,
      };
      const figures = judgements(
        variant,
        { ...of, values },
        { ...of, values: before },
        Number(given.resamples),
      );
      judged.push(...figures.map((row) => ({ table: table.name, ...row })));
    }
  }
  rows = [...rows.filter((row) => row.table !== table.name), ...judged];
  await writeOutputFile(FILE, csvText(SENSITIVITY_COLUMNS, rows, { raw: true }), { force: true });
}
for (const { name, variants } of SENSITIVITY_TABLES) {
  const some = rows.filter(({ table }) => table === name);
  const [first] = some;
  if (first === undefined) continue;
  const of = some.filter(({ accuracy }) => accuracy === first.accuracy);
  console.log(`\n### ${name}, ${first.accuracy}\n\n${sensitivityTable(of, variants)}`);
}
for (const source of Object.values(images)) await source.close?.();

/** Scores the sample, or reads the scores where they were kept. @returns as {@link worthInFile} */
async function scored(
  { name, space }: SensitivityTable,
  architectures: readonly string[],
  variant: Variant,
): Promise<Map<string, Float64Array>> {
  const file = join(folder, `${name}-${variant.name.replaceAll(/[^a-zA-Z\d]+/g, '-')}.csv`);
  await scoreVariant({
    space: getSpace(space),
    architectures,
    variant,
    source: images[variant.images ?? 'cifar10'],
    file,
    threads: Number(given.threads),
    onProgress: (done, total) => console.error(`${name}: ${variant.name}: ${done} of ${total}`),
  });
  return worthInFile(file, variant.metrics, architectures);
}

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { columnOfMetric, csvText, isMissing, readCsv } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { type ComparedCell, equalInSize, foundComparisons, foundTable } from './found-cells.js';
import { benchmarksFolder, cifarFolder } from './paths.js';
import { tenas } from './study-batches.js';
import { METRIC_GROUPS } from './study-tables.js';

const help = `Searches DARTS by the score \`tenas\` and by the protocol \`fast\`, and compares what they find with random cells whose
networks have as many parameters: by every cheap metric, and by a short training of a few. Goes on where it stopped. Writes the
comparisons to benchmarks/quality/found-darts.csv and the cells to found-darts-cells.csv; rows of other searches stay there.

  node benchmarks/dist/study-found.js --out DIR [--data CIFAR10_DIR] [--searches tenas,fast] [--seeds 20] [--trained 6]
                                      [--threads N]

--trained is how many found cells and how many random ones are trained, of the first seeds.`;

/** Searches, as a batch describes them. */
const SEARCHES: Readonly<Record<string, object>> = {
  tenas: {
    strategy: 'evolution',
    settings: { population: 25, cycles: 100, batch: 5 },
    metrics: ['tenas'],
  },
  fast: { protocols: 'fast' },
};

const { values: given } = parseArgs({
  options: {
    out: { type: 'string' },
    data: { type: 'string' },
    searches: { type: 'string', default: Object.keys(SEARCHES).join(',') },
    seeds: { type: 'string', default: '20' },
    trained: { type: 'string', default: '6' },
    threads: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { out } = given;
const data = cifarFolder(given.data);
const searches = given.searches.split(',');
if (given.help || out === undefined || data === null || searches.some((name) => !(name in SEARCHES))) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}
const [seeds, trained] = [Number(given.seeds), Number(given.trained)];
const quality = join(benchmarksFolder, 'quality');
const FIGURES = join(quality, 'found-darts.csv');
const CELLS = join(quality, 'found-darts-cells.csv');

/** Metrics of one pass or two; those that take a pass for each image say little that these do not. */
const CHEAP = ['counts', 'codes', 'gradients', 'features', 'maps', 'constants', 'kernels', 'curvature']
  .flatMap((group) => METRIC_GROUPS[group]!)
  .filter((metric) => metric !== 'skip-length');
/** Named in full: docs/quality.md has figures by these, which must stay comparable. */
const TRAINING = {
  'early-accuracy': {
    channels: 8,
    ...{ epochs: 12, images: 1000, side: null, batchSize: 32, rate: 0.1, augment: false },
  },
};

const FIGURE_COLUMNS = ['search', 'metric', 'cells', 'found', 'random', 'share', 'probability'];

const folder = join(out, 'found');
await makeFolder(folder);
const space = getSpace('darts');

/** Runs a batch of which everything but its images is given. @returns its export */
async function batch(name: string, kind: 'search' | 'score', spec: object) {
  const file = join(folder, `${name}.yaml`);
  const whole = {
    datasets: { cifar10: { data: resolve(data!) } },
    [kind]: { spaces: space.name, datasets: 'cifar10', ...spec },
  };
  await writeOutputFile(file, `${JSON.stringify(whole, null, 2)}\n`, { force: true });
  const into = join(folder, name);
  await tenas(['batch', 'run', file, '--out', into, '--threads', given.threads, '--quiet']);
  const text = await tenas(['batch', 'export', into, '--kind', kind, '--format', 'csv', '--raw']);
  return readCsv(text, into).rows.map(({ cells }) => cells);
}

/** Scores of architectures by some metrics, by architecture. */
async function scores(name: string, architectures: readonly string[], metrics: readonly (string | object)[]) {
  const list = join(folder, `${name}.csv`);
  const listed = architectures.map((arch) => ({ arch }));
  await writeOutputFile(list, csvText(['arch'], listed, { raw: true }), { force: true });
  const scored = await batch(name, 'score', {
    architectures: { file: resolve(list) },
    ...{ metrics, repeats: 1, seeds: 0 },
  });
  return new Map(scored.map((cells) => [cells.architecture ?? '', cells] as const));
}

/** What a file has of other searches. */
function othersIn(file: string) {
  if (!existsSync(file)) return [];
  const { rows: kept } = readCsv(readFileSync(file, 'utf8'), file);
  return kept.map(({ cells }) => cells).filter(({ search }) => !searches.includes(search ?? ''));
}

const compared: ComparedCell[] = [];
for (const search of searches) {
  const last = seeds - 1;
  const records = await batch(search, 'search', { ...SEARCHES[search], seeds: `0..${last}` });
  records.sort((a, b) => Number(a.seed) - Number(b.seed));
  const found = records.map(({ architecture }) => space.parse(architecture ?? ''));
  const random = equalInSize(space, space.costs(), found);
  const texts = { found: found.map(space.format), random: random.map(space.format) };
  console.error(`${search}: ${found.length} cells`);
  const cheap = await scores(`${search}-cheap`, [...texts.found, ...texts.random], CHEAP);
  const few = [...texts.found.slice(0, trained), ...texts.random.slice(0, trained)];
  const long = trained === 0 ? null : await scores(`${search}-trained`, few, [TRAINING]);
  for (const kind of ['found', 'random'] as const) {
    for (const [seed, architecture] of texts[kind].entries()) {
      const valuesIn = (cells: Readonly<Record<string, string | undefined>>, metrics: readonly string[]) =>
        metrics.map((metric) => {
          const cell = cells[columnOfMetric(metric)];
          return [metric, isMissing(cell) ? null : Number(cell)] as const;
        });
      const values = [
        ...valuesIn(cheap.get(architecture)!, CHEAP),
        ...(long === null || seed >= trained ? [] : valuesIn(long.get(architecture)!, Object.keys(TRAINING))),
      ];
      compared.push({ search, seed, kind, architecture, scores: Object.fromEntries(values) });
    }
  }
}
const metrics = [...CHEAP, ...Object.keys(TRAINING)];
const rows = compared.map(({ scores: values, ...cell }) => ({
  ...cell,
  ...Object.fromEntries(
    metrics.map((metric) => [
      metric,
      values[metric] == null ? '' : String(Number(values[metric].toPrecision(5))),
    ]),
  ),
}));
const columns = ['search', 'seed', 'kind', 'architecture', ...metrics];
await writeOutputFile(CELLS, csvText(columns, [...othersIn(CELLS), ...rows], { raw: true }), { force: true });
const comparisons = foundComparisons(compared);
const rounded = comparisons.map(({ found, random, share, probability, ...row }) => ({
  ...row,
  found: Number(found.toPrecision(5)),
  random: Number(random.toPrecision(5)),
  share: Number(share.toFixed(3)),
  probability: Number(probability.toPrecision(3)),
}));
await writeOutputFile(FIGURES, csvText(FIGURE_COLUMNS, [...othersIn(FIGURES), ...rounded], { raw: true }), {
  force: true,
});
console.log(foundTable(comparisons));

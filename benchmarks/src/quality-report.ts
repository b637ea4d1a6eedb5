import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluateScores } from '@tenas/evaluation';
import type { Evaluation } from '@tenas/records';
import { nasBench201 } from '@tenas/spaces';
import { ACCURACY_COLUMNS, foundAccuracies, publishedAccuracies } from './found-accuracy.js';
import { readSpeeds, SPEED_FILE, speedPath } from './metric-speed-file.js';
import { benchmarksFolder } from './paths.js';
import { readPublished } from './published-rankings.js';
import { publishedTable, suiteTable } from './published-tables.js';
import { aggregated, type StudyMetric, studyScores } from './quality-study.js';
import { readRankings } from './study-rankings.js';
import { rankingTable } from './study-report.js';
import { markdownTable } from './text-table.js';

const help = `Prints the tables of docs/quality.md: from the rankings in benchmarks/quality, and with a table of accuracies also
from the scores and searches there.

  node benchmarks/dist/quality-report.js [--table ACCURACY.csv] [--resamples 500]

The table is a CSV with columns arch, cifar10_test200, cifar100_test200, imagenet16_120_test200.`;

const { values: given } = parseArgs({
  options: {
    table: { type: 'string' },
    resamples: { type: 'string', default: '500' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (given.help) {
  console.error(help);
  process.exit(0);
}
const rankings = readRankings();
const speeds = readSpeeds(readFileSync(speedPath, 'utf8'), SPEED_FILE);
for (const [title, figure, costs] of [
  ['tau, and ms per network on one thread', 'tau', speeds],
  ['tau inside the best tenth', 'tauTop', []],
  ['tau without the part of parameters and multiply-adds', 'tauPartial', []],
] as const) {
  console.log(`\n### ${title}\n\n${rankingTable(rankings, figure, costs)}`);
}
const published = readPublished();
console.log(`\n### published settings\n\n${publishedTable(published)}`);
console.log(`\n### scores of NAS-Bench-Suite-Zero\n\n${suiteTable(published)}`);
if (given.table === undefined) process.exit(0);
const folder = join(benchmarksFolder, 'quality');
const table = publishedAccuracies(given.table);
const study = studyScores(readFileSync(join(folder, 'scores.csv'), 'utf8'));

function evaluate(
  metrics: readonly StudyMetric[],
  options: { combine?: readonly (readonly string[])[]; keep?: (index: number) => boolean } = {},
): Promise<Evaluation> {
  return evaluateScores({
    space: nasBench201.name,
    scores: study.scores(metrics, options.keep),
    table,
    combine: options.combine ?? [],
    resamples: Number(given.resamples),
  });
}

const HEADER = [
  '',
  'failed',
  'τ CIFAR-10',
  'τ CIFAR-100',
  'τ ImageNet16',
  'ρ CIFAR-10',
  'τ in the best 10 %',
  '10 best',
  'best of 100',
];

/** One row per metric, over all architectures of the sample. */
function rowsOf(evaluation: Evaluation, population: 'all' | 'without-none' = 'all'): string[][] {
  return evaluation.metrics.map(({ name }) => {
    const of = (dataset: string) =>
      evaluation.results.find(
        (result) => result.metric === name && result.dataset === dataset && result.population === population,
      )!;
    const [first, second, third] = ACCURACY_COLUMNS.map(of);
    const tau = ({ kendall }: ReturnType<typeof of>) => kendall.value?.toFixed(3) ?? '-';
    const { low, high } = first!.kendall;
    return [
      name,
      String(first!.failures),
      `${tau(first!)} [${low?.toFixed(2)}, ${high?.toFixed(2)}]`,
      tau(second!),
      tau(third!),
      first!.spearman.value?.toFixed(3) ?? '-',
      first!.top[0]!.kendall.value?.toFixed(2) ?? '-',
      first!.topK.find(({ k }) => k === 10)?.mean.toFixed(2) ?? '-',
      first!.expectedBest.find(({ n }) => n === 100)?.accuracy.toFixed(2) ?? '-',
    ];
  });
}

async function section(title: string, metrics: readonly StudyMetric[], combine?: string[][]): Promise<void> {
  const evaluation = await evaluate(metrics, combine === undefined ? {} : { combine });
  console.log(`\n### ${title}\n\n${evaluation.joined.architectures} architectures\n`);
  console.log(markdownTable(HEADER, rowsOf(evaluation)));
}

const three = (column: string) => aggregated(column, 'log-mean', 3);

await section(
  'Aggregation',
  ([3, 6, 12] as const).flatMap((repeats) =>
    (['mean', 'median', 'log-mean', 'min'] as const).map((how) => aggregated('kappa', how, repeats)),
  ),
);
await section(
  'Number of repeats',
  [1, 2, 3, 6, 12].map((repeats) => aggregated('kappa', 'log-mean', repeats)),
);
for (const short of study.columns.filter((column) => column === 'kappa_batch' || column === 'kappa_b128')) {
  const some = study.shared(short);
  const evaluation = await evaluate([three('kappa'), three('kappa_b64'), three(short)], { keep: some });
  console.log(
    `\n### ${short}, on the architectures scored so\n\n${evaluation.joined.architectures} architectures\n`,
  );
  console.log(markdownTable(HEADER, rowsOf(evaluation)));
}
const full = study.columns.filter((column) => column !== 'kappa_batch' && column !== 'kappa_b128');
await section('Kappa', full.filter((column) => column.startsWith('kappa')).map(three));
await section(
  'Regions',
  full.filter((column) => column.startsWith('regions')).map((column) => aggregated(column, 'mean', 3)),
);
const together = [
  three('kappa'),
  three('kappa_b64'),
  ...['regions', 'regions_whole_4', 'regions_whole_8'].map((column) => aggregated(column, 'mean', 3)),
];
const name = (column: string) => together.find((metric) => metric.column === column)!.name;
const pairs = ['kappa', 'kappa_b64'].flatMap((kappa) =>
  ['regions', 'regions_whole_4', 'regions_whole_8'].map((regions) => [name(kappa), name(regions)]),
);
const withoutNone = await evaluate(together, { combine: pairs });
console.log('\n### Combinations, without none\n');
console.log(
  `${withoutNone.populations.find(({ population }) => population === 'without-none')?.architectures} architectures\n`,
);
console.log(markdownTable(HEADER, rowsOf(withoutNone, 'without-none')));
for (const half of [0, 1]) {
  const evaluation = await evaluate(together, { combine: pairs, keep: (index) => index % 2 === half });
  console.log(`\n### The same on half ${half + 1} of the sample\n`);
  console.log(
    markdownTable(
      HEADER,
      rowsOf(evaluation, 'without-none').filter(([metric]) => metric!.includes('+')),
    ),
  );
}

console.log('\n### Searches\n');
console.log(
  foundAccuracies(
    table,
    ['fast', 'te-nas-finals', 'paper', 'repo', 'tenas'].map((protocol) =>
      join(folder, `searches-${protocol}.csv`),
    ),
  ),
);

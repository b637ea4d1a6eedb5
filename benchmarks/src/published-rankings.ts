import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AccuracyTable,
  evaluateScores,
  type IndexTable,
  orderedPair,
  orderingOf,
  readScores,
  spearmanRho,
  unitWeights,
} from '@tenas/evaluation';
import { type CsvTable, type Evaluation, metricOfColumn, readCsv } from '@tenas/records';
import { nasBench201 } from '@tenas/spaces';
import { benchmarksFolder } from './paths.js';
import { SUITE_COLUMNS } from './published-variants.js';

/** Columns of benchmarks/quality/published.csv. */
export const PUBLISHED_COLUMNS = [
  ...['settings', 'metric', 'accuracy', 'population', 'cells', 'failures', 'tau', 'low', 'high', 'rho'],
  ...['smallTau', 'smallLow', 'smallHigh', 'smallRho', 'suiteTau', 'suiteRho', 'alike'],
] as const;

/**
 * How one metric under published settings ranks some cells by one column of accuracies; how its defaults do, on the small
 * network (`small`); how the scores of NAS-Bench-Suite-Zero do (`suite`), and Spearman's rho between ours and those
 * (`alike`). A control has no settings, and the first of these alone.
 */
export type PublishedRanking = Readonly<Record<(typeof PUBLISHED_COLUMNS)[number], string>>;

/** Where the figures are kept. */
export const PUBLISHED_FILE = join(benchmarksFolder, 'quality', 'published.csv');

/** Reads benchmarks/quality/published.csv. */
export function readPublished(): PublishedRanking[] {
  return readCsv(readFileSync(PUBLISHED_FILE, 'utf8'), PUBLISHED_FILE).rows.map(
    ({ cells }) => cells as PublishedRanking,
  );
}

const CONTROLS = ['params', 'macs'];

/** What scores are judged by. */
export interface Judging {
  readonly table: AccuracyTable;
  readonly resamples: number;
  /** Aggregates of the scores to judge as well. */
  readonly aggregates?: readonly string[] | undefined;
}

/** Judges the scores of some cells by their accuracies. */
export async function judgeScores(
  { rows, ...rest }: CsvTable,
  cells: ReadonlySet<string>,
  { table, resamples, aggregates = [] }: Judging,
): Promise<Evaluation> {
  const chosen = rows.filter((row) => cells.has(row.cells.arch ?? ''));
  const scores = readScores({ ...rest, rows: chosen }, { space: nasBench201, strict: true });
  const combine = aggregates.map((name) => [name]);
  return await evaluateScores({ space: nasBench201.name, scores, table, resamples, combine });
}

/**
 * Scores of NAS-Bench-Suite-Zero under the names that the metrics have here.
 *
 * @param table the columns of {@link SUITE_COLUMNS}, and `index`
 * @param indices the cells of the benchmark's indices
 * @throws Error naming a column that is not there; TenasError for an index that is not there
 */
export function suiteScores({ columns, rows, ...rest }: CsvTable, indices: IndexTable): CsvTable {
  const absent = ['index', ...SUITE_COLUMNS.map(({ column }) => column)].find(
    (one) => !columns.includes(one),
  );
  if (absent !== undefined) throw new Error(`${rest.from} has no column ${absent}`);
  return {
    ...rest,
    columns: ['arch', ...SUITE_COLUMNS.map(({ metric }) => metric)],
    rows: rows.map(({ line, cells }) => ({
      line,
      cells: {
        arch: indices.textOf(cells.index ?? ''),
        ...Object.fromEntries(SUITE_COLUMNS.map(({ column, metric }) => [metric, cells[column] ?? ''])),
      },
    })),
  };
}

/** What scores under published settings are compared with, on the same cells. */
export interface Beside {
  readonly small: Evaluation;
  /** Of the cells without unreachable operations; null: not given. */
  readonly suite: Evaluation | null;
}

/** The rows of the controls: parameters and multiply-adds. */
export function controlRows({ results }: Evaluation): PublishedRanking[] {
  return results
    .filter(({ metric }) => CONTROLS.includes(metric))
    .filter(({ population }) => population !== 'without-none')
    .map((result) => ({ ...NOTHING, settings: '', ...figuresOf(result) }));
}

/** The rows of the metrics under one name of settings. */
export function publishedRows(
  settings: string,
  evaluation: Evaluation,
  { small, suite }: Beside,
): PublishedRanking[] {
  const measured = evaluation.metrics
    .filter(({ source }) => source?.kind === 'column' || source?.kind === 'combination')
    .map(({ name }) => name);
  return evaluation.results
    .filter(({ metric, population }) => measured.includes(metric) && population !== 'without-none')
    .map((result) => {
      const { dataset, population, metric } = result;
      const usual = resultOf(small, { dataset, population, metric });
      const same = SUITE_COLUMNS.some((one) => one.settings === settings && one.metric === metric);
      const theirs =
        same && suite !== null && population === 'without-unreachable'
          ? {
              suiteTau: figure(resultOf(suite, { dataset, population: 'all', metric })?.kendall.value),
              suiteRho: figure(resultOf(suite, { dataset, population: 'all', metric })?.spearman.value),
              alike: figure(alikeIn(evaluation, suite, metric)),
            }
          : {};
      return {
        ...NOTHING,
        settings,
        ...figuresOf(result),
        smallTau: figure(usual?.kendall.value),
        smallLow: figure(usual?.kendall.low),
        smallHigh: figure(usual?.kendall.high),
        smallRho: figure(usual?.spearman.value),
        ...theirs,
      };
    });
}

type Judged = Evaluation['results'][number];

const NOTHING = {
  ...{ smallTau: '', smallLow: '', smallHigh: '', smallRho: '' },
  ...{ suiteTau: '', suiteRho: '', alike: '' },
};

function figuresOf({ metric, dataset, population, kendall, spearman, ...result }: Judged) {
  return {
    metric: metricOfColumn(metric),
    accuracy: dataset,
    population,
    cells: String(result.architectures),
    failures: String(result.failures),
    tau: figure(kendall.value),
    low: figure(kendall.low),
    high: figure(kendall.high),
    rho: figure(spearman.value),
  };
}

function resultOf(
  { results }: Evaluation,
  wanted: Pick<Judged, 'dataset' | 'population' | 'metric'>,
): Judged | undefined {
  return results.find(
    ({ dataset, population, metric }) =>
      dataset === wanted.dataset && population === wanted.population && metric === wanted.metric,
  );
}

function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : value.toFixed(3);
}

/** Spearman's rho between two scores of the cells that both have, a missing value being the worst. */
function alikeIn(ours: Evaluation, theirs: Evaluation, metric: string): number | null {
  const valuesOf = ({ points }: Evaluation) =>
    new Map(points.architectures.map((text, place) => [text, points.values[metric]?.[place] ?? -Infinity]));
  const [own, other] = [valuesOf(ours), valuesOf(theirs)];
  const both = [...other.keys()].filter((text) => own.has(text));
  const order = (values: ReadonlyMap<string, number>) => orderingOf(both.map((text) => values.get(text)!));
  return spearmanRho(orderedPair(order(own), order(other)), unitWeights(both.length));
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { listPresets, metricsOfPreset } from '@tenas/metrics';
import { csvText, type Evaluation, evaluationSchema, metricOfColumn, readCsv } from '@tenas/records';
import { benchmarksFolder } from './paths.js';
import { type StudyFolders, scoresFile, tableFile, tenas } from './study-batches.js';
import { STUDY_TABLES, type StudyTable } from './study-tables.js';

/** Columns of benchmarks/quality/rankings.csv. */
const COLUMNS = [
  ...['table', 'accuracy', 'population', 'metric', 'control', 'architectures', 'failures'],
  ...['tau', 'low', 'high', 'rho', 'tauTop', 'tauOwnTop', 'precisionTop', 'ndcg', 'tauPartial', 'regret10'],
] as const;

/** A row of rankings: how well one metric ranks one table by one column of accuracies. */
export type Ranking = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** Where the rankings are kept. */
export const RANKINGS = join(benchmarksFolder, 'quality', 'rankings.csv');

/** Reads benchmarks/quality/rankings.csv. */
export function readRankings(): Ranking[] {
  return readCsv(readFileSync(RANKINGS, 'utf8'), RANKINGS).rows.map(({ cells }) => cells as Ranking);
}

function evaluationFile({ out }: StudyFolders, name: string): string {
  return join(out, 'evaluations', `${name}.json`);
}

/** Judges a table's scores by its accuracies, together with all named aggregates whose metrics were scored. */
export async function judgeTable(folders: StudyFolders, table: StudyTable, resamples: number): Promise<void> {
  const { name } = table;
  const scores = scoresFile(folders, name);
  const { columns } = readCsv(readFileSync(scores, 'utf8'), scores);
  const metrics = columns.map(metricOfColumn);
  const aggregates = listPresets().filter((preset) =>
    metricsOfPreset(preset).every((metric) => metrics.includes(metric)),
  );
  await makeFolder(join(folders.out, 'evaluations'));
  await tenas([
    ...['evaluate', scores, '--table', tableFile(folders, table), '--resamples', String(resamples)],
    ...aggregates.flatMap((preset) => ['--combine', preset.name]),
    ...['--out', evaluationFile(folders, name), '--force', '--json'],
  ]);
}

/** Puts the figures of all evaluations into benchmarks/quality/rankings.csv, as {@link mergedRankings} does. */
export async function writeRankings(folders: StudyFolders): Promise<void> {
  const before = existsSync(RANKINGS) ? readRankings() : [];
  const rows = STUDY_TABLES.flatMap(({ name }) => {
    const kept = before.filter(({ table }) => table === name);
    const file = evaluationFile(folders, name);
    if (!existsSync(file)) return kept;
    return mergedRankings(
      kept,
      rankingsOf(name, evaluationSchema.parse(JSON.parse(readFileSync(file, 'utf8')))),
    );
  });
  await writeOutputFile(RANKINGS, csvText(COLUMNS, rows, { raw: true }), { force: true });
  console.error(`written: ${RANKINGS}`);
}

/**
 * Rows of a table with those of a later evaluation, of some groups of metrics. A row of the same metric is replaced, unless
 * it was judged on more architectures: controls stand in every evaluation, also in those of a few architectures.
 */
export function mergedRankings(before: readonly Ranking[], later: readonly Ranking[]): Ranking[] {
  const keyOf = ({ accuracy, population, metric }: Ranking) => JSON.stringify([accuracy, population, metric]);
  const merged = new Map(before.map((row) => [keyOf(row), row]));
  for (const row of later) {
    const key = keyOf(row);
    if (Number(merged.get(key)?.architectures ?? 0) <= Number(row.architectures)) merged.set(key, row);
  }
  const groupOf = ({ accuracy, population }: Ranking) => JSON.stringify([accuracy, population]);
  const groups = [...new Set([...merged.values()].map(groupOf))];
  return groups.flatMap((group) => [...merged.values()].filter((row) => groupOf(row) === group));
}

const TENTH = 0.1;

/** The rows of one evaluation: of metrics, controls and named aggregates, not of sums of ranks that nobody asked for. */
export function rankingsOf(table: string, evaluation: Evaluation): Ranking[] {
  const figure = (value: number | null | undefined) =>
    value === null || value === undefined ? '' : value.toFixed(3);
  const tenth = <T extends { readonly fraction: number }>(of: readonly T[]) =>
    of.find(({ fraction }) => fraction === TENTH);
  const unnamed = evaluation.metrics.filter(
    ({ source }) => source?.kind === 'combination' && source.combination !== 'aggregate',
  );
  return evaluation.results
    .filter(({ population }) => population !== 'without-none')
    .filter(({ metric }) => !unnamed.some(({ name }) => name === metric))
    .map((result) => ({
      table,
      accuracy: result.dataset,
      population: result.population,
      metric: metricOfColumn(result.metric),
      control: evaluation.metrics.some(({ name, control }) => name === result.metric && control === true)
        ? 'yes'
        : '',
      architectures: String(result.architectures),
      failures: String(result.failures),
      tau: figure(result.kendall.value),
      low: figure(result.kendall.low),
      high: figure(result.kendall.high),
      rho: figure(result.spearman.value),
      tauTop: figure(tenth(result.top)?.kendall.value),
      tauOwnTop: figure(result.ownTop?.kendall.value),
      precisionTop: figure(tenth(result.precisionTop)?.value),
      ndcg: figure(result.ndcg[0]?.value),
      tauPartial: figure(result.partial.kendall),
      regret10: figure(result.topK.find(({ k }) => k === 10)?.regret),
    }));
}

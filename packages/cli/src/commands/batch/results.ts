import { numberText } from '@tenas/base';
import {
  COUNTED_COLUMNS,
  columnOfMetric,
  distinctDatasetTexts,
  LATENCY_COLUMN,
  metricOfColumn,
} from '@tenas/records';
import {
  changesOf,
  type JobFields,
  type JobRow,
  jobFields,
  type RowFilter,
  resultOf,
  type Task,
} from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { optionInvalid } from '../../flag-reading.js';
import type { Given, Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { tableText } from '../../table-text.js';
import { readerOf } from './opened-batch.js';
import type { resultsUsage } from './options.js';
import { type RankedValues, rankSums } from './rank-sums.js';
import { betterOf, columnsOf } from './result-columns.js';
import { seedMeans } from './seed-means.js';

/** The sum of the ranks by all metrics. */
const RANK = 'rank';
/** Fields besides metrics that rows are sorted by, smallest first. */
const OTHERS = ['seconds', 'seed', 'order'] as const;

/** `tenas batch results`: the best results as a table. */
export async function batchResults({ given, json, io }: Invocation<typeof resultsUsage>): Promise<ExitCode> {
  using reader = await readerOf(given);
  const filter: RowFilter = given.kind === undefined ? {} : { kind: given.kind };
  const columns = columnsOf(reader, filter);
  const datasetOf = distinctDatasetTexts(reader.tasks(filter));
  const wanted = ({ task, architecture }: JobRow) =>
    (given.dataset === undefined || [task.dataset.name, datasetOf(task)].includes(given.dataset)) &&
    (given.arch === undefined || architecture === given.arch);
  const rows = function* () {
    for (const row of reader.rows(filter)) if (wanted(row)) yield row;
  };
  const best = (given.seeds === 'mean' ? bestMeans : bestJobs)(rows, columns, given);
  printResult(
    io,
    json,
    best.map(({ fields }) => fields),
    () => resultsText(best, columns, { ...given, datasetOf }),
  );
  return exitCodes.ok;
}

/** The rows that are asked for, as often as they are needed. */
type Rows = () => Iterable<JobRow>;

/** The column of what `--sort` names: a metric by its name or its column, or another field. */
function columnToSort({ sort, seeds }: Given<typeof resultsUsage>, columns: readonly string[]): string {
  if (sort === undefined) return columns[0]!;
  const column = columnOfMetric(metricOfColumn(sort));
  const others = [RANK, ...OTHERS.filter((name) => seeds !== 'mean' || name !== 'seed')];
  if (columns.includes(column)) return column;
  if (columns.includes(sort) || others.includes(sort)) return sort;
  throw optionInvalid('--sort', sort, `one of ${[...columns, ...others].join(', ')}`);
}

/** A row in its place. */
interface Ranked {
  readonly rank: number;
  readonly fields: JobFields;
  readonly task: Task;
}

/** The best jobs by a column, without holding all of them. */
function bestJobs(rows: Rows, columns: readonly string[], given: Given<typeof resultsUsage>): Ranked[] {
  const { limit } = given;
  const column = columnToSort(given, columns);
  const sums = column === RANK ? rankSumsOfJobs(rows, columns) : null;
  const metric = metricOfColumn(column);
  const kept: Ranked[] = [];
  const cut = () => {
    kept.sort((a, b) => a.rank - b.rank);
    kept.length = Math.min(kept.length, limit);
  };
  let order = 0;
  for (const row of rows()) {
    const result = resultOf(row);
    const sum = sums === null ? {} : { rankSum: sums.get(row.key) ?? null };
    const fields: JobFields = { ...jobFields(row, result), ...sum };
    const value = column === 'order' ? order++ : fields[column === RANK ? 'rankSum' : column];
    kept.push({ rank: worth(value, betterOf(metric, result)), fields, task: row.task });
    if (kept.length >= 2 * limit + 1000) cut();
  }
  cut();
  return kept;
}

/** The best means over the seeds by a column. */
function bestMeans(rows: Rows, columns: readonly string[], given: Given<typeof resultsUsage>): Ranked[] {
  const column = columnToSort(given, columns);
  const betters = new Betters(columns);
  const seen = function* () {
    for (const row of rows()) {
      betters.see(row);
      yield row;
    }
  };
  const means = seedMeans(seen(), [...columns, 'seconds']);
  const sums =
    column === RANK
      ? rankSums(new Map(means.map((one) => [one, betters.valuesOf(one.fields)])), betters.list())
      : null;
  const ranked = means.map((one, order): Ranked => {
    const sum = sums === null ? {} : { rankSum: sums.get(one) ?? null };
    const fields: JobFields = { ...one.fields, ...sum };
    const value = column === 'order' ? order : fields[column === RANK ? 'rankSum' : column];
    return { rank: worth(value, betters.of(column)), fields, task: one.task };
  });
  return ranked.sort((a, b) => a.rank - b.rank).slice(0, given.limit);
}

/** Where a value stands, the best lowest. */
function worth(value: unknown, better: 'lower' | 'higher'): number {
  if (typeof value !== 'number') return Number.POSITIVE_INFINITY;
  return better === 'higher' ? -value : value;
}

function rankSumsOfJobs(rows: Rows, columns: readonly string[]): ReadonlyMap<string, number> {
  const betters = new Betters(columns);
  const values = new Map<string, RankedValues>();
  for (const row of rows()) values.set(row.key, betters.valuesOf(jobFields(row, betters.see(row))));
  return rankSums(values, betters.list());
}

/** Which end of each metric is good, by results that have it; for a rank sum, rows that can be compared. */
class Betters {
  readonly #columns: readonly string[];
  readonly #known = new Map<string, 'lower' | 'higher'>();
  #population: string | undefined;
  #mixed = false;

  constructor(columns: readonly string[]) {
    const costs: readonly string[] = [...COUNTED_COLUMNS, LATENCY_COLUMN];
    // A cost says nothing of how good a network is.
    this.#columns = columns.filter((column) => !costs.includes(column));
  }

  /** Learns from a row. @returns its result */
  see(row: JobRow): ReturnType<typeof resultOf> {
    const { task } = row;
    const result = resultOf(row);
    const fields = jobFields(row, result);
    for (const column of this.#columns) {
      if (!this.#known.has(column) && typeof fields[column] === 'number')
        this.#known.set(column, betterOf(metricOfColumn(column), result));
    }
    const population = JSON.stringify([task.kind, task.space, task.dataset.fingerprint]);
    this.#population ??= population;
    this.#mixed ||= population !== this.#population;
    return result;
  }

  of(column: string): 'lower' | 'higher' {
    return this.#known.get(column) ?? 'lower';
  }

  valuesOf(fields: JobFields): RankedValues {
    return this.#columns.map((column) => fields[column]);
  }

  /** Of all columns that rank sums add. @throws TenasError OPTION_INVALID where the rows seen can't be ranked together */
  list(): readonly ('lower' | 'higher')[] {
    if (this.#mixed) {
      throw optionInvalid(
        '--sort',
        RANK,
        'another field, or --kind and --dataset that leave one kind, space and dataset',
      );
    }
    return this.#columns.map((column) => this.of(column));
  }
}

function resultsText(
  rows: readonly Ranked[],
  columns: readonly string[],
  {
    datasetOf,
    seeds,
    sort,
  }: {
    readonly datasetOf: (task: Task) => string;
    readonly seeds: string;
    readonly sort?: string | undefined;
  },
): string {
  if (rows.length === 0) return 'no results yet';
  const settingsOf = (task: Task) => changesOf(task) ?? '';
  const differ = new Set(rows.map(({ task }) => settingsOf(task))).size > 1;
  const others = ['kind', 'dataset', ...(differ ? ['settings'] : []), seeds === 'mean' ? 'seeds' : 'seed'];
  const cellOf = (column: string, { fields: row, task }: Ranked) => {
    if (column === 'dataset') return datasetOf(task);
    return column === 'settings' ? settingsOf(task) : String(row[column]);
  };
  const numbers = [...columns, ...(sort === RANK ? ['rankSum'] : [])];
  const lines = rows.map((row) => [
    ...others.map((column) => cellOf(column, row)),
    ...numbers.map((column) => valueText(row.fields[column])),
    String(row.fields.architecture ?? ''),
  ]);
  const texts = [...Array(others.length - 1).keys(), others.length + numbers.length];
  return tableText([[...others, ...numbers, 'architecture'], ...lines], texts);
}

function valueText(value: unknown): string {
  return numberText(typeof value === 'number' ? value : null, 5);
}

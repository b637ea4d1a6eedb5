import { TenasError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { isCounting, type Metric } from '@tenas/metrics';
import {
  type CsvRow,
  type CsvTable,
  columnList,
  columnOf,
  columnOfMetric,
  metricOfColumn,
  repeatsColumnOf,
} from '@tenas/records';

/** A column to evaluate, and which end of it is good. */
export interface ColumnMetric {
  readonly column: string;
  readonly better: 'lower' | 'higher';
}

/** One value from several; null: there is none. */
type Combine = (values: readonly (number | null)[]) => number | null;

/** A column of scores with what is known of its metric. */
export interface JudgedColumn extends ColumnMetric {
  /** null: a column of the user's own. */
  readonly metric: Metric | null;
  /** How values of one architecture become one; undefined: by their mean. */
  readonly combine: Combine | undefined;
  /** Column of the values per repeat; null: there is none. */
  readonly repeats: string | null;
  /** Other ways to combine repeats. */
  readonly aggregations: readonly { readonly name: string; readonly combine: Combine }[];
  /** Whether combinations with it are judged by default. */
  readonly combined: boolean;
}

/**
 * The columns to judge: those of known metrics in the metrics' order, then those that are given. Batches have columns of
 * metrics that they did not measure: a known one is left out where no row has anything in it.
 * @param rows of the table, those that are read
 * @throws TenasError `CSV_INVALID` where there are none, or a column that is given is not there
 */
export function judgedColumns(
  table: CsvTable,
  rows: readonly CsvRow[],
  metrics: readonly Metric[],
  given: readonly ColumnMetric[],
): JudgedColumn[] {
  for (const { column } of given) columnOf(table, [column], 'a metric');
  const known = metrics.flatMap((metric): JudgedColumn[] => {
    const column = columnFor(table, metric);
    if (column === null || given.some((one) => one.column === column)) return [];
    const found = judged(table, metrics, metric, { column, better: metric.better });
    return rows.some((row) => saysAnything(row, found)) ? [found] : [];
  });
  const own = given.map((one) => {
    const metric = metrics.find(({ name }) => name === metricOfColumn(one.column)) ?? null;
    return judged(table, metrics, metric, one);
  });
  if (known.length + own.length > 0) return [...known, ...own];
  throw new TenasError(
    'CSV_INVALID',
    `${table.from}: no column ${metrics.map(({ name }) => columnOfMetric(name)).join(', ')} to evaluate; name one of ${columnList(table)} as a metric`,
    { field: 'metric' },
  );
}

/** The column of a metric: as batches call it, else any that means it. */
function columnFor({ columns }: CsvTable, { name }: Metric): string | null {
  const usual = columnOfMetric(name);
  return (
    columns.find((column) => column === usual) ?? columns.find((one) => metricOfColumn(one) === name) ?? null
  );
}

function saysAnything({ cells }: CsvRow, { column, repeats }: JudgedColumn): boolean {
  return (cells[column] ?? '') !== '' || (repeats !== null && (cells[repeats] ?? '') !== '');
}

function judged(
  table: CsvTable,
  metrics: readonly Metric[],
  metric: Metric | null,
  column: ColumnMetric,
): JudgedColumn {
  if (metric === null) {
    return { ...column, metric, combine: undefined, repeats: null, aggregations: [], combined: false };
  }
  const repeats = repeatsColumnOf(metric.name);
  return {
    ...column,
    metric,
    combine: combineOf(metric, {}),
    repeats: table.columns.includes(repeats) ? repeats : null,
    aggregations: Object.entries(metric.aggregations ?? {}).flatMap(([name, settings]) => {
      const combine = combineOf(metric, settings);
      return combine === undefined ? [] : [{ name, combine }];
    }),
    combined: isCombined(metric, metrics),
  };
}

function combineOf(metric: Metric, given: object): Combine | undefined {
  const settings = readSettings(metric.name, metric.settings, given);
  return metric.combine && ((values) => metric.combine!(values, settings));
}

/** Metrics that look at a network or train it, and the first that counts: the others that count say about the same. */
export function isCombined(metric: Metric, metrics: readonly Metric[]): boolean {
  return !isCounting(metric) || metric === metrics.find(isCounting);
}

import {
  type BatchRow,
  type CsvTable,
  cellError,
  isPruneRecord,
  type MetricInfo,
  metricColumns,
  type NamedDataset,
  numberOrNullIn,
  type PlugInReference,
  type ScoreDocument,
  type Scores,
  type SearchRecord,
  type TrainingRecord,
  trainedValues,
} from '@tenas/records';

/** One search, score or training of several. */
export interface Run {
  readonly kind: 'search' | 'score' | 'train';
  readonly space: string;
  readonly dataset: NamedDataset;
  /** Protocol or strategy of a search, recipe of a training; null: a score. */
  readonly method: string | null;
  /** null: not done. */
  readonly architecture: string | null;
  readonly seed: number;
  /** By the name of the metric; null: it has none. */
  readonly values: Readonly<Record<string, number | null>>;
  readonly seconds: number | null;
  /** The architecture that was evaluated for this and for those isomorphic to it, where that is known. */
  readonly scoredAs?: string | null | undefined;
  readonly status: string;
  /** The learning curve of a training, where it is known. */
  readonly epochs?: TrainingRecord['epochs'] | undefined;
}

/** Runs, and what their documents say of their metrics. */
export interface Runs {
  readonly runs: readonly Run[];
  /** Names in the order of the first document that has them. */
  readonly metrics: readonly string[];
  readonly described: readonly MetricInfo[];
  /** Files of spaces, metrics and strategies that the runs used, where their documents say. */
  readonly plugins: readonly PlugInReference[];
}

/** Columns that a CSV has to have to be read as a batch. */
export const BATCH_COLUMNS = ['space', 'dataset', 'architecture', 'seed'] as const;

/** Runs from the CSV that `tenas batch export` writes. @throws TenasError `CSV_INVALID` naming line and column */
export function runsOfCsv(table: CsvTable): Runs {
  const columns = metricColumns(table);
  const runs = table.rows.map((row): Run => {
    const text = (column: string) => (row.cells[column] ?? '') || null;
    const kind = text('kind') ?? 'score';
    if (kind !== 'search' && kind !== 'score' && kind !== 'train') {
      throw cellError(table, row, 'kind', kind, 'it must be search, score or train');
    }
    return {
      kind,
      space: text('space') ?? '',
      dataset: { name: text('dataset') ?? '', fingerprint: text('fingerprint') ?? undefined },
      method: text('protocol') ?? text('strategy') ?? recipeText(text('recipe'), text('settings')),
      architecture: text('architecture'),
      seed: numberOrNullIn(table, row, 'seed') ?? 0,
      values: Object.fromEntries(
        columns.map(({ column, metric }) => [metric, numberOrNullIn(table, row, column)]),
      ),
      seconds: numberOrNullIn(table, row, 'seconds'),
      scoredAs: text('scoredAs'),
      status: text('status') ?? 'done',
    };
  });
  return { runs, metrics: columns.map(({ metric }) => metric), described: [], plugins: [] };
}

function valuesOf(scores: Scores | null): Run['values'] {
  return Object.fromEntries(Object.entries(scores ?? {}).map(([name, { value }]) => [name, value]));
}

/** A recipe with what was changed of it; null: there is none. */
function recipeText(recipe: string | null | undefined, changes: string | null | undefined): string | null {
  return recipe == null ? null : [recipe, ...(changes ? [changes] : [])].join(' ');
}

/** The run of a line of a batch's JSONL. */
export function runOfRow(row: BatchRow): Run {
  const { kind, seed, status, architecture, seconds, settings } = row;
  return {
    kind,
    space: settings.space,
    dataset: settings.dataset,
    method: settings.protocol ?? settings.strategy ?? recipeText(settings.recipe?.name, row.changes),
    architecture,
    seed,
    ...(row.kind === 'train'
      ? { values: row.result === null ? {} : trainedValues(row.result), epochs: row.result?.epochs }
      : { values: valuesOf(row.result?.scores ?? null) }),
    seconds,
    scoredAs: row.scoredAs,
    status,
  };
}

/** What records say of a dataset beside its name and contents is about all of its images. */
function namedIn({ name, fingerprint }: NamedDataset): NamedDataset {
  return { name, fingerprint };
}

/** A search as one run of several. */
export function runOfSearch(record: SearchRecord): Run {
  const { space, dataset, seed, seconds, status, strategy, scores } = record;
  return {
    kind: 'search',
    space,
    dataset: namedIn(dataset),
    method: isPruneRecord(record) ? record.detail.protocol : strategy,
    architecture: record.status === 'complete' ? record.architecture : null,
    seed,
    values: valuesOf(scores),
    seconds,
    status: status === 'complete' ? 'done' : status,
  };
}

/** A score as one run of several. */
export function runOfScore({ space, dataset, architecture, seed, scores, seconds }: ScoreDocument): Run {
  return {
    kind: 'score',
    space,
    dataset: dataset === null ? { name: '' } : namedIn(dataset),
    method: null,
    architecture,
    seed,
    values: valuesOf(scores),
    seconds,
    status: 'done',
  };
}

/** A training as one run of several. */
export function runOfTraining(record: TrainingRecord): Run {
  const { space, dataset, recipe, architecture, seed, seconds, epochs } = record;
  return {
    kind: 'train',
    space,
    dataset: namedIn(dataset),
    method: recipe.name,
    architecture,
    seed,
    values: trainedValues(record),
    seconds,
    status: 'done',
    epochs,
  };
}

/** Runs with what their documents say of the metrics. */
export function gatherRuns(
  parts: readonly {
    readonly run: Run;
    readonly described: readonly MetricInfo[];
    readonly plugins?: readonly PlugInReference[] | undefined;
  }[],
): Runs {
  const described = new Map<string, MetricInfo>();
  const metrics = new Set<string>();
  for (const { run, described: own } of parts) {
    for (const metric of own) if (!described.has(metric.name)) described.set(metric.name, metric);
    for (const name of Object.keys(run.values)) metrics.add(name);
  }
  return {
    runs: parts.map(({ run }) => run),
    metrics: [...metrics],
    described: [...described.values()],
    plugins: parts.flatMap(({ plugins = [] }) => plugins),
  };
}

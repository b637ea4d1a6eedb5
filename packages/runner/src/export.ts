import {
  CSV_COLUMNS,
  csvLines as linesOf,
  parseJsonText,
  readScoreDocument,
  readSearchRecord,
  type Score,
  type ScoreDocument,
  type SearchRecord,
  type WriteCsvOptions,
} from '@tenas/records';
import { DEFAULT_STRATEGY } from '@tenas/search';
import { getSpace } from '@tenas/spaces';
import type { JobRow } from './store/reader.js';

/** A job's result in fields, as a table has them; null where it has no value. */
export interface JobFields {
  readonly space: string;
  readonly dataset: string;
  readonly architecture: string | null;
  readonly seed: number;
  readonly repeats: number;
  readonly kappa: number | null;
  readonly regions: number | null;
  readonly params: number | null;
  readonly flops: number | null;
  readonly seconds: number | null;
  readonly status: string;
  readonly kind: string;
  readonly protocol: string | null;
  readonly index: number | null;
  readonly kappas: readonly (number | null)[] | null;
  readonly regionCounts: readonly (number | null)[] | null;
  readonly aggregation: string | null;
  readonly ntkMode: string;
  readonly ntkBatch: number;
  readonly regionBatches: number;
  readonly regionBatch: number;
  readonly scoredAs: string | null;
  readonly fingerprint: string;
  readonly isa: string | null;
  readonly attempts: number;
  readonly key: string;
  readonly error: string | null;
  readonly strategy: string | null;
}

/** A job in fields. */
export function jobFields(row: JobRow): JobFields {
  const { task } = row;
  const settings = task.kind === 'score' ? task : task.settings;
  return {
    space: task.space,
    dataset: task.dataset.name,
    architecture: row.architecture,
    seed: row.seed,
    repeats: settings.repeats,
    ...measured(row),
    params: row.params,
    flops: row.flops,
    seconds: row.seconds,
    status: row.status,
    kind: task.kind,
    protocol: task.kind === 'search' ? task.protocol : null,
    index: indexOf(task.space, row.architecture),
    ntkMode: settings.ntk.mode,
    ntkBatch: settings.ntk.batchSize,
    regionBatches: settings.regions.batches,
    regionBatch: settings.regions.batchSize,
    scoredAs: row.evaluated,
    fingerprint: task.dataset.fingerprint,
    isa: row.isa,
    attempts: row.attempts,
    key: row.key,
    error: row.error,
    strategy: task.kind === 'search' ? DEFAULT_STRATEGY : null,
  };
}

/** Place of an architecture in its space's enumeration; null where there is none. */
function indexOf(name: string, architecture: string | null): number | null {
  const space = getSpace(name);
  return architecture === null ? null : (space.enumeration?.indexOf(space.parse(architecture)) ?? null);
}

/** A job's result, checked; null where it has none. */
function resultOf({ key, task, result }: JobRow): ScoreDocument | SearchRecord | null {
  if (result === null) return null;
  const from = `the result of job ${key}`;
  const json = parseJsonText(result, from);
  return task.kind === 'score' ? readScoreDocument(json, from) : readSearchRecord(json, from);
}

function measured(
  row: JobRow,
): Pick<JobFields, 'kappa' | 'regions' | 'kappas' | 'regionCounts' | 'aggregation'> {
  const result = resultOf(row);
  const { ntk, regions } = result?.scores ?? {};
  const settings = result?.metrics.find(({ name }) => name === 'ntk')?.settings;
  return {
    kappa: ntk?.value ?? null,
    regions: regions?.value ?? null,
    kappas: repeatsOf(ntk),
    regionCounts: repeatsOf(regions),
    aggregation: typeof settings?.aggregation === 'string' ? settings.aggregation : null,
  };
}

/** One value a repeat; null where they are not known. */
function repeatsOf(score: Score | undefined): readonly (number | null)[] | null {
  return score === undefined || score.repeats.length === 0 ? null : score.repeats;
}

/** Lines of a CSV file, the first with the names of the columns. */
export function* csvLines(
  rows: Iterable<JobRow>,
  options: WriteCsvOptions = {},
): Generator<string, void, undefined> {
  const fields = function* () {
    for (const row of rows) yield jobFields(row);
  };
  yield* linesOf(CSV_COLUMNS, fields(), options);
}

/** One JSON document a job: all that is known of it, with its settings and whole result record. */
export function* jsonLines(rows: Iterable<JobRow>): Generator<string, void, undefined> {
  for (const row of rows) {
    const { task, result: _text, finishedAt, evaluated, ...rest } = row;
    const { kind, ...settings } = task;
    yield JSON.stringify({
      kind,
      ...rest,
      scoredAs: evaluated,
      finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
      settings,
      result: resultOf(row),
    });
  }
}

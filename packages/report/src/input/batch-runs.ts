import { z } from 'zod';
import { type CsvTable, cellError, numberIn } from './csv-table.js';
import { anyText, count, finiteNumber, parseDocument } from './parse-document.js';
import type { ScoreDocument } from './score-document.js';
import type { SearchRecord } from './search-record.js';

/** One search or score of a batch. */
export interface Run {
  readonly kind: 'search' | 'score';
  readonly space: string;
  readonly dataset: string;
  /** Of searches. */
  readonly protocol: string | null;
  /** null: not done. */
  readonly architecture: string | null;
  readonly seed: number;
  readonly kappa: number | null;
  readonly regions: number | null;
  readonly params: number | null;
  readonly flops: number | null;
  readonly seconds: number | null;
  readonly status: string;
}

/** Columns that a CSV has to have to be read as a batch. */
export const BATCH_COLUMNS = ['space', 'dataset', 'architecture', 'seed', 'kappa', 'regions'] as const;

/** Runs from the CSV that `tenas batch export` writes. @throws TenasError `RESULT_INVALID` naming line and column */
export function runsOfCsv(table: CsvTable): Run[] {
  return table.rows.map((row) => {
    const number = (column: string) => numberIn(table, row, column);
    const text = (column: string) => (row.cells[column] ?? '') || null;
    const kind = text('kind') ?? 'score';
    if (kind !== 'search' && kind !== 'score') {
      throw cellError(table.file, row.line, 'kind', kind, 'search or score');
    }
    return {
      kind,
      space: text('space') ?? '',
      dataset: text('dataset') ?? '',
      protocol: text('protocol'),
      architecture: text('architecture'),
      seed: number('seed') ?? 0,
      kappa: number('kappa'),
      regions: number('regions'),
      params: number('params'),
      flops: number('flops'),
      seconds: number('seconds'),
      status: text('status') ?? 'done',
    };
  });
}

const jobSchema = z.object({
  kind: z.enum(['search', 'score'], { error: () => 'search or score' }),
  seed: count,
  status: anyText,
  architecture: anyText.nullable(),
  params: finiteNumber.nullable(),
  flops: finiteNumber.nullable(),
  seconds: finiteNumber.nullable(),
  settings: z.object(
    { space: anyText, dataset: z.object({ name: anyText }), protocol: anyText.optional() },
    { error: () => 'an object of settings' },
  ),
  result: z
    .object({
      ntk: z.object({ conditionNumber: finiteNumber.nullable() }).optional(),
      regions: finiteNumber.optional(),
      scores: z
        .object({ conditionNumber: finiteNumber.optional(), regions: finiteNumber.optional() })
        .optional(),
    })
    .nullable(),
});

/** Whether a document is a line of the JSONL that `tenas batch export` writes. */
export function isJobLine(document: object): boolean {
  return 'settings' in document && 'result' in document && 'status' in document && 'kind' in document;
}

/** The run of a line of JSONL. @throws TenasError `RESULT_INVALID` naming the field */
export function runOfJob(document: unknown, file: string): Run {
  const { kind, settings, result, ...job } = parseDocument(jobSchema, document, file, 'a job of a batch');
  const { seed, status, architecture, params, flops, seconds } = job;
  const { ntk, regions, scores } = result ?? {};
  return {
    kind,
    space: settings.space,
    dataset: settings.dataset.name,
    protocol: settings.protocol ?? null,
    architecture,
    seed,
    kappa: (kind === 'search' ? scores?.conditionNumber : ntk?.conditionNumber) ?? null,
    regions: (kind === 'search' ? scores?.regions : regions) ?? null,
    params,
    flops,
    seconds,
    status,
  };
}

/** A search as one run of several. */
export function runOfSearch(record: SearchRecord): Run {
  const { space, dataset, protocol, seed, seconds, status } = record;
  const scores = record.status === 'complete' ? record.scores : undefined;
  return {
    kind: 'search',
    space,
    dataset: dataset.name,
    protocol,
    architecture: record.status === 'complete' ? record.genotype : null,
    seed,
    kappa: scores?.conditionNumber ?? null,
    regions: scores?.regions ?? null,
    params: scores?.params ?? null,
    flops: scores?.flops ?? null,
    seconds,
    status: status === 'complete' ? 'done' : status,
  };
}

/** A score as one run of several. */
export function runOfScore(document: ScoreDocument): Run {
  const { space, dataset, architecture, seed, ntk, regions, params, flops, seconds } = document;
  return {
    kind: 'score',
    space,
    dataset: dataset?.name ?? '',
    protocol: null,
    architecture,
    seed,
    kappa: ntk.conditionNumber,
    regions,
    params,
    flops,
    seconds: seconds.total,
    status: 'done',
  };
}

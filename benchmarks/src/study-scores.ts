import { csvText, metricOfColumn, readCsv } from '@tenas/records';

/** Columns of an export of a batch that the joined scores keep. */
const KEPT = ['space', 'dataset', 'architecture', 'scoredAs'] as const;

/** The export of one batch of scores, as CSV. */
export interface ExportedScores {
  readonly from: string;
  readonly text: string;
  /** The metrics that the batch scored. */
  readonly metrics: readonly string[];
}

/**
 * Exports of batches as one CSV with a column per metric. Architectures that some batch has not scored are left out, so that
 * all metrics are judged on the same ones; a metric that failed has an empty cell.
 */
export function joinedScores(exports: readonly ExportedScores[]): {
  readonly text: string;
  readonly rows: number;
} {
  const rows = new Map<string, { cells: Record<string, string>; batches: number }>();
  const columns: string[] = [];
  for (const [batch, { from, text, metrics }] of exports.entries()) {
    const table = readCsv(text, from);
    const scored = table.columns.filter((column) => metrics.includes(metricOfColumn(column)));
    // Of a metric without any value only its repeats tell that it was measured.
    const failed = scored.filter((column) => table.rows.every(({ cells }) => (cells[column] ?? '') === ''));
    const repeats = failed.map((column) => `${column}.repeats`);
    const own = [...scored, ...repeats.filter((column) => table.columns.includes(column))];
    columns.push(...own);
    for (const { cells } of table.rows) {
      const architecture = cells.architecture ?? '';
      const known = rows.get(architecture);
      if (batch > 0 && known?.batches !== batch) continue;
      const kept = known?.cells ?? Object.fromEntries(KEPT.map((column) => [column, cells[column] ?? '']));
      const values = Object.fromEntries(own.map((column) => [column, cells[column] ?? '']));
      rows.set(architecture, { cells: { ...kept, ...values }, batches: batch + 1 });
    }
  }
  const complete = [...rows.values()].filter(({ batches }) => batches === exports.length);
  return {
    text: csvText(
      [...KEPT, ...columns],
      complete.map(({ cells }) => cells),
      { raw: true },
    ),
    rows: complete.length,
  };
}

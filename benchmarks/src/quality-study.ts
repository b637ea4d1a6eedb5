import { mean } from '@tenas/base';
import type { ScoreMetric, Scores } from '@tenas/evaluation';
import { type Aggregation, aggregateConditionNumbers } from '@tenas/metrics';
import { isMissing, readCsv } from '@tenas/records';
import { formatNasBench201, type NasBench201Architecture, nasBench201At } from '@tenas/spaces';

/** A metric of the study: the first repeats of a column, aggregated. */
export interface StudyMetric extends ScoreMetric {
  readonly column: string;
  readonly aggregation: Aggregation;
  readonly repeats: number;
}

/** The first so many repeats of a column, as one metric. Columns of kappa are better lower, those of regions higher. */
export function aggregated(column: string, aggregation: Aggregation, repeats: number): StudyMetric {
  return {
    name: `${column}, ${aggregation} of ${repeats}`,
    better: column.startsWith('kappa') ? 'lower' : 'higher',
    source: { kind: 'repeats', column, aggregation },
    column,
    aggregation,
    repeats,
  };
}

/**
 * The study's sample, in order: 1,000 of the 15,625 architectures drawn at random, those with `none` among them. The
 * scores list it, so that it stays the same whatever becomes of `space.sample`.
 */
export function studySample(text: string): NasBench201Architecture[] {
  return readCsv(text, 'scores.csv').rows.map(({ cells }) => nasBench201At(Number(cells.index)));
}

/** The scores of the study's sample. */
export interface StudyScores {
  readonly columns: readonly string[];
  /** Whether an architecture, by its place in the sample, has a value in the column. */
  shared(column: string): (place: number) => boolean;
  scores(metrics: readonly StudyMetric[], keep?: (place: number) => boolean): Scores;
}

/** Reads the scores that quality-merge wrote: a row for each architecture by its index, in the sample's order. */
export function studyScores(text: string): StudyScores {
  const { columns, rows } = readCsv(text, 'scores.csv');
  const cellValue = (cell: string, { aggregation, repeats }: StudyMetric): number | null => {
    const values = cell.split(';').slice(0, repeats);
    if (values.length < repeats) throw new Error(`${repeats} repeats wanted, found ${cell}`);
    if (aggregation === 'mean' && !values.some(isMissing)) return mean(values.map(Number));
    if (values.every(isMissing)) return null;
    const kappas = values.map((one) => (isMissing(one) ? null : Number(one)));
    const value = aggregateConditionNumbers(kappas, aggregation);
    return Number.isFinite(value) ? value : null;
  };
  return {
    columns: columns.filter((column) => column !== 'index'),
    shared: (column) => (place) => rows[place]!.cells[column] !== '',
    scores(metrics, keep = () => true) {
      const kept = rows.filter((_row, place) => keep(place));
      return {
        from: 'scores.csv',
        rows: kept.length,
        pooled: 0,
        combined: [],
        skipped: [],
        notes: [],
        dataset: 'cifar10',
        metrics: metrics.map(({ name, better, source }) => ({ name, better, source })),
        architectures: kept.map(({ cells }) => {
          const architecture = nasBench201At(Number(cells.index));
          return {
            text: formatNasBench201(architecture),
            hasNone: architecture.ops.includes('none'),
            values: metrics.map((metric) => cellValue(cells[metric.column]!, metric)),
          };
        }),
      };
    },
  };
}

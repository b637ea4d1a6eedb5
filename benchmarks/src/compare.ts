import type { BenchResult, Row } from './result.js';

/** How a row changed between two runs. `noise`: the medians say so, and the spread of the samples explains it. */
export type Change = 'faster' | 'same' | 'noise' | 'slower' | 'missing' | 'new';

/** One row of two runs. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** How many times worse it became: 2 is half as fast, whichever direction is better. */
  readonly ratio: number;
  readonly change: Change;
}

/** The sample that a quiet machine gives. */
function bestOf({ better, summary, samples }: Row): number {
  return better === 'lower' ? summary.min : Math.max(...samples, summary.p90);
}

function worsening(row: Row, before: number, after: number): number {
  return row.better === 'lower' ? after / before : before / after;
}

/**
 * Standard errors of the medians' ratio that a change has to exceed. Nine samples tell them only roughly, and a run has a
 * hundred rows: three are exceeded by chance too often.
 */
const DEVIATIONS = 5;
/** p90 less p10 of a normal distribution, in standard deviations, and the deviation of a median against that of a mean. */
const SPREAD = 2.563;
const MEDIAN = 1.2533;

/** Relative standard deviation of the median of a row, of the spread of its samples. */
function medianError({ summary: { count, p10, median, p90 } }: Row): number {
  return (MEDIAN * (p90 - p10)) / (SPREAD * Math.abs(median) * Math.sqrt(count));
}

function changeOf(before: Row, after: Row, threshold: number): { ratio: number; change: Change } {
  const ratio = worsening(after, before.summary.median, after.summary.median);
  const best = worsening(after, bestOf(before), bestOf(after));
  const noise = Math.exp(DEVIATIONS * Math.hypot(medianError(before), medianError(after)));
  const limit = 1 + threshold;
  // A run without a figure can be neither: it is shown and does not pass.
  if (!Number.isFinite(ratio) || ratio <= 0) return { ratio: Number.NaN, change: 'missing' };
  const apart = before.summary.p90 < after.summary.p10 || after.summary.p90 < before.summary.p10;
  const clear = (worse: number, bestWorse: number) =>
    (worse > noise || apart) && bestWorse > 1 + threshold / 2;
  if (ratio > limit) return { ratio, change: clear(ratio, best) ? 'slower' : 'noise' };
  if (ratio < 1 / limit) return { ratio, change: clear(1 / ratio, 1 / best) ? 'faster' : 'noise' };
  return { ratio, change: 'same' };
}

/**
 * Compares runs row by row, in the order of the earlier one, then rows that are new.
 *
 * A row is slower if its median got worse by more than `threshold` (0.1 = a tenth), and by more than noise: by five standard
 * errors, which follow from p10 to p90 of both runs, or so far that these ranges are apart. Its best sample has to be worse by
 * half of the threshold, too: a busy machine worsens medians alone.
 */
export function compareResults(before: BenchResult, after: BenchResult, threshold: number): Comparison[] {
  const later = new Map(after.rows.map((row) => [row.name, row]));
  const earlier = new Set(before.rows.map(({ name }) => name));
  const compared = before.rows.map((row): Comparison => {
    const other = later.get(row.name);
    const { name, title, unit } = row;
    const common = { name, title, unit, before: row.summary.median };
    if (other === undefined) return { ...common, after: Number.NaN, ratio: Number.NaN, change: 'missing' };
    return { ...common, after: other.summary.median, ...changeOf(row, other, threshold) };
  });
  const added = after.rows.filter(({ name }) => !earlier.has(name));
  return [
    ...compared,
    ...added.map(
      ({ name, title, unit, summary }): Comparison => ({
        name,
        title,
        unit,
        before: Number.NaN,
        after: summary.median,
        ratio: Number.NaN,
        change: 'new',
      }),
    ),
  ];
}

/** Reasons to doubt a comparison of times: another machine, another instruction set, load. */
export function comparisonWarnings(before: BenchResult, after: BenchResult): string[] {
  const differing = (['cpu', 'cores', 'isa', 'node'] as const)
    .filter((field) => before.machine[field] !== after.machine[field])
    .map((field) => `${field} differs: ${before.machine[field]} and ${after.machine[field]}`);
  const loads = [before, after].flatMap(({ date, warnings }) =>
    (warnings ?? []).map((warning) => `run of ${date}: ${warning}`),
  );
  return [...differing, ...loads];
}

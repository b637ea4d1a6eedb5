import { durationText, numberText } from '@tenas/base';
import type { TaskStudy } from '@tenas/records';

type Result = TaskStudy['results'][number];

function estimateText({ value, low, high }: Result['spearman']): string {
  if (value === null) return 'not defined';
  return low === null || high === null
    ? numberText(value, 2)
    : `${numberText(value, 2)} [${numberText(low, 2)}, ${numberText(high, 2)}]`;
}

/** A study for people: how each task ranks the cells. */
export function studyText(study: TaskStudy, file: string): string {
  const { cells, seeds, space, tasks, results, seconds, score = 'best-accuracy' } = study;
  const lines = results.map(({ task, against, spearman, partial }) => {
    return `${task} against ${against}: rho ${estimateText(spearman)}, given parameters ${estimateText(partial)}`;
  });
  const { strategy = '', found = [] } = study.searches ?? {};
  const sample =
    cells.length === 0
      ? `searches in ${space}`
      : `${cells.length} architectures of ${space}, ${seeds} trainings each, ranked by ${score}`;
  return [
    `${sample}; ${durationText(seconds)}`,
    ...tasks.map(({ name, accuracy, seconds: each }) => {
      const known = accuracy.filter((value) => value !== null);
      const range =
        known.length === 0 ? 'none' : `${percent(Math.min(...known))} to ${percent(Math.max(...known))}`;
      return `${name}: accuracy ${range}, ${numberText(each, 2)} s per network`;
    }),
    ...lines,
    ...found.map(
      ({ task, seed, architecture, accuracy, seconds: each }) =>
        `${strategy} by ${task}, seed ${seed}: ${architecture}${accuracy === null ? '' : `, table ${numberText(accuracy, 4)}`}, ${durationText(each)}`,
    ),
    `document ${file}`,
  ].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

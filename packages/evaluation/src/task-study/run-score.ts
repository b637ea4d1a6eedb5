import { mean } from '@tenas/base';
import type { TaskScore } from '@tenas/records';
import type { TaskRun } from './run-study.js';

/** What a score is of one training that did not diverge. */
const SCORES: Readonly<Record<TaskScore, (run: TaskRun) => number>> = {
  'best-accuracy': ({ accuracies }) => Math.max(...accuracies),
  'last-loss': ({ losses }) => losses.at(-1)!,
  'loss-sum': ({ losses }) => losses.reduce((sum, loss) => sum + loss, 0),
};

/**
 * The score of an architecture by its trainings: the mean over the seeds.
 *
 * @returns null where a training diverged
 */
export function runScore(runs: readonly TaskRun[], score: TaskScore): number | null {
  if (runs.some(({ diverged }) => diverged)) return null;
  return mean(runs.map(SCORES[score]));
}

/** The mean training loss of each epoch, mean over the seeds; null where a training diverged. */
export function meanLosses(runs: readonly TaskRun[]): number[] | null {
  if (runs.some(({ diverged }) => diverged)) return null;
  return runs[0]!.losses.map((_, epoch) => mean(runs.map(({ losses }) => losses[epoch]!)));
}

/** A score as a ranking: the higher, the better. Of losses it is the negative. */
export function asRanking(value: number | null, score: TaskScore): number | null {
  return value === null || score === 'best-accuracy' ? value : -value;
}

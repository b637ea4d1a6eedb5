import { describe, expect, it } from 'vitest';
import { asRanking, meanLosses, runScore, type TaskRun } from '../../src/task-study/index.js';

const run = (accuracies: readonly number[], losses: readonly number[], diverged = false): TaskRun => ({
  ...{ accuracies, losses, diverged },
  seconds: 1,
});

describe('the score of an architecture by its trainings', () => {
  const runs = [run([0.25, 0.75, 0.5], [3, 2, 1]), run([0.25, 0.25, 0.5], [2, 2, 2])];

  it('is the mean over the seeds of the best accuracy, the last loss or the sum of losses', () => {
    expect(runScore(runs, 'best-accuracy')).toBe(0.625);
    expect(runScore(runs, 'last-loss')).toBe(1.5);
    expect(runScore(runs, 'loss-sum')).toBe(6);
    expect(meanLosses(runs)).toEqual([2.5, 2, 1.5]);
  });

  it('is none where a training diverged', () => {
    const broken = [...runs, run([], [4], true)];
    expect(runScore(broken, 'last-loss')).toBeNull();
    expect(meanLosses(broken)).toBeNull();
    expect(asRanking(null, 'last-loss')).toBeNull();
  });

  it('ranks the lowest loss first, and the highest accuracy', () => {
    expect(asRanking(0.5, 'best-accuracy')).toBe(0.5);
    expect(asRanking(1.5, 'loss-sum')).toBe(-1.5);
  });
});

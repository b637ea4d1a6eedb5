import type { TaskStudy } from '@tenas/records';
import { bootstrapped, type Estimate, resamples } from '../bootstrap.js';
import { orderedPair, spearmanRho } from '../correlation.js';
import { partialOf } from '../partial-correlation.js';
import { orderingOf, unitWeights } from '../ranks.js';
import { expectedBest, tieGroups } from '../selection.js';

/** Scores of cells by one task. */
export interface TaskScores {
  readonly name: string;
  /** By cell, the higher the better; null: none. */
  readonly scores: readonly (number | null)[];
}

/** What a study compares: scores by task, accuracies of a table where there is one, and the sizes of the networks. */
export interface JudgedTasks {
  readonly tasks: readonly TaskScores[];
  /** By cell. */
  readonly table: readonly (number | null)[] | null;
  readonly params: readonly number[];
  readonly seed: number;
}

/** Bootstrap resamples of the cells. */
const RESAMPLES = 1000;
const CONFIDENCE = 0.95;
/** Name of the score by the labels, which tasks are compared with. */
const LABELS = 'labels';

/**
 * How each task ranks the cells beside the labels, and all of them beside the table: Spearman's rho and its partial form
 * given the logarithm of the number of parameters, each with the 95 % interval of 1,000 bootstrap resamples of the cells.
 */
export function judgeTasks({ tasks, table, params, seed }: JudgedTasks): TaskStudy['results'] {
  const labels = tasks.find(({ name }) => name === LABELS);
  const references = [
    ...(labels === undefined ? [] : [{ name: LABELS, values: labels.scores }]),
    ...(table === null ? [] : [{ name: 'table', values: table }]),
  ];
  return references.flatMap((reference) =>
    tasks
      .filter(({ name }) => name !== reference.name)
      .map(({ name, scores }) => ({
        ...{ task: name, against: reference.name },
        ...correlations(scores, reference.values, params, seed),
      })),
  );
}

function correlations(
  score: readonly (number | null)[],
  reference: readonly (number | null)[],
  params: readonly number[],
  seed: number,
): { readonly cells: number; readonly spearman: Estimate; readonly partial: Estimate } {
  const cells = [...params.keys()].filter((cell) => score[cell] !== null && reference[cell] !== null);
  const [x, y, z] = [score, reference, params].map((values) =>
    orderingOf(cells.map((cell) => values[cell]!)),
  );
  const pairs = { xy: orderedPair(x!, y!), xz: orderedPair(x!, z!), yz: orderedPair(y!, z!) };
  const partial = (weights: Int32Array) => {
    const [xy, xz, yz] = [pairs.xy, pairs.xz, pairs.yz].map((pair) => spearmanRho(pair, weights));
    return partialOf([
      [1, xy!, xz!],
      [xy!, 1, yz!],
      [xz!, yz!, 1],
    ]);
  };
  const weights = unitWeights(cells.length);
  const drawn = resamples(cells.length, RESAMPLES, 'task study', seed);
  return {
    cells: cells.length,
    spearman: bootstrapped((counts) => spearmanRho(pairs.xy, counts), weights, drawn, CONFIDENCE),
    partial: bootstrapped(partial, weights, drawn, CONFIDENCE),
  };
}

/** Accuracy of the table that the best of m random cells by each task has, expected, for every m. */
export function bestOfMany({ tasks, table }: Pick<JudgedTasks, 'tasks' | 'table'>): TaskStudy['bestOf'] {
  if (table === null) return [];
  return tasks.map(({ name, scores }) => {
    const cells = [...table.keys()].filter((cell) => scores[cell] !== null && table[cell] !== null);
    const groups = tieGroups(
      cells.map((cell) => scores[cell]!),
      'higher',
    );
    const values = cells.map((cell) => table[cell]!);
    const counts = cells.map((_, place) => place + 1);
    const curve = expectedBest(groups, values, counts).map(({ n, ...rest }) => ({ m: n, ...rest }));
    return { task: name, curve };
  });
}

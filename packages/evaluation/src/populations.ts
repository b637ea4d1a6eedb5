import { plural, TenasError } from '@tenas/base';
import type { EvaluationResult } from '@tenas/records';
import type { AccuracyTable } from './accuracy-table.js';
import type { ScoredArchitecture, Scores } from './scores.js';

/** A joined architecture: its scores and its accuracies. */
export interface Joined extends ScoredArchitecture {
  readonly accuracies: readonly (number | null)[];
}

/** Architectures to judge metrics on, and the datasets for which these are the ones. */
export interface Group {
  readonly population: EvaluationResult['population'];
  readonly members: readonly Joined[];
  /** Places of datasets. */
  readonly datasets: readonly number[];
}

/** The architectures that have scores and accuracies. @throws TenasError `NOTHING_JOINED` where they are fewer than two */
export function join(scores: Scores, table: AccuracyTable): Joined[] {
  const joined = scores.architectures.flatMap((scored) => {
    const accuracies = table.accuracies.get(scored.text);
    return accuracies === undefined ? [] : [{ ...scored, accuracies }];
  });
  if (joined.length < 2) {
    throw new TenasError(
      'NOTHING_JOINED',
      `${joined.length} of the ${scores.architectures.length} architectures of ${scores.from} are in ${table.from}; at least 2 are needed${leftOutText(scores)}${leftOutText(table)}`,
      { field: 'table', value: table.from },
    );
  }
  return joined;
}

/** Says how many rows of a file were left out, and why the first one. */
function leftOutText({ from, skipped }: Scores | AccuracyTable): string {
  const [first] = skipped;
  if (first === undefined) return '';
  return `; ${plural(skipped.length, 'row')} of ${from} left out, the first in line ${first.line}: ${first.why}`;
}

/** Populations besides all architectures: which of them they keep. */
const PARTS: readonly (readonly [Group['population'], (one: Joined) => boolean])[] = [
  ['without-none', ({ hasNone }) => !hasNone],
  ['without-unreachable', ({ hasUnreachable }) => hasUnreachable !== true],
];

/**
 * All architectures that have an accuracy, those of them without `none`, and those without unreachable operations, where
 * that is another set of at least two: once for all datasets of which the same architectures have accuracies.
 * @param notes takes what is said of datasets that cannot be judged
 * @throws TenasError `NOTHING_JOINED` where no dataset can be judged
 */
export function groupsOf(
  joined: readonly Joined[],
  { datasets, target }: AccuracyTable,
  notes: string[],
): Group[] {
  const groups: { members: readonly Joined[]; datasets: number[] }[] = [];
  for (const [index, dataset] of datasets.entries()) {
    const members = joined.filter(({ accuracies }) => accuracies[index] !== null);
    if (members.length < 2) {
      notes.push(`${dataset}: not judged, for ${plural(members.length, 'scored architecture')} have a value`);
      continue;
    }
    const same = groups.find(
      (group) =>
        group.members.length === members.length && group.members.every((one, at) => one === members[at]),
    );
    if (same === undefined) groups.push({ members, datasets: [index] });
    else same.datasets.push(index);
  }
  if (groups.length === 0) {
    throw new TenasError(
      'NOTHING_JOINED',
      `no column of ${target === 'latency' ? 'latencies' : 'accuracies'} has values of at least 2 scored architectures: ${notes.join('; ')}`,
      { field: 'accuracy' },
    );
  }
  const all = groups.map((group): Group => ({ population: 'all', ...group }));
  const parts = PARTS.flatMap(([population, keep]) =>
    groups.flatMap((group): Group[] => {
      const members = group.members.filter(keep);
      if (members.length === group.members.length || members.length < 2) return [];
      return [{ population, members, datasets: group.datasets }];
    }),
  );
  return [...all, ...parts];
}

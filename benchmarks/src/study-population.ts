import { readFileSync } from 'node:fs';
import {
  kendallTauB,
  orderedPair,
  orderingOf,
  readAccuracies,
  readScores,
  unitWeights,
} from '@tenas/evaluation';
import { isMissing, metricOfColumn, readCsv } from '@tenas/records';
import { getSpace, nasBench201Index, parseNasBench201 } from '@tenas/spaces';

/** Architectures with their scores and accuracies, as arrays over the architectures. */
export interface StudyPopulation {
  readonly size: number;
  /** By the name of a metric: larger is better; NaN: there is no value. */
  readonly values: ReadonlyMap<string, Float64Array>;
  readonly accuracies: readonly Float64Array[];
  /** Names of the columns of accuracies. */
  readonly columns: readonly string[];
  /** The architecture that stands for all that are isomorphic to it. */
  readonly representatives: readonly string[];
}

/** Reads a CSV of scores as `study.js` joins it, with the accuracies of its architectures. */
export function studyPopulation(scoresFile: string, tableFile: string, spaceName: string): StudyPopulation {
  const space = getSpace(spaceName);
  const table = readCsv(readFileSync(scoresFile, 'utf8'), scoresFile);
  const scores = readScores(table, { space });
  const { accuracies, datasets } = readAccuracies(readCsv(readFileSync(tableFile, 'utf8'), tableFile), {
    space,
  });
  const scoredAs = new Map(table.rows.map(({ cells }) => [cells.architecture, cells.scoredAs]));
  const joined = scores.architectures.flatMap(({ text, values }) => {
    const accuracy = accuracies.get(text);
    return accuracy === undefined ? [] : [{ text, values, accuracy }];
  });
  const representatives = joined.map(({ text }) => {
    const as = scoredAs.get(text);
    return isMissing(as) ? text : as!;
  });
  const metrics = scores.metrics
    .map((metric, place) => ({ ...metric, place }))
    .filter(({ source }) => source.kind !== 'repeats');
  return {
    size: joined.length,
    values: new Map(
      metrics.map(({ name, better, place }) => [
        metricOfColumn(name) ?? name,
        Float64Array.from(joined, ({ values }) => {
          const value = values[place] ?? null;
          return value === null ? Number.NaN : better === 'higher' ? value : -value;
        }),
      ]),
    ),
    accuracies: (joined[0]?.accuracy ?? []).map((_, index) =>
      Float64Array.from(joined, ({ accuracy }) => accuracy[index] ?? Number.NaN),
    ),
    columns: datasets,
    representatives,
  };
}

/** The architectures at some places. */
export function partOf(population: StudyPopulation, keep: (place: number) => boolean): StudyPopulation {
  const places = Array.from({ length: population.size }, (_, place) => place).filter(keep);
  const some = (all: Float64Array) => Float64Array.from(places, (place) => all[place]!);
  return {
    size: places.length,
    values: new Map([...population.values].map(([name, values]) => [name, some(values)])),
    accuracies: population.accuracies.map(some),
    columns: population.columns,
    representatives: places.map((place) => population.representatives[place]!),
  };
}

/** Kendall's tau of values, larger is better, and accuracies. 0 where all values are equal. */
export function tauOf(values: Float64Array, accuracy: Float64Array): number {
  return kendallTauB(orderedPair(orderingOf(values), orderingOf(accuracy)), unitWeights(values.length)) ?? 0;
}

/** Places of the best tenth by accuracy. */
export function bestTenth(accuracy: Float64Array): number[] {
  const order = Array.from({ length: accuracy.length }, (_, place) => place);
  order.sort((a, b) => accuracy[b]! - accuracy[a]!);
  return order.slice(0, Math.ceil(accuracy.length / 10));
}

/** Whether an architecture of NAS-Bench-201 is in the third on which the recipe was chosen: whole classes of isomorphic ones. */
export function inChosenThird(representative: string): boolean {
  return nasBench201Index(parseNasBench201(representative)) % 3 === 0;
}

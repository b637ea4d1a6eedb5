import { type AggregatePreset, type MissingPolicy, RankedPopulation, rankingOf } from '@tenas/metrics';
import { resultOf } from './result.js';
import type { JobRow } from './store/reader.js';

/** The aggregates to add to an export. */
export interface ExportedAggregates {
  readonly presets: readonly AggregatePreset[];
  /** Where architectures stand that have no value by some metric. Default `last`. */
  readonly missing?: MissingPolicy | undefined;
}

/** A job's place in the population of an aggregate. */
interface Place {
  readonly key: string;
  readonly name: string;
  readonly population: RankedPopulation;
  readonly place: number;
}

/**
 * What scored architectures are worth by aggregates, by the job's key: among all rows of the same space, dataset and seed, so
 * a batch that grows has other values. Rows without a score by each of an aggregate's metrics have none.
 */
export function aggregateFields(
  rows: Iterable<JobRow>,
  { presets, missing }: ExportedAggregates,
): ReadonlyMap<string, Readonly<Record<string, number | null>>> {
  const populations = new Map<string, RankedPopulation>();
  const places: Place[] = [];
  for (const row of rows) {
    const { key, task, seed } = row;
    if (task.kind !== 'score') continue;
    const result = resultOf(row);
    const scores = (result !== null && 'scores' in result ? result.scores : null) ?? {};
    for (const preset of presets) {
      if (preset.terms.flat().some((metric) => scores[metric] === undefined)) continue;
      const group = JSON.stringify([preset.name, task.space, task.dataset.fingerprint, seed]);
      const population = populations.get(group) ?? new RankedPopulation(rankingOf(preset, missing));
      populations.set(group, population);
      places.push({ key, name: preset.name, population, place: population.length });
      population.add(scores);
    }
  }
  const fields = new Map<string, Record<string, number | null>>();
  for (const { key, name, population, place } of places) {
    const worth = population.worth(place);
    fields.set(key, { ...fields.get(key), [name]: Number.isFinite(worth) ? worth : null });
  }
  return fields;
}

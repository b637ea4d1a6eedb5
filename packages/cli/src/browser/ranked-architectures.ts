import { chooseMetrics, RankedPopulation } from '@tenas/metrics';
import { isPruneRecord, type SearchRecord } from '@tenas/records';
import type { RankedArchitecture } from '@tenas/report';
import { type ObjectiveSettings, rankedBy } from '@tenas/search';
import type { WishedSearch } from './wished-search.js';

/** Rows of the table. */
const MOST_ROWS = 50;

type Valued = Pick<RankedArchitecture, 'architecture' | 'values'>;

/** The best architectures of a search. */
export interface Ranking {
  /** Best first. */
  readonly ranked: readonly RankedArchitecture[];
  /** Architectures that were ranked. */
  readonly scored: number;
}

/** The architectures of a record as its search ranked them, with what the networks to train cost. */
export function rankedArchitectures(
  record: SearchRecord,
  { space, source, metrics = [] }: WishedSearch,
): Ranking {
  const all = isPruneRecord(record) ? finalists(record) : inOrder(record, metrics);
  const costs = space.costs(space.sizes.final(source));
  const ranked = all.slice(0, MOST_ROWS).map(({ architecture, values }) => {
    const { params, macs } = costs.of(space.parse(architecture));
    return { architecture, values, params, macs };
  });
  return { ranked, scored: all.length };
}

function finalists(record: SearchRecord): Valued[] {
  if (!isPruneRecord(record)) return [];
  const last = record.detail.finals?.stages.at(-1);
  return (last?.finalists ?? []).map(({ architecture, measured }) => ({
    architecture,
    values: Object.fromEntries(Object.entries(measured).map(([name, { value }]) => [name, value])),
  }));
}

function inOrder(record: SearchRecord, choices: NonNullable<WishedSearch['metrics']>): Valued[] {
  // The settings of a record are complete: those of a strategy that ranks by metrics say how.
  const settings = record.settings as unknown as ObjectiveSettings;
  const population = new RankedPopulation(rankedBy({ metrics: chooseMetrics(choices) }, settings));
  for (const { scores } of record.scored) population.add(scores);
  return population.ranking().map((place) => {
    const { architecture, scores } = record.scored[place]!;
    return {
      architecture,
      values: Object.fromEntries(Object.entries(scores).map(([name, { value }]) => [name, value])),
    };
  });
}

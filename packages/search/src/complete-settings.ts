import type { ChosenMetric, MetricChoice } from '@tenas/metrics/definitions';
import type { Ask } from './ask.js';
import { type Objectives, objectivesOfSearch } from './front/objectives.js';
import { withStages } from './shortlist/stages.js';
import type { Strategy } from './strategy.js';

/** The settings of a search as records and batches hold them. */
export interface SearchSettings {
  readonly settings: object;
  /** Metrics that the strategy always ranks by, with their settings. */
  readonly metrics: readonly MetricChoice[];
  /** Metrics of the stages after the search. */
  readonly stages: readonly (readonly ChosenMetric[])[];
  /** What the front is of; null: there are no several objectives. */
  readonly objectives: Objectives | null;
  /** Whether the strategy itself asks a model of latencies. */
  readonly usesLatency: boolean;
  /** A word for names of files. */
  readonly label: string;
}

/**
 * Completes the settings of a strategy where defaults depend on others, on the space, the dataset or the metrics. Given
 * again, the completed settings are the same search.
 *
 * @param settings as the strategy's schema has read them
 * @throws TenasError `SETTING_INVALID` naming the setting; `UNKNOWN_METRIC`
 */
export function completeSettings(
  strategy: Strategy,
  settings: object,
  about: Pick<Ask, 'space' | 'source' | 'metrics' | 'latency'>,
): SearchSettings {
  const { stages, settings: staged } = withStages(strategy, settings, about.metrics);
  const completed = strategy.complete?.(staged, about);
  return {
    settings: completed?.settings ?? staged,
    metrics: completed?.metrics ?? strategy.ranksBy ?? [],
    stages: stages.map(({ metrics }) => metrics),
    objectives: objectivesOfSearch(strategy, staged, about),
    usesLatency: strategy.usesLatency?.(staged) ?? false,
    label: completed?.label ?? strategy.name,
  };
}

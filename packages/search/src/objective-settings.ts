import { settingError } from '@tenas/base';
import { settingsShape } from '@tenas/base/settings';
import {
  AGGREGATE_RULES,
  type AggregatePreset,
  type AggregateRule,
  listPresets,
  MISSING_POLICIES,
  type MissingPolicy,
  metricsOfPreset,
  type RankedBy,
  RankedPopulation,
  rankingOf,
} from '@tenas/metrics/definitions';
import { z } from 'zod';
import type { Ask } from './ask.js';
import type { Strategy } from './strategy.js';

const presets = listPresets().map(({ name }) => name);

/** Settings of strategies in which the chosen metrics decide. */
export const objectiveFields = {
  repeats: z
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('repeats of each metric, each with its own weights and batch'),
  aggregate: z
    .enum([...AGGREGATE_RULES, ...presets])
    .default('log-rank')
    .describe(
      'how several metrics become one: sum of ln(rank / number), of ranks, or of values over the best one, or by the first metric and among equals by the next; or a named aggregate, whose metrics decide alone',
    ),
  missing: z
    .enum(MISSING_POLICIES)
    .default('last')
    .describe('where an architecture without a value stands: last, in the middle, or behind all others'),
};

/** Settings of a strategy that follow from a named aggregate among the metrics; none where it does not rank by metrics. */
export function settingsOfPreset(
  { settings }: Pick<Strategy, 'settings'>,
  preset: AggregatePreset,
): { readonly aggregate?: string } {
  const takesIt = settingsShape(settings)
    .keys()
    .some(({ key }) => key === 'aggregate');
  return takesIt ? { aggregate: preset.name } : {};
}

/**
 * Ranks architectures by the metrics of a search, see {@link rankedBy}.
 *
 * @throws TenasError `SETTING_INVALID`
 */
export function historyFor(ask: Pick<Ask, 'metrics'>, settings: ObjectiveSettings): RankedPopulation {
  return new RankedPopulation(rankedBy(ask, settings));
}

/** The settings of scored searches that say how metrics become one. */
export interface ObjectiveSettings {
  readonly aggregate: string;
  readonly missing: MissingPolicy;
}

/**
 * The metrics of a search that rank, and how they become one.
 *
 * @throws TenasError `SETTING_INVALID` if there are none, or if metrics of the named aggregate are not among them
 */
export function rankedBy(
  { metrics }: Pick<Ask, 'metrics'>,
  { aggregate, missing }: ObjectiveSettings,
): RankedBy {
  if (metrics.length === 0) throw settingError('metrics', [], 'at least one metric, which decides');
  const preset = listPresets().find(({ name }) => name === aggregate);
  if (preset === undefined) {
    const rule = aggregate as AggregateRule;
    return { terms: metrics.map(({ metric }) => metric), rule, missing };
  }
  const names = metrics.map(({ metric }) => metric.name);
  const wanted = metricsOfPreset(preset);
  if (wanted.some((name) => !names.includes(name))) {
    throw settingError('metrics', names, `${wanted.join(', ')}, by which ${preset.name} ranks`);
  }
  return rankingOf(preset, missing);
}

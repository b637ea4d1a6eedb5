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
 * Ranks architectures by the metrics of a search.
 *
 * @throws TenasError `SETTING_INVALID` if there are none, or if metrics of the named aggregate are not among them
 */
export function historyFor(
  { metrics }: Pick<Ask, 'metrics'>,
  { aggregate, missing }: { readonly aggregate: string; readonly missing: MissingPolicy },
): RankedPopulation {
  if (metrics.length === 0) throw settingError('metrics', [], 'at least one metric, which decides');
  const preset = listPresets().find(({ name }) => name === aggregate);
  if (preset === undefined) {
    const rule = aggregate as AggregateRule;
    return new RankedPopulation({ terms: metrics.map(({ metric }) => metric), rule, missing });
  }
  const names = metrics.map(({ metric }) => metric.name);
  const wanted = metricsOfPreset(preset);
  if (wanted.some((name) => !names.includes(name))) {
    throw settingError('metrics', names, `${wanted.join(', ')}, by which ${preset.name} ranks`);
  }
  return new RankedPopulation(rankingOf(preset, missing));
}

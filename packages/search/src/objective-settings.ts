import { settingError } from '@tenas/base';
import { z } from 'zod';
import type { Ask } from './ask.js';
import { RANK_AGGREGATES, RankedHistory } from './ranked-history.js';

/** Settings of strategies in which the chosen metrics decide. */
export const objectiveFields = {
  repeats: z
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('repeats of each metric, each with its own weights and batch'),
  aggregate: z
    .enum(RANK_AGGREGATES)
    .default('log-rank')
    .describe('how ranks by several metrics become one: sum of ln(rank / number), or of ranks'),
};

/** Ranks architectures by the metrics of a search. @throws TenasError `SETTING_INVALID` if there are none */
export function historyFor(
  { metrics }: Pick<Ask, 'metrics'>,
  { aggregate }: { readonly aggregate: (typeof RANK_AGGREGATES)[number] },
): RankedHistory {
  if (metrics.length === 0) throw settingError('metrics', [], 'at least one metric, which decides');
  return new RankedHistory(
    metrics.map(({ metric }) => metric),
    aggregate,
  );
}

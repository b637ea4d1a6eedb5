import { mean } from '@tenas/base';
import { aggregateConditionNumbers, type NtkOutcome, zen } from '@tenas/metrics';
import type { Finalist as FinalistRecord } from '@tenas/records';
import type { Domain, Space, SpaceSupernet } from '@tenas/spaces';
import { decidedDomains } from './candidates.js';
import { finalsDraws } from './draws.js';
import { type AskContext, ask, kernelsCounted, regionsCounted } from './measure-round.js';
import { denseRanks } from './ranking.js';
import { type MeasuredMetric, measuredValue } from './record.js';
import type { FinalsStageSettings } from './settings.js';

/** An architecture in the final ranking, with its measurements so far. */
export interface Finalist {
  readonly genotype: string;
  readonly active: Domain;
  readonly kappa: readonly NtkOutcome[];
  /** null: there is none. */
  readonly zen: readonly (number | null)[];
  readonly regions: readonly number[];
}

/** Below every Zen-score: that of an architecture which has none in some repeat. */
const NO_ZEN = -1e6;

/** All architectures within the constraints that can be built from the active operations, without duplicates. */
export function finalistsOf(
  ask: { readonly space: Pick<Space, 'format' | 'isomorphism'>; allowed(architecture: object): boolean },
  supernet: SpaceSupernet,
  active: Domain,
): Finalist[] {
  const { space } = ask;
  const known = new Set<string>();
  return decidedDomains(active).flatMap((decided) => {
    const architecture = supernet.architectureOf(decided);
    const genotype = space.format(architecture);
    const key = space.isomorphism?.key(architecture) ?? genotype;
    if (known.has(key) || !ask.allowed(architecture)) return [];
    known.add(key);
    return [{ genotype, active: decided, kappa: [], zen: [], regions: [] }];
  });
}

/** Measures finalists on some more repeats, all of them on the same ones. Rejects with the signal's reason. */
export async function measureFinalists(
  finalists: readonly Finalist[],
  stage: FinalsStageSettings,
  context: AskContext,
): Promise<Finalist[]> {
  const { evaluator, count, signal } = context;
  const { kappa, zen: zens, regions } = finalists[0]!;
  const request = { of: 'finals', candidates: finalists.map(({ active }) => active) } as const;
  const regionDraws = finalsDraws(regions.length, stage.regions);
  evaluator.expectRegions?.({ of: 'finals', draws: regionDraws, signal });
  const kappas = await ask(context, 'ntk', evaluator.ntk.bind(evaluator), {
    ...request,
    draws: finalsDraws(kappa.length, stage.ntk),
  });
  if (stage.ntk > 0) count(kernelsCounted(kappas));
  const scores = await ask(context, 'zen', evaluator.zen.bind(evaluator), {
    ...request,
    draws: finalsDraws(zens.length, stage.zen ?? 0),
  });
  if (scores.flat().length > 0) count({ metric: zen.name, evaluations: scores.flat().length });
  const counts = await ask(context, 'regions', evaluator.regions.bind(evaluator), {
    ...request,
    draws: regionDraws,
  });
  count(regionsCounted(counts));
  return finalists.map((finalist, index) => ({
    ...finalist,
    kappa: [...finalist.kappa, ...kappas[index]!],
    zen: [...finalist.zen, ...scores[index]!],
    regions: [...finalist.regions, ...counts[index]!],
  }));
}

/** A finalist and its record. */
export interface RankedFinalist {
  readonly finalist: Finalist;
  readonly record: FinalistRecord;
}

/** What finalists are ranked by: one metric, of all of them. */
interface Ranked {
  readonly metric: MeasuredMetric;
  readonly direction: 'largest-first' | 'smallest-first';
  readonly weight: number;
  readonly repeats: (finalist: Finalist) => NonNullable<FinalistRecord['measured'][string]['repeats']>;
  readonly value: (finalist: Finalist) => number;
}

function rankedBy(regionWeight: number): readonly Ranked[] {
  return [
    {
      metric: 'ntk',
      direction: 'smallest-first',
      weight: 1,
      repeats: ({ kappa }) => kappa.map(measuredValue),
      value: ({ kappa }) =>
        aggregateConditionNumbers(
          kappa.map((outcome) => (outcome.kind === 'ok' ? outcome.conditionNumber : null)),
          'log-mean',
        ),
    },
    {
      metric: 'zen',
      direction: 'largest-first',
      weight: 1,
      repeats: ({ zen: repeats }) => repeats.map((value) => value ?? { failed: 'no-value', quotient: null }),
      value: ({ zen: repeats }) => {
        const values = repeats.filter((value) => value !== null);
        return values.length < repeats.length ? NO_ZEN : mean(values);
      },
    },
    {
      metric: 'regions',
      direction: 'largest-first',
      weight: regionWeight,
      repeats: ({ regions }) => [...regions],
      value: ({ regions }) => mean(regions),
    },
  ];
}

/**
 * Ranks finalists by the metrics that have repeats: the condition number (the smallest first, mean of logarithms over the
 * repeats), the Zen-score and the regions (the most first, mean over the repeats). Sorts them by the sum of the ranks,
 * that by regions weighted, equal sums by the first of these metrics.
 */
export function rankFinalists(finalists: readonly Finalist[], regionWeight: number): RankedFinalist[] {
  const some = rankedBy(regionWeight).filter(({ repeats }) => repeats(finalists[0]!).length > 0);
  const columns = some.map((ranked) => {
    const values = finalists.map(ranked.value);
    return { ...ranked, values, ...denseRanks(values, ranked.direction, null) };
  });
  const ranked = finalists.map((finalist, index) => ({
    finalist,
    record: {
      architecture: finalist.genotype,
      measured: Object.fromEntries(
        columns.map(({ metric, repeats, values, ranks }) => [
          metric,
          { repeats: repeats(finalist), value: values[index]!, rank: ranks[index]! },
        ]),
      ),
      rankSum: columns.reduce((sum, { ranks, weight }) => sum + weight * ranks[index]!, 0),
    },
  }));
  return columns[0]!.order
    .map((position) => ranked[position]!)
    .sort((a, b) => a.record.rankSum - b.record.rankSum);
}

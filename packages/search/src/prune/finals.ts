import { mean } from '@tenas/base';
import { aggregateConditionNumbers, type NtkOutcome } from '@tenas/metrics';
import type { Finalist as FinalistRecord } from '@tenas/records';
import type { Domain, Space, SpaceSupernet } from '@tenas/spaces';
import { decidedDomains } from './candidates.js';
import { finalsDraws } from './draws.js';
import { type AskContext, ask, kernelsCounted, regionsCounted } from './measure-round.js';
import { denseRanks } from './ranking.js';
import { finalistRecord } from './record.js';
import type { FinalsStageSettings } from './settings.js';

/** An architecture in the final ranking, with its measurements so far. */
export interface Finalist {
  readonly genotype: string;
  readonly active: Domain;
  readonly kappa: readonly NtkOutcome[];
  readonly regions: readonly number[];
}

/** All architectures that can be built from the active operations, without duplicates. */
export function finalistsOf(
  space: Pick<Space, 'format' | 'isomorphism'>,
  supernet: SpaceSupernet,
  active: Domain,
): Finalist[] {
  const known = new Set<string>();
  return decidedDomains(active).flatMap((decided) => {
    const architecture = supernet.architectureOf(decided);
    const genotype = space.format(architecture);
    const key = space.isomorphism?.key(architecture) ?? genotype;
    if (known.has(key)) return [];
    known.add(key);
    return [{ genotype, active: decided, kappa: [], regions: [] }];
  });
}

/** Measures finalists on some more repeats, all of them on the same ones. Rejects with the signal's reason. */
export async function measureFinalists(
  finalists: readonly Finalist[],
  stage: FinalsStageSettings,
  context: AskContext,
): Promise<Finalist[]> {
  const { evaluator, count, signal } = context;
  const { kappa, regions } = finalists[0]!;
  const request = { of: 'finals', candidates: finalists.map(({ active }) => active) } as const;
  const regionDraws = finalsDraws(regions.length, stage.regions);
  evaluator.expectRegions?.({ of: 'finals', draws: regionDraws, signal });
  const kappas = await ask(context, 'ntk', evaluator.ntk.bind(evaluator), {
    ...request,
    draws: finalsDraws(kappa.length, stage.ntk),
  });
  count(kernelsCounted(kappas));
  const counts = await ask(context, 'regions', evaluator.regions.bind(evaluator), {
    ...request,
    draws: regionDraws,
  });
  count(regionsCounted(counts));
  return finalists.map((finalist, index) => ({
    ...finalist,
    kappa: [...finalist.kappa, ...kappas[index]!],
    regions: [...finalist.regions, ...counts[index]!],
  }));
}

/** A finalist and its record. */
export interface RankedFinalist {
  readonly finalist: Finalist;
  readonly record: FinalistRecord;
}

/**
 * Ranks finalists by the condition number (the smallest first, mean of logarithms over the repeats) and by the regions
 * (the most first, mean over the repeats), and sorts them by the sum of both ranks, that by regions weighted, equal sums
 * by the condition number.
 */
export function rankFinalists(finalists: readonly Finalist[], regionWeight: number): RankedFinalist[] {
  const conditionNumbers = finalists.map(({ kappa }) =>
    aggregateConditionNumbers(
      kappa.map((outcome) => (outcome.kind === 'ok' ? outcome.conditionNumber : null)),
      'log-mean',
    ),
  );
  const regionMeans = finalists.map(({ regions }) => mean(regions));
  const byKappa = denseRanks(conditionNumbers, 'smallest-first', null);
  const byRegions = denseRanks(regionMeans, 'largest-first', null);
  const ranked = finalists.map((finalist, index) => {
    const kappaRank = byKappa.ranks[index]!;
    const regionRank = byRegions.ranks[index]!;
    return {
      finalist,
      record: finalistRecord({
        ...finalist,
        conditionNumber: conditionNumbers[index]!,
        regionMean: regionMeans[index]!,
        ranks: { kappaRank, regionRank, rankSum: kappaRank + regionWeight * regionRank },
      }),
    };
  });
  return byKappa.order
    .map((position) => ranked[position]!)
    .sort((a, b) => a.record.rankSum - b.record.rankSum);
}

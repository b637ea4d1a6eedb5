import { median, type RandomStream } from '@tenas/base';
import type { StagedDetail } from '@tenas/records';
import type { Choices, DatasetShape, Space } from '@tenas/spaces';
import type { LatencyPredictor } from '../constraints/latency-predictor.js';

/** What is bounded, and by how much. */
export interface Budget {
  readonly bound: number;
  readonly unit: string;
  readonly latency: StagedDetail['latency'];
  costOf(choices: Choices): number;
}

/** Architectures whose median cost is the bound if none is given. */
const DRAWN = 101;

/**
 * What a search is bounded by: the latency that a model predicts, or without one the multiply-adds of the network to train,
 * in millions. Without a bound, the median of random architectures is one.
 */
export function budgetOf(
  space: Space,
  images: DatasetShape,
  given: { readonly latency: LatencyPredictor | null; readonly bound?: number | undefined },
  random: RandomStream,
): Budget {
  const measure = given.latency === null ? countedMacs(space, images) : predictedBy(given.latency);
  const drawn = () =>
    Object.fromEntries(space.decisions.map(({ name, choices }) => [name, random.pick(choices)]));
  const bound = given.bound ?? median(Array.from({ length: DRAWN }, () => measure.costOf(drawn())));
  return { bound, ...measure };
}

function predictedBy({ file, device, ms }: LatencyPredictor): Omit<Budget, 'bound'> {
  return { unit: 'ms', latency: { file, device }, costOf: ms };
}

function countedMacs(space: Space, images: DatasetShape): Omit<Budget, 'bound'> {
  const costs = space.costs(space.sizes.final(images));
  const known = new Map<string, number>();
  return {
    unit: 'M multiply-adds',
    latency: null,
    costOf(choices) {
      const key = Object.values(choices).join();
      const found = known.get(key) ?? costs.of(space.fromChoices(choices)).macs / 1e6;
      known.set(key, found);
      return found;
    },
  };
}

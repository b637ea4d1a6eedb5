import {
  type ChosenMetric,
  isCounting,
  isProbing,
  type NetworkRole,
  shortTrainingShape,
  shortTrainingSize,
  sizeOfRole,
} from '@tenas/metrics/definitions';
import type { Ask } from './ask.js';

/** What takes the time of metrics that look at no network, in multiply-adds. */
const COUNTING = 1e5;
/** Passes through a network in a step of training: one forward, and one backward that costs about two. */
const TRAINING_PASSES = 3;

/**
 * What it costs to score an architecture once by some metrics, about: multiply-adds of the networks over all images that
 * they see. For shares of progress, and for times left of work that has not begun.
 */
export function evaluationCost(
  { space, source }: Pick<Ask, 'space' | 'source'>,
  metrics: readonly ChosenMetric[],
): number {
  const example = space.parse(space.example);
  const sizeOf = (role: NetworkRole, images = source) =>
    sizeOfRole(space.sizes, role, images) ?? space.sizes.proxy(images);
  const macs = (size: object) => space.costs(size).of(example).macs;
  // Metrics of the same pass, or of the same training, share it.
  const works = new Map<string, () => number>();
  for (const { metric, settings } of metrics) {
    if (isCounting(metric)) continue;
    if (isProbing(metric)) {
      const pass = metric.pass(settings);
      works.set(
        JSON.stringify(pass),
        () => macs(sizeOf(pass.network)) * pass.batchSize * (pass.batches ?? 1),
      );
      continue;
    }
    const training = metric.training(settings);
    const { network, epochs, images, validation } = training;
    const size = shortTrainingSize(training, sizeOf(network, shortTrainingShape(training, source)));
    works.set(
      JSON.stringify({ ...training, validation: 0 }),
      () => macs(size) * (TRAINING_PASSES * epochs * images + validation),
    );
  }
  return [...works.values()].reduce((sum, work) => sum + work(), COUNTING);
}

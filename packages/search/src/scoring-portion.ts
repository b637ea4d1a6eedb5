import { availableParallelism } from 'node:os';
import { type ChosenMetric, isTraining } from '@tenas/metrics/definitions';
import type { Ask } from './ask.js';

/** Architectures that are scored in one request: enough to keep the engine busy, few enough to lose little when stopped. */
const PER_REQUEST = 25;

/** How many architectures to score in one request: of metrics that train networks, as many as there are threads. */
export function scoringPortion({ engine }: Pick<Ask, 'engine'>, metrics: readonly ChosenMetric[]): number {
  const { threads = availableParallelism() } = engine;
  return metrics.some(({ metric }) => isTraining(metric)) ? threads : PER_REQUEST;
}

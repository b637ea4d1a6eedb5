import { RandomStream } from '@tenas/base';
import { type EvaluatedMetric, metricOfColumn } from '@tenas/records';

/** Metrics that any other has to beat: they count, without a look at how a network computes. */
const COUNTED_CONTROLS: readonly string[] = ['params', 'macs', 'depth'];

/** Controls whose part in a correlation is taken out. */
const GIVEN: readonly string[] = ['params', 'macs'];

/** Name of the control that ranks at random. */
export const RANDOM = 'random';

/** Whether a metric is a control. */
export function isControl(metric: string): boolean {
  return COUNTED_CONTROLS.includes(metric) || metric === RANDOM;
}

type Metric = Pick<EvaluatedMetric, 'name' | 'source'>;

/** Whether correlations are also given without the part of this metric: the first one that stands for a control. */
export function isGiven(metric: Metric, metrics: readonly Metric[]): boolean {
  const standsFor = ({ name, source }: Metric) =>
    source.kind === 'column' || source.kind === 'counted' ? metricOfColumn(name) : null;
  const control = standsFor(metric);
  return (
    control !== null &&
    GIVEN.includes(control) &&
    metric === metrics.find((other) => standsFor(other) === control)
  );
}

/** The value of an architecture in a random ranking: it depends on the seed and the architecture alone. */
export function randomValue(seed: number, architecture: string): number {
  return new RandomStream('random control', seed, architecture).unit();
}

import { syntheticImages } from '@tenas/data';
import type { EngineOptions } from '../evaluator/engine-options.js';
import { Evaluator } from '../evaluator/evaluator.js';
import type { Score } from '../evaluator/scores.js';
import { isProbing, type Metric } from '../metric.js';
import { listMetrics, type MetricChoice } from '../registry.js';
import type { MetricCheck } from './check.js';
import { ensure, ensureSame } from './problem.js';
import { smallSpace } from './small-space.js';

const ARCHITECTURES = ['conv_3x3:conv_1x1', 'skip:conv_3x3', 'conv_1x1:skip'];

/** Scores without the time that they took. */
async function timelessScores(
  metrics: readonly MetricChoice[],
  options: EngineOptions & { readonly supernet: boolean },
): Promise<readonly Omit<Score, 'seconds'>[][]> {
  const { supernet, ...engine } = options;
  using evaluator = new Evaluator({
    space: smallSpace({ supernet }),
    source: syntheticImages({ size: 8, images: 5000 }),
    metrics,
    repeats: 2,
    seed: 7,
    device: 'cpu',
    ...engine,
  });
  const scored = await evaluator.score(ARCHITECTURES);
  return scored.map(({ scores }) => Object.values(scores).map(({ seconds: _, ...score }) => score));
}

/** Checks a metric on the engine's answers for small networks. */
export function engineChecks(metric: Metric): MetricCheck[] {
  const check = (name: string, run: () => Promise<void>): MetricCheck => ({ name, quick: false, run });
  const supernet = () => (metric.needs.includes('supernet') ? [true] : [true, false]);
  return [
    check('has a value of small networks, the same every time and with any number of threads', async () => {
      for (const through of supernet()) {
        const one = await timelessScores([metric], { supernet: through, threads: 1 });
        const two = await timelessScores([metric], { supernet: through, threads: 2 });
        ensureSame(one, two, 'scores with 1 and 2 threads must be the same');
        const values = one.map(([score]) => score!.value);
        ensure(
          values.some((value) => value !== null),
          `must have a value of at least one small network, got ${JSON.stringify(one)}`,
        );
      }
    }),
    check('has the same value alone and beside another metric', async () => {
      const other = listMetrics().find((known) => isProbing(known) && known.name !== metric.name);
      if (other === undefined) return;
      for (const through of supernet()) {
        const alone = await timelessScores([metric], { supernet: through });
        const beside = await timelessScores([other, metric], { supernet: through });
        ensureSame(
          alone.map(([score]) => score),
          beside.map(([, score]) => score),
          'scores alone and beside another metric must be the same',
        );
      }
    }),
  ];
}

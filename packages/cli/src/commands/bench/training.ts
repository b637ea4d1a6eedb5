import { type Summary, summarise } from '@tenas/base';
import { openDataset } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import { Evaluator } from '@tenas/metrics';
import {
  chooseMetrics,
  type MetricChoice,
  shortTrainingShape,
  shortTrainingSize,
  sizeOfRole,
  type TrainingMetric,
} from '@tenas/metrics/definitions';
import type { Space } from '@tenas/spaces';
import { type EvaluationWork, tasksWork } from '../../benchmark/evaluation-work.js';
import { type Io, showProgress } from '../../io.js';

/** A metric that trains the network of one architecture. */
export interface TrainingSubject {
  readonly space: Space;
  readonly metric: TrainingMetric;
  /** Complete. */
  readonly settings: object;
  /** As text. */
  readonly architecture: string;
  readonly graph: Graph;
  readonly epochs: number;
  /** Images of an epoch, and those that are classified at the end. */
  readonly images: number;
  readonly validation: number;
  readonly batchSize: number;
  /** Multiply-adds of one training by the plain algorithm. */
  readonly work: EvaluationWork;
}

/** Sizes that differ from those of the metric. */
interface Sizes {
  readonly channels?: number | undefined;
  /** Height and width of the images. */
  readonly size?: number | undefined;
  /** Default: the space's example. */
  readonly arch?: string | undefined;
}

/** As CIFAR-10 has them. */
const CLASSES = 10;

/** A step's work: its gradient. */
const GRADIENT = {
  kind: 'gradient',
  loss: { kind: 'cross-entropy' },
  statistics: 'batch',
  of: ['parameters'],
  reduce: 'sums',
} as const;

/** The metric with its settings; `--channels` takes the place of the metric's own. */
export function trainingSubject(
  space: Space,
  given: { readonly metric: TrainingMetric; readonly choice: MetricChoice },
  { channels, size = 32, arch }: Sizes,
): TrainingSubject {
  const { settings } = chooseMetrics([given.choice])[0]!;
  const metric: TrainingMetric =
    channels === undefined
      ? given.metric
      : { ...given.metric, training: (own) => ({ ...given.metric.training(own), channels }) };
  const training = metric.training(settings);
  const { epochs, images, validation, batchSize } = training;
  const shape = { classes: CLASSES, height: size, width: size };
  const usual = sizeOfRole(space.sizes, training.network, shortTrainingShape(training, shape))!;
  const architecture = space.parse(arch ?? space.example);
  const graph = space.network(architecture, shortTrainingSize(training, usual));
  const { forward, backward } = tasksWork(graph, { tasks: [GRADIENT], batchSize: 1 });
  const work = { forward: forward * (images * epochs + validation), backward: backward * images * epochs };
  return {
    ...{ space, metric, settings, graph, epochs, images, validation, batchSize },
    architecture: space.format(architecture),
    work: { ...work, gram: 0, total: work.forward + work.backward },
  };
}

/** Milliseconds per training, in rounds of some trainings side by side. The first round pays for pages and is not counted. */
export async function timeTrainings(
  subject: TrainingSubject,
  run: {
    readonly threads: number;
    readonly trainings: number;
    readonly repetitions: number;
    readonly seed: number;
    readonly io: Io;
  },
): Promise<Summary> {
  const { space, metric, settings, architecture, images, validation, graph } = subject;
  const { threads, trainings, repetitions, seed, io } = run;
  const [, size] = graph.nodes[graph.input]!.shape;
  const source = await openDataset({ dataset: 'synthetic', images: images + validation, size });
  using evaluator = new Evaluator({
    ...{ space, source, threads },
    device: 'cpu',
    metrics: [{ metric, settings }],
  });
  const samples: number[] = [];
  for (let round = 0; round <= repetitions; round++) {
    const draws = Array.from({ length: trainings }, (_, place) => {
      const number = round * trainings + place;
      return { seed, batch: number, weights: number };
    });
    const start = performance.now();
    await evaluator.score([architecture], { draws, signal: io.signal });
    const milliseconds = (performance.now() - start) / trainings;
    // A round may take seconds: people see that it goes on.
    showProgress(
      io,
      `  ${round}/${repetitions}: ${milliseconds.toFixed(0)} ms per training${round === 0 ? ', not counted' : ''}\n`,
    );
    if (round > 0) samples.push(milliseconds);
  }
  return summarise(samples);
}

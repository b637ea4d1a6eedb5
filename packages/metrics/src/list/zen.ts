import { type Graph, liveNodes, type NodeId, sizeOf } from '@tenas/graph/definitions';
import type { ChangeAnswer, ChangeTask, Init } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { batchSizeField, initField, networkField } from './fields.js';
import { total } from './gradients.js';

/** Whose formula: that of the authors' code, or of their paper. */
export const ZEN_VARIANTS = ['zen-nas', 'paper'] as const;

/** Settings of {@link zen}. */
export interface ZenSettings {
  /** Default `zen-nas`. */
  readonly variant: (typeof ZEN_VARIANTS)[number];
  /** Size of the change of the image, in standard deviations. Default 0.01, as published. */
  readonly perturbation: number;
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default 64. */
  readonly batchSize: number;
  /** Rows and columns of an image. Default null: as the dataset has them. */
  readonly crop: number | null;
  /** Default `normal`, as published. */
  readonly init: Init;
}

/** A batch norm's running variance moves by so much towards the variance of a batch. */
const MOMENTUM = 0.1;

/**
 * How far features move when the image does, as if there were no batch norm, higher is better (Lin et al., ICCV 2021, arXiv
 * 2102.01063): D = difference of the last features before the global average between noise and the same noise with a small
 * perturbation. `zen-nas`: log of the mean over images of sum |D|, plus over batch norms 1/2 log of the mean over channels of
 * the running variance after the two passes, which began at 1. `paper`: norm of D, and the first batch's variance.
 */
export const zen: ProbingMetric<ZenSettings, readonly [ChangeTask]> = {
  name: 'zen',
  title: 'Zen-score',
  better: 'higher',
  paper: 'Lin, Wang, Sun, Chen, Sun, Qian, Li and Jin, ICCV 2021, arXiv 2102.01063',
  about:
    'How strongly the features of a network answer a small change of the image, with what batch norm scales away put back. Networks that can express more answer more.',
  needs: [],
  settings: z.strictObject({
    variant: z.enum(ZEN_VARIANTS).default('zen-nas').describe('formula of the code or of the paper'),
    perturbation: z.number().positive().max(1).default(0.01).describe('size of the change of the image'),
    network: networkField(),
    batchSize: batchSizeField(64, 4096),
    crop: z
      .int()
      .min(1)
      .max(256)
      .nullable()
      .default(null)
      .describe('height and width of an image; null: as the dataset has them'),
    init: initField('normal'),
  }),
  failures: { constant: 'the features do not change, or are beyond single precision' },
  pass: ({ perturbation, network, batchSize, crop, init }) => ({
    network,
    inputs: { kind: 'noise', perturbation, crop },
    batchSize,
    batches: 2,
    init,
  }),
  tasks: (_, graph) => [{ kind: 'change', node: lastFeatures(graph) }],
  value([change], { settings, graph, coefficients }) {
    const { variant, batchSize } = settings;
    const sizes = variant === 'paper' ? Array.from(change.squares, Math.sqrt) : Array.from(change.absolute);
    const variances = normVariances(change, { graph, coefficients, batchSize }).map(([first, second]) =>
      variant === 'paper' ? first.biased : runningVariance(first.unbiased, second.unbiased),
    );
    const value =
      Math.log(total(sizes) / sizes.length) + total(variances.map((variance) => Math.log(variance) / 2));
    return Number.isFinite(value) ? value : { failure: 'constant' };
  },
};

function runningVariance(...batches: readonly number[]): number {
  return batches.reduce((running, batch) => (1 - MOMENTUM) * running + MOMENTUM * batch, 1);
}

/** The node that the global average before the classifier reads; the classifier's input where there is none. */
function lastFeatures({ nodes, output }: Graph): NodeId {
  let node = nodes[output]!;
  for (;;) {
    if (node.op === 'globalAvgPool') return node.input;
    const input = 'input' in node ? node.input : undefined;
    if (input === undefined) break;
    node = nodes[input]!;
  }
  const last = nodes[output]!;
  return 'input' in last ? last.input : output;
}

interface Variance {
  readonly biased: number;
  readonly unbiased: number;
}

/** A batch norm of a graph, and the place of its variances among the statistics of a batch. */
interface BatchNorm {
  readonly id: NodeId;
  readonly channels: number;
  readonly pixels: number;
  readonly variances: number;
}

/** Searches look at thousands of architectures in one supernet. */
const known = new WeakMap<Graph, readonly BatchNorm[]>();

function batchNormsOf(graph: Graph): readonly BatchNorm[] {
  const found = known.get(graph);
  if (found !== undefined) return found;
  let variances = 0;
  const all = graph.nodes.flatMap(({ id, op, shape: [channels, height, width] }): BatchNorm[] => {
    if (op !== 'batchNorm') return [];
    // The means come first.
    variances += 2 * channels;
    return [{ id, channels, pixels: sizeOf([height, width]), variances: variances - channels }];
  });
  known.set(graph, all);
  return all;
}

/** Mean over channels of the variance of each batch norm that runs, in the first and in the second batch. */
function normVariances(
  { statistics }: ChangeAnswer,
  of: { readonly graph: Graph; readonly coefficients: Float64Array; readonly batchSize: number },
): (readonly [Variance, Variance])[] {
  const { graph, coefficients, batchSize } = of;
  const live = liveNodes(graph, coefficients);
  const batch = statistics.length / 2;
  return batchNormsOf(graph)
    .filter(({ id }) => live[id])
    .map(({ channels, pixels, variances }) => {
      const values = batchSize * pixels;
      const variance = (first: number): Variance => {
        let sum = 0;
        for (let channel = 0; channel < channels; channel++) sum += statistics[first + channel]!;
        const biased = sum / channels;
        return { biased, unbiased: (biased * values) / Math.max(values - 1, 1) };
      };
      return [variance(variances), variance(batch + variances)] as const;
    });
}

import { type Graph, graphCost, nodeInputs } from '@tenas/graph/definitions';
import type { Init, PatternsTask } from '@tenas/native';
import { z } from 'zod';
import type { AnyNetwork, ProbingMetric } from '../metric.js';
import { batchSizeField, initField, networkField } from './fields.js';
import { reluNodes } from './relus.js';

/** Settings of {@link swap}. */
export interface SwapSettings {
  /** Default `deep`, where it ranks better. */
  readonly network: AnyNetwork;
  /** Default 16, as published, and the most that there can be. */
  readonly batchSize: number;
  /** Default `normal`, as published. */
  readonly init: Init;
  /** Wanted size, in thousands of parameters. Default null: sizes do not count. */
  readonly mu: number | null;
  /** How much other sizes are put down, in thousands of parameters, squared. Default null. */
  readonly sigma: number | null;
}

/** A pattern is a word with a bit for each image, and a set of all words a bitmap: 65,536 bits. */
const MOST_IMAGES = 16;

/**
 * Number of different patterns of ReLUs over images, higher is better (SWAP-NAS: Peng et al., ICLR 2024, arXiv 2403.04161): the
 * pattern of a ReLU output, of all ReLUs that read maps, is on which images of the batch it is > 0. At most 2^images. With `mu`
 * and `sigma` times exp(-(P - mu)^2 / sigma), P the thousands of parameters of the network that is looked at: the paper's
 * regularised form, whose mu and sigma its authors chose for each space. Theirs is the mean of 32 repeats.
 */
export const swap: ProbingMetric<SwapSettings, readonly [PatternsTask]> = {
  name: 'swap',
  title: 'sample-wise activation patterns',
  better: 'higher',
  paper: 'Peng, Song, Fayek, Ciesielski and Chang, ICLR 2024, arXiv 2403.04161',
  about:
    'How many different things the ReLUs of a network do on a few images. Each output is on for some of the images and off for the others; outputs that are on for the same images count once.',
  needs: [],
  settings: z
    .strictObject({
      network: networkField('deep'),
      batchSize: batchSizeField(MOST_IMAGES, MOST_IMAGES),
      init: initField('normal'),
      mu: z
        .number()
        .min(0)
        .max(1e6)
        .nullable()
        .default(null)
        .describe('wanted size in thousands of parameters, together with sigma; null: sizes do not count'),
      sigma: z
        .number()
        .positive()
        .max(1e12)
        .nullable()
        .default(null)
        .describe('how tolerant of other sizes, in thousands of parameters, squared'),
    })
    .check(({ value, issues }) => {
      const { mu, sigma } = value;
      if ((mu === null) === (sigma === null)) return;
      const [missing, given] = mu === null ? ['mu', 'sigma'] : ['sigma', 'mu'];
      const message = `a number, as ${given} is given`;
      issues.push({ code: 'custom', input: value, path: [missing!], message });
    }),
  failures: { none: 'no ReLU of the network reads a map' },
  pass: ({ network, batchSize, init }) => ({ network, inputs: { kind: 'training' }, batchSize, init }),
  tasks: (_, graph) => [{ kind: 'patterns', nodes: relusOfMaps(graph) }],
  value([{ patterns, elements }], { settings: { mu, sigma }, graph, coefficients }) {
    if (elements === 0) return { failure: 'none' };
    if (mu === null || sigma === null) return patterns;
    const size = graphCost(graph, coefficients).params / 1000;
    return patterns * Math.exp(-((size - mu) ** 2) / sigma);
  },
};

/** ReLUs that do not follow a linear layer: in PyTorch, the ones that read tensors of four dimensions. */
function relusOfMaps(graph: Graph): number[] {
  const isVector: boolean[] = [];
  for (const node of graph.nodes) {
    const inputs = nodeInputs(node);
    isVector.push(node.op === 'linear' || (inputs.length > 0 && inputs.every((input) => isVector[input])));
  }
  return reluNodes(graph).flatMap(({ id }) => (isVector[id] ? [] : [id]));
}

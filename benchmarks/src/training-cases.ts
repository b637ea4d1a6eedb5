import { type Subject, tasksSubject } from '@tenas/cli';
import type { Graph } from '@tenas/graph';
import { type Domain, darts, fullDomain, nasBench201, nestedDomain } from '@tenas/spaces';

/** A training step of one network, ours and the peer's. */
export interface TrainingCase {
  readonly name: string;
  readonly title: string;
  readonly subject: Subject;
  /** Arguments of the peer's `Network`. */
  readonly net: object;
  /** How many times faster than the peer. */
  readonly ratio: { readonly target: number; readonly stretch: number };
}

/** Images of a step. */
export const TRAINING_BATCH = 64;

/** A cell that TE-NAS finds: three convolutions of 3x3, two of 1x1. */
export const FOUND_CELL =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|';

const INPUT = { numClasses: 10, inputShape: [3, 32, 32] } as const;

/** A network, its mixing coefficients (default: 1) and the size of its batches, for training. */
export function trainingSubject(graph: Graph, coefficients?: Float64Array): Subject {
  const task = { kind: 'gradient', statistics: 'batch', reduce: 'values' } as const;
  const tasks = [{ ...task, loss: { kind: 'cross-entropy' }, of: ['parameters'] }] as const;
  const subject = tasksSubject(graph, { tasks, batchSize: TRAINING_BATCH });
  return { ...subject, coefficients: coefficients ?? subject.coefficients };
}

function foundCell(
  size: { readonly C: number; readonly N: number },
  ratio: TrainingCase['ratio'],
): TrainingCase {
  const ops = nasBench201.parse(FOUND_CELL).ops;
  return {
    name: `peer-train-found-c${size.C}-n${size.N}`,
    title: `training step, found cell C=${size.C} N=${size.N}`,
    subject: trainingSubject(nasBench201.network(nasBench201.parse(FOUND_CELL), size)),
    net: { kind: 'nas-bench-201', ...size, classes: 10, ops },
    ratio,
  };
}

function supernet(
  space: typeof nasBench201 | typeof darts,
  domain: Domain,
  options: {
    readonly C: number;
    readonly N: number;
    readonly title: string;
    readonly name: string;
    readonly ratio: TrainingCase['ratio'];
  },
): TrainingCase {
  const { C, N, title, name, ratio } = options;
  const { graph, coefficients } = space.supernet.build({ C, N, ...INPUT });
  return {
    name: `peer-train-${name}-c${C}-n${N}`,
    title: `training step, ${title} C=${C} N=${N}`,
    subject: trainingSubject(graph, coefficients(domain)),
    net: { kind: space.name, C, N, classes: 10, active: nestedDomain(domain) },
    ratio,
  };
}

/** Every edge of DARTS with one operation, a separable and a dilated convolution in turn. */
function oneOperation(): Domain {
  return Object.fromEntries(
    Object.keys(fullDomain(darts.supernet.decisions, [])).map((decision, index) => [
      decision,
      [index % 2 === 0 ? 'sep_conv_3x3' : 'dil_conv_5x5'],
    ]),
  );
}

/** The rows of the table of targets for training. */
export function trainingCases(): TrainingCase[] {
  const full = { title: 'supernet of 4 operations', name: 'supernet' };
  return [
    foundCell({ C: 16, N: 5 }, { target: 1.5, stretch: 2 }),
    foundCell({ C: 8, N: 1 }, { target: 3, stretch: 5 }),
    foundCell({ C: 4, N: 1 }, { target: 5, stretch: 9 }),
    supernet(nasBench201, nasBench201.supernet.full(), {
      ...full,
      C: 4,
      N: 1,
      ratio: { target: 4, stretch: 7 },
    }),
    supernet(nasBench201, nasBench201.supernet.full(), {
      ...full,
      C: 16,
      N: 2,
      ratio: { target: 2, stretch: 3 },
    }),
    supernet(darts, oneOperation(), {
      title: 'DARTS, one operation an edge,',
      name: 'darts-one',
      C: 8,
      N: 2,
      ratio: { target: 5, stretch: 10 },
    }),
    supernet(darts, darts.supernet.full(), {
      title: 'DARTS supernet',
      name: 'darts-supernet',
      C: 4,
      N: 1,
      ratio: { target: 8, stretch: 16 },
    }),
  ];
}

/** Different networks of NAS-Bench-201 that are trained side by side. */
export const SIDE_BY_SIDE = {
  name: 'peer-train-side-by-side',
  title: 'training step, 64 networks C=4 N=1 side by side, per network',
  size: { C: 4, N: 1 },
  networks: () => nasBench201.sample({ count: 64, seed: 1 }),
  ratio: { target: 8, stretch: 14 },
} as const;

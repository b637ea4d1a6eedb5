import { RandomStream } from '@tenas/base';
import { type EvaluationWork, ntkWork, regionsWork } from '@tenas/cli';
import type { Graph } from '@tenas/graph';
import { Program, type Repeat, type Task } from '@tenas/native';
import { type ActiveOps, getSpace, nasBench201, type SpaceName } from '@tenas/spaces';

/** A network, what to ask of it, and what that costs: everything that a measurement needs but its chance. */
export interface Subject {
  readonly graph: Graph;
  readonly coefficients: Float64Array;
  readonly task: Task;
  readonly batchSize: number;
  readonly init: 'kaiming_fan_in' | 'kaiming_fan_out';
  /** Of one evaluation. */
  readonly work: EvaluationWork;
}

/** CIFAR-10's. */
const IMAGES = { classes: 10, height: 32, width: 32 };

/** Images of the protocols' NTK batches on CIFAR-10. */
export const PROTOCOL_BATCH: Readonly<Record<SpaceName, number>> = { 'nas-bench-201': 72, darts: 14 };

/** The most expensive architecture of NAS-Bench-201. */
export const ALL_CONV_3X3 =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';

/** The NTK of a graph. */
export function ntkSubject(
  graph: Graph,
  options: { mode: 'batch' | 'sample'; batchSize: number; coefficients?: Float64Array },
): Subject {
  const coefficients = options.coefficients ?? new Float64Array(graph.slots.length).fill(1);
  const { mode, batchSize } = options;
  return {
    graph,
    coefficients,
    task: { kind: 'ntk', mode },
    batchSize,
    init: 'kaiming_fan_out',
    work: ntkWork(graph, { mode, batchSize, coefficients }),
  };
}

/** The NTK of a space's supernet as the protocols have it; other sizes where given. */
export function supernetNtk(
  name: SpaceName,
  options: { mode: 'batch' | 'sample'; batchSize?: number; channels?: number; active?: ActiveOps },
): Subject {
  const space = getSpace(name);
  const size = space.ntkNetwork(IMAGES);
  const supernet = space.supernet({ ...size, C: options.channels ?? size.C });
  return ntkSubject(supernet.graph, {
    mode: options.mode,
    batchSize: options.batchSize ?? PROTOCOL_BATCH[name],
    coefficients: supernet.coefficients(options.active ?? space.fullActive()),
  });
}

/** The NTK of one architecture of NAS-Bench-201 at its final width and depth, or another. */
export function singleNetNtk(options: {
  mode: 'batch' | 'sample';
  batchSize: number;
  C?: number;
  N?: number;
}): Subject {
  const { mode, batchSize, C = 16, N = 5 } = options;
  return ntkSubject(nasBench201.network(nasBench201.parse(ALL_CONV_3X3), { C, N }), { mode, batchSize });
}

/** Regions of a space's supernet as the protocols count them. */
export function supernetRegions(
  name: SpaceName,
  options: { batches?: number; batchSize?: number; active?: ActiveOps } = {},
): Subject {
  const { batches = 3, batchSize = 1000 } = options;
  const space = getSpace(name);
  const supernet = space.supernet(space.regionNetwork(IMAGES));
  const coefficients = supernet.coefficients(options.active ?? space.fullActive());
  return {
    graph: supernet.graph,
    coefficients,
    task: { kind: 'regions', batches },
    batchSize,
    init: 'kaiming_fan_in',
    work: regionsWork(supernet.graph, { inputs: batches * batchSize, coefficients }),
  };
}

/** Values of one input of an evaluation: all of its batches. */
export function inputShape({ graph, task, batchSize }: Subject): number[] {
  const image = graph.nodes[graph.input]!.shape;
  return [...(task.kind === 'regions' ? [task.batches] : []), batchSize, ...image];
}

/** Normal values, other ones for every seed. */
export function randomInputs(subject: Subject, seed: number): Float32Array {
  const random = new RandomStream('benchmark inputs', seed);
  const count = inputShape(subject).reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** Inputs and weights of the evaluation with a seed. */
export function freshRepeat(subject: Subject, seed: number): Repeat {
  return {
    inputs: randomInputs(subject, seed),
    weights: { kind: 'seeded', seed, repeat: 0, init: subject.init },
  };
}

/** The compiled graph of a subject. */
export function compile(subject: Subject): Program {
  return Program.compile(subject.graph);
}

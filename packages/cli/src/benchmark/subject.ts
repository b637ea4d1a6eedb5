import { RandomStream } from '@tenas/base';
import type { Graph } from '@tenas/graph';
import { Program, type Repeat, type Task } from '@tenas/native';
import { type Domain, requireSupernet, type Space } from '@tenas/spaces';
import { type EvaluationWork, ntkWork, regionsWork } from './evaluation-work.js';

/** What a benchmark measures: a network, what to ask of it, and what that costs; everything but the random numbers. */
export interface Subject {
  readonly graph: Graph;
  readonly coefficients: Float64Array;
  readonly task: Task;
  readonly batchSize: number;
  readonly init: 'kaiming_fan_in' | 'kaiming_fan_out';
  /** Work of one evaluation. */
  readonly work: EvaluationWork;
}

/** Sizes of a supernet that differ from those of the protocols. */
export interface SupernetSizes {
  /** Channels of the first cells. */
  readonly channels?: number | undefined;
  /** Height and width of the inputs. */
  readonly size?: number | undefined;
  /** The operations that run; default all. */
  readonly domain?: Domain | undefined;
}

/** The NTK of a graph; without coefficients every branch runs. */
export function ntkSubject(
  graph: Graph,
  options: {
    readonly mode: 'batch' | 'sample';
    readonly batchSize: number;
    readonly coefficients?: Float64Array | undefined;
  },
): Subject {
  const { mode, batchSize, coefficients = new Float64Array(graph.slots.length).fill(1) } = options;
  return {
    graph,
    coefficients,
    task: { kind: 'ntk', mode },
    batchSize,
    init: 'kaiming_fan_out',
    work: ntkWork(graph, { mode, batchSize, coefficients }),
  };
}

/** The NTK of a space's supernet, of the size that the protocols give it for CIFAR-10 unless given. */
export function supernetNtk(
  space: Space,
  options: SupernetSizes & { readonly mode: 'batch' | 'sample'; readonly batchSize: number },
): Subject {
  const supernets = requireSupernet(space, 'the benchmark');
  const { mode, batchSize, channels, size = 32, domain = supernets.full() } = options;
  const usual = supernets.sizes.proxy({ classes: 10, height: size, width: size });
  const supernet = supernets.build(channels === undefined ? usual : { ...usual, C: channels });
  return ntkSubject(supernet.graph, { mode, batchSize, coefficients: supernet.coefficients(domain) });
}

/** The regions of a space's supernet, of the size that the protocols give it for CIFAR-10 unless given. */
export function supernetRegions(
  space: Space,
  options: SupernetSizes & {
    /** Batches of inputs of one count, default 3. */
    readonly batches?: number | undefined;
    /** Inputs per batch, default 1000. */
    readonly batchSize?: number | undefined;
  } = {},
): Subject {
  const supernets = requireSupernet(space, 'the benchmark');
  const { batches = 3, batchSize = 1000, channels, size, domain = supernets.full() } = options;
  const usual = supernets.sizes.stemless({ classes: 10, height: 32, width: 32 });
  const { graph } = supernets.build(usual);
  const [C, height, width] = graph.nodes[graph.input]!.shape;
  const supernet = supernets.build({
    ...usual,
    ...(channels === undefined ? {} : { C: channels }),
    inputShape: [channels ?? C, size ?? height, size ?? width],
  });
  const coefficients = supernet.coefficients(domain);
  return {
    graph: supernet.graph,
    coefficients,
    task: { kind: 'regions', batches },
    batchSize,
    init: 'kaiming_fan_in',
    work: regionsWork(supernet.graph, { inputs: batches * batchSize, coefficients }),
  };
}

/** Shape of the inputs of one evaluation: `[batches]` where there are several, images, channels, height, width. */
export function inputShape({ graph, task, batchSize }: Subject): number[] {
  const image = graph.nodes[graph.input]!.shape;
  return [...(task.kind === 'regions' ? [task.batches] : []), batchSize, ...image];
}

/** Standard normal inputs of one evaluation, in the order of {@link inputShape}; others for every seed. */
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
export function compileSubject(subject: Subject): Program {
  return Program.compile(subject.graph);
}

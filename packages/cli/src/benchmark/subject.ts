import { RandomStream } from '@tenas/base';
import type { Graph } from '@tenas/graph';
import { type Init, Program, type Repeat, type Task } from '@tenas/native';
import { type EvaluationWork, tasksWork } from './evaluation-work.js';

/** The subject of a benchmark: a network, its tasks and their cost; everything but the random numbers. */
export interface Subject {
  readonly graph: Graph;
  readonly coefficients: Float64Array;
  readonly tasks: readonly Task[];
  /** Samples in a batch. */
  readonly batchSize: number;
  readonly batches: number;
  readonly init: Init;
  /** Whether the weights have no signs. */
  readonly absolute: boolean;
  /** Whether the inputs are ones instead of random. */
  readonly ones: boolean;
  /** Classes of the labels; null where none are needed. */
  readonly classes: number | null;
  /** Work of one evaluation. */
  readonly work: EvaluationWork;
}

/** Tasks on one batch of random inputs of a graph; every branch runs. */
export function tasksSubject(
  graph: Graph,
  options: { readonly tasks: readonly Task[]; readonly batchSize: number },
): Subject {
  const { tasks, batchSize } = options;
  const coefficients = new Float64Array(graph.slots.length).fill(1);
  return {
    graph,
    coefficients,
    tasks,
    batchSize,
    batches: 1,
    init: 'kaiming_fan_out',
    absolute: false,
    ones: false,
    classes: null,
    work: tasksWork(graph, { tasks, batchSize, coefficients }),
  };
}

/** Shape of the inputs of one evaluation: `[batches]` where there are several, images, channels, height, width. */
export function inputShape({ graph, batches, batchSize }: Subject): number[] {
  const image = graph.nodes[graph.input]!.shape;
  return [...(batches === 1 ? [] : [batches]), batchSize, ...image];
}

/** Values of the inputs of one evaluation. */
function inputCount(subject: Subject): number {
  return inputShape(subject).reduce((product, length) => product * length, 1);
}

function inputStream({ ones }: Subject, seed: number, count: number): Float32Array {
  const values = new Float32Array(count).fill(1);
  if (ones) return values;
  const random = new RandomStream('benchmark inputs', seed);
  for (let i = 0; i < count; i++) values[i] = random.normal();
  return values;
}

/** Standard normal inputs of one evaluation, in the order of {@link inputShape}; others for every seed. */
export function randomInputs(subject: Subject, seed: number): Float32Array {
  return inputStream(subject, seed, inputCount(subject));
}

function repeatOn(subject: Subject, inputs: Float32Array, seed: number): Repeat {
  const { batches, batchSize, classes, init, absolute } = subject;
  const labels = classes === null ? undefined : new Int32Array(batches * batchSize);
  return {
    inputs,
    labels: labels?.map((_, image) => image % classes!),
    weights: { kind: 'seeded', seed, repeat: 0, init, absolute },
  };
}

/** Inputs, labels and weights of the evaluation with a seed. */
export function freshRepeat(subject: Subject, seed: number): Repeat {
  return repeatOn(subject, randomInputs(subject, seed), seed);
}

/** Values by which the inputs of two evaluations are shifted; odd, so that they are no whole rows of an image. */
const SHIFT = 997;

/**
 * The evaluations of one request, with seeds from `first` on. Each has its own weights, and its inputs begin somewhere
 * else in one stream of random numbers: numbers of its own would take longer than the evaluation on a GPU.
 */
export function freshRepeats(subject: Subject, first: number, count: number): Repeat[] {
  const values = inputCount(subject);
  const stream = inputStream(subject, first, values + SHIFT * (count - 1));
  return Array.from({ length: count }, (_, index) =>
    repeatOn(subject, stream.subarray(SHIFT * index, SHIFT * index + values), first + index),
  );
}

/** The compiled graph of a subject. */
export function compileSubject(subject: Subject): Program {
  return Program.compile(subject.graph);
}

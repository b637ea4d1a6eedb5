import { type Graph, graphCost, liveNodes, nodeParams, sizeOf } from '@tenas/graph';
import { batchesOf, type GradientTask, type Task } from '@tenas/native';

/**
 * Multiply-adds of one evaluation of a metric by the plain algorithm: convolutions, linear layers and the Gram matrix,
 * without batch norm, pooling, additions and eigenvalues. An engine that finds a cheaper exact way does less than this, so
 * that rates computed from it compare ways and not only machines.
 */
export interface EvaluationWork {
  readonly forward: number;
  readonly backward: number;
  readonly gram: number;
  readonly total: number;
}

function workOf(forward: number, backward: number, gram: number): EvaluationWork {
  return { forward, backward, gram, total: forward + backward + gram };
}

/** Multiply-adds of the convolutions that read the image: nothing asks for the gradient of the image. */
function macsOnImage(graph: Graph, live: readonly boolean[]): number {
  return graph.nodes.reduce((sum, node) => {
    if (node.op !== 'conv2d' || node.input !== graph.input || !live[node.id]) return sum;
    return sum + sizeOf(graph.params[node.weight]!.shape) * node.shape[1] * node.shape[2];
  }, 0);
}

/** Values of the parameters that the kernel is made of: those of nodes that run whose name contains `weight`. */
function kernelParameters(graph: Graph, live: readonly boolean[]): number {
  const ids = new Set(graph.nodes.flatMap((node) => (live[node.id] ? [...nodeParams(node)] : [])));
  return [...ids].reduce((sum, id) => {
    const { name, shape } = graph.params[id]!;
    return name.includes('weight') ? sum + sizeOf(shape) : sum;
  }, 0);
}

/**
 * Work of one NTK of `batchSize` images (N). With m MACs (multiply-adds) per sample forward, the gradients by inputs
 * and by weights cost about m each, so the backward pass of one direction through one sample costs 2m, less m of
 * convolutions on the image itself. `sample` follows one direction per sample, N in all; `batch` follows every
 * direction through every sample, N x N. The Gram matrix of N gradients of P values costs P N (N + 1) / 2, as it is
 * symmetric.
 */
function ntkWork(
  graph: Graph,
  options: {
    readonly batchSize: number;
    readonly mode: 'batch' | 'sample';
    readonly coefficients?: Float64Array;
  },
): EvaluationWork {
  const { batchSize, mode, coefficients } = options;
  const live = liveNodes(graph, coefficients);
  const { macs } = graphCost(graph, coefficients);
  const passes = mode === 'batch' ? batchSize * batchSize : batchSize;
  return workOf(
    macs * batchSize,
    (2 * macs - macsOnImage(graph, live)) * passes,
    (kernelParameters(graph, live) * batchSize * (batchSize + 1)) / 2,
  );
}

/** Work of a forward pass of every input, as of one count of regions. */
function forwardWork(
  graph: Graph,
  options: { readonly inputs: number; readonly coefficients?: Float64Array },
): EvaluationWork {
  return workOf(graphCost(graph, options.coefficients).macs * options.inputs, 0, 0);
}

/**
 * Work of one loss and its gradient: forward m multiply-adds per sample, backward 2m, less m of convolutions on the image
 * itself unless its gradient is wanted.
 */
function gradientWork(graph: Graph, task: GradientTask, batchSize: number, coefficients?: Float64Array) {
  const { macs } = graphCost(graph, coefficients);
  const samples = batchSize * batchesOf(task);
  const skipped = task.of.includes('input') ? 0 : macsOnImage(graph, liveNodes(graph, coefficients));
  return workOf(macs * samples, (2 * macs - skipped) * samples, 0);
}

/** Work of some tasks, each by itself. */
export function tasksWork(
  graph: Graph,
  options: {
    readonly tasks: readonly Task[];
    readonly batchSize: number;
    readonly coefficients?: Float64Array;
  },
): EvaluationWork {
  const { tasks, ...rest } = options;
  const works = tasks.map((task): EvaluationWork => {
    if (task.kind === 'ntk') return ntkWork(graph, { ...rest, mode: task.mode });
    if (task.kind === 'gradient') return gradientWork(graph, task, rest.batchSize, rest.coefficients);
    return forwardWork(graph, { ...rest, inputs: rest.batchSize * batchesOf(task) });
  });
  const sum = (part: 'forward' | 'backward' | 'gram') => works.reduce((all, work) => all + work[part], 0);
  return workOf(sum('forward'), sum('backward'), sum('gram'));
}

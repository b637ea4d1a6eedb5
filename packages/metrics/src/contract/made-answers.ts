import { RandomStream } from '@tenas/base';
import { type Graph, sizeOf } from '@tenas/graph';
import type { Answer, Task } from '../evaluator/engine-tasks.js';
import { batchesOf } from '../evaluator/passes.js';
import type { Pass } from '../metric.js';

/** What the numbers of made answers are like. A network may have died, or overflowed. */
export type Mood = 'sound' | 'all zero' | 'all equal' | 'not a number' | 'infinite';

/** All moods. */
export const MOODS: readonly Mood[] = ['sound', 'all zero', 'all equal', 'not a number', 'infinite'];

/** Answers to a task as the engine might give them, of the right shapes. */
export function madeAnswer(
  task: Task,
  about: { readonly pass: Pass; readonly graph: Graph; readonly mood: Mood },
): Answer {
  const { pass, graph, mood } = about;
  const random = new RandomStream('made answer', JSON.stringify(task), mood);
  const number = (): number => {
    switch (mood) {
      case 'sound':
        return random.normal();
      case 'all zero':
        return 0;
      case 'all equal':
        return 1;
      case 'not a number':
        return Number.NaN;
      case 'infinite':
        return Number.POSITIVE_INFINITY;
    }
  };
  const singles = (count: number) => Float32Array.from({ length: count }, number);
  const batch = pass.batchSize;
  const outputs = sizeOf(graph.nodes[graph.output]!.shape);
  switch (task.kind) {
    case 'forward':
      return { logits: singles(batch * outputs) };
    case 'ntk': {
      const eigenvalues = Float64Array.from(
        { length: batch },
        (_, place) => (place + 1) * Math.abs(number()),
      );
      return {
        kernel: gram(batch, number),
        eigenvalues: eigenvalues.sort(),
        logits: singles(batch * outputs),
      };
    }
    case 'regions': {
      const samples = batchesOf(pass) * batch;
      return { regions: mood === 'sound' ? Math.ceil(samples / 2) : 1, neurons: 64 };
    }
  }
}

/** A symmetric matrix without negative eigenvalues, [n, n]. */
function gram(n: number, number: () => number): Float64Array {
  const rows = Array.from({ length: n }, () => Float64Array.from({ length: 8 }, number));
  const matrix = new Float64Array(n * n);
  for (const [i, row] of rows.entries()) {
    for (const [j, other] of rows.entries()) {
      matrix[i * n + j] = row.reduce((sum, value, place) => sum + value * other[place]!, i === j ? 1 : 0);
    }
  }
  return matrix;
}

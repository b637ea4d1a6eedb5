import type { GraphBuilder, NodeId, Shape } from '@tenas/graph';
import type { DartsCell, DartsInput } from './genotype.js';
import { DARTS_INPUTS_PER_NODE, DARTS_STEPS, type DartsCellType } from './operations.js';

/** Whether a node or the output reads each of the two inputs of a cell; `none` reads nothing. */
export function readsBothInputs({ inputs, concat }: DartsCell): boolean {
  return [0, 1].every(
    (input) => concat.includes(input) || inputs.some(({ op, state }) => op !== 'none' && state === input),
  );
}

/** The shape of the inner nodes of a cell, of its two inputs. */
export function nodeShape(
  graph: GraphBuilder,
  [input]: readonly NodeId[],
  { type, channels }: { readonly type: DartsCellType; readonly channels: number },
): Shape {
  const [, height, width] = graph.shapeOf(input!)!;
  const half = (size: number) => (type === 'reduce' ? Math.ceil(size / 2) : size);
  return [channels, half(height), half(width)];
}

/**
 * Adds the nodes of a cell and its output. A node is the sum of its operations; without any but `none` it is zeros.
 *
 * @param states the two inputs of the cell
 * @param options.apply the output of an operation, or undefined for `none`; positions count the inputs of the cell
 * @returns the output: the states of the cell's concat
 */
export function addNodes(
  graph: GraphBuilder,
  { inputs, concat }: DartsCell,
  [beforePrevious, previous]: readonly NodeId[],
  options: {
    readonly name: string;
    readonly shape: Shape;
    readonly apply: (input: NodeId, read: DartsInput, position: number) => NodeId | undefined;
  },
): NodeId {
  const { name, shape, apply } = options;
  const states = [beforePrevious!, previous!];
  for (let node = 0; node < DARTS_STEPS; node += 1) {
    const first = node * DARTS_INPUTS_PER_NODE;
    const terms = inputs.slice(first, first + DARTS_INPUTS_PER_NODE).flatMap((read, offset) => {
      const input = apply(states[read.state]!, read, first + offset);
      return input === undefined ? [] : [{ input }];
    });
    states.push(graph.mix(terms, { name: `${name}.node${node}`, shape, observed: true }));
  }
  const parts = concat.map((state) => states[state]!);
  return graph.concat(parts, `${name}.concat`);
}

import type { GraphBuilder, NodeId } from '@tenas/graph';
import { addOperation } from './cell-operation.js';
import type { NasBench201Architecture } from './genotype.js';
import { NAS_BENCH_201_NODES } from './operations.js';

/**
 * Adds a cell as the reference's `InferCell`, with all its operations, whether or not its output depends on them. Parameters
 * are named e.g. `<name>.layers.2.op.1.weight`, 2 being the operation's place in the string. What reads the cell's input
 * brings it to the cell's channels.
 *
 * @returns the last node's output
 */
export function addInferCell(
  graph: GraphBuilder,
  input: NodeId,
  { ops }: NasBench201Architecture,
  { name, channels }: { readonly name: string; readonly channels: number },
): NodeId {
  const [, height, width] = graph.shapeOf(input)!;
  const nodes = [input];
  for (const { node, firstEdge } of NAS_BENCH_201_NODES) {
    const terms = nodes.flatMap((from, number) => {
      const place = firstEdge + number;
      const output = addOperation(graph, from, {
        op: ops[place]!,
        channels,
        name: `${name}.layers.${place}`,
      });
      return output === undefined ? [] : [{ input: output }];
    });
    nodes.push(
      graph.mix(terms, { name: `${name}.node${node}`, shape: [channels, height, width], observed: true }),
    );
  }
  return nodes.at(-1)!;
}

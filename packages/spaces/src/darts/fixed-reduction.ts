import type { GraphBuilder, NodeId } from '@tenas/graph';

/** Groups of the convolutions along one axis. */
const GROUPS = 8;

/**
 * The fixed reduction cell of GDAS (Dong and Yang, CVPR 2019), whose module is called `Transition` there: of each input
 * one part from ReLU, 1x3 and 3x1 convolutions of eight groups at stride 2, batch norm, ReLU, 1x1 convolution and batch
 * norm, and one from a 3x3 maximum with batch norm. Parameters are named e.g. `cells.6.ops1.0.1.weight` and
 * `cells.6.ops2.1.1.bias`. Where eight groups do not divide the channels, as in narrow networks for metrics, there are as
 * many as divide both.
 *
 * @param states the two inputs of the cell
 * @returns the four parts whose concatenation is the output
 */
export function fixedReduction(
  graph: GraphBuilder,
  states: readonly NodeId[],
  { name, channels }: { readonly name: string; readonly channels: number },
): NodeId[] {
  const groups = commonDivisor(GROUPS, channels);
  const convolved = states.map((state, input) => {
    const module = `${name}.ops1.${input}`;
    const options = { outChannels: channels, groups };
    const relu = graph.relu(state, `${module}.0`);
    const row = graph.conv2d(relu, {
      name: `${module}.1`,
      kernel: [1, 3],
      stride: [1, 2],
      padding: [0, 1],
      ...options,
    });
    const column = graph.conv2d(row, {
      name: `${module}.2`,
      kernel: [3, 1],
      stride: [2, 1],
      padding: [1, 0],
      ...options,
    });
    const between = graph.relu(graph.batchNorm(column, { name: `${module}.3` }), `${module}.4`);
    const pointwise = graph.conv2d(between, { name: `${module}.5`, outChannels: channels, kernel: 1 });
    return graph.batchNorm(pointwise, { name: `${module}.6` });
  });
  const pooled = states.map((state, input) => {
    const module = `${name}.ops2.${input}`;
    const maximum = graph.maxPool2d(state, { name: `${module}.0`, kernel: 3, stride: 2, padding: 1 });
    return graph.batchNorm(maximum, { name: `${module}.1` });
  });
  return [...convolved, ...pooled];
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

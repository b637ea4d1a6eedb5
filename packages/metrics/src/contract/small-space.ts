import { GraphBuilder, type NodeId } from '@tenas/graph';
import { type ChosenArchitecture, type Decision, defineSpace, type Space, slotName } from '@tenas/spaces';

/** Size of the networks of {@link smallSpace}. */
interface Size {
  readonly C: number;
  readonly numClasses: number;
  readonly inputShape: readonly [number, number, number];
}

const OPS = ['skip', 'conv_1x1', 'conv_3x3'];

const DECISIONS: readonly Decision[] = ['1<-0', '2<-1'].map((name) => ({ name, choices: OPS }));

/** The output of an operation of an edge. */
function apply(graph: GraphBuilder, input: NodeId, edge: string, op: string, channels: number): NodeId {
  if (op === 'skip') return input;
  const kernel = op === 'conv_3x3' ? 3 : 1;
  const convolved = graph.conv2d(graph.relu(input), {
    name: `${edge}.${op}`,
    outChannels: channels,
    kernel,
    padding: kernel >> 1,
  });
  return graph.batchNorm(convolved, { name: `${edge}.${op}.bn` });
}

function network(size: Size, edge: (graph: GraphBuilder, input: NodeId, decision: string) => NodeId) {
  const graph = new GraphBuilder();
  const stem = graph.conv2d(graph.input(size.inputShape), {
    name: 'stem',
    outChannels: size.C,
    kernel: 3,
    padding: 1,
  });
  let node = graph.batchNorm(stem, { name: 'stem.bn' });
  for (const { name } of DECISIONS) node = edge(graph, node, name);
  const features = graph.globalAvgPool(graph.relu(node));
  return graph.build(graph.linear(features, { name: 'classifier', outFeatures: size.numClasses }));
}

const SIZES = {
  proxy: ({ classes, height, width }: { classes: number; height: number; width: number }): Size => ({
    C: 4,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  stemless: ({ classes }: { classes: number }): Size => ({
    C: 2,
    numClasses: classes,
    inputShape: [1, 3, 3],
  }),
  final: ({ classes, height, width }: { classes: number; height: number; width: number }): Size => ({
    C: 6,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
};

const IMAGES = { classes: 10, height: 32, width: 32 };

/** A chain of two edges with three operations each, to try metrics on: scored through its supernet, or without one. */
export function smallSpace(options: { readonly supernet: boolean }): Space<ChosenArchitecture, Size> {
  const space = defineSpace<Size, Size>({
    name: options.supernet ? 'small-chain' : 'small-chain-without-supernet',
    decisions: DECISIONS,
    sizes: SIZES,
    network: (choices, size = SIZES.final(IMAGES)) =>
      network(size, (graph, input, edge) => apply(graph, input, edge, choices[edge]!, size.C)),
    supernet: options.supernet
      ? {
          sizes: SIZES,
          build: (size) =>
            network(size, (graph, input, edge) =>
              graph.mix(
                OPS.map((op) => ({
                  input: apply(graph, input, edge, op, size.C),
                  slot: graph.slot(slotName(edge, op)),
                })),
              ),
            ),
        }
      : undefined,
  });
  return {
    ...space,
    // Each edge leads to the next node.
    skipSpans: ({ choices }) => Object.values(choices).flatMap((op) => (op === 'skip' ? [0] : [])),
  };
}

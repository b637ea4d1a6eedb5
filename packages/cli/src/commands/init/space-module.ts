/** A space in JavaScript that works as it is. */
export function spaceModule(name: string): string {
  return `// A search space of tenas. What it comes to: tenas info --space ./${name}.mjs
// How to write one: docs/extending.md
import { GraphBuilder } from '@tenas/graph';
import { defineSpace, slotName } from '@tenas/spaces';

/** The decisions: an operation for each of three layers. */
const layers = ['layer1', 'layer2', 'layer3'];
const ops = ['skip', 'conv1', 'conv3', 'pool'];

/** Stem, a layer after the other, classifier. \`add\` adds one layer. */
function build({ C, numClasses, inputShape }, add) {
  const graph = new GraphBuilder();
  const stem = graph.conv2d(graph.input(inputShape), { name: 'stem', outChannels: C, kernel: 3, padding: 1 });
  let last = graph.batchNorm(stem, { name: 'stem.bn' });
  for (const layer of layers) last = add(graph, last, layer);
  return graph.build(graph.linear(graph.globalAvgPool(last), { name: 'classifier', outFeatures: numClasses }));
}

/** What an operation makes of its input. Names of parameters are stable: initial weights depend on them. */
function apply(graph, input, layer, op) {
  if (op === 'skip') return input;
  if (op === 'pool') return graph.avgPool2d(input, { kernel: 3, stride: 1, padding: 1 });
  const kernel = Number(op.slice(-1));
  const conv = graph.conv2d(graph.relu(input), {
    name: \`\${layer}.\${op}\`,
    outChannels: graph.shapeOf(input)[0],
    kernel,
    padding: (kernel - 1) / 2,
  });
  return graph.batchNorm(conv, { name: \`\${layer}.\${op}.bn\` });
}

/** Sizes of networks. The command sets C, numClasses and inputShape by these names. */
const sized = (C) => (images) => ({
  C,
  numClasses: images.classes,
  inputShape: [3, images.height, images.width],
});

export default defineSpace({
  name: '${name}',
  title: 'A space of ${name}',
  decisions: layers.map((layer) => ({ name: layer, choices: ops })),
  // An architecture's text: conv3-skip-pool.
  separator: '-',
  sizes: { proxy: sized(4), final: sized(16) },
  network: (choices, size = sized(16)({ classes: 10, height: 32, width: 32 })) =>
    build(size, (graph, node, layer) => apply(graph, node, layer, choices[layer])),
  // One network with every operation, each switched by a slot: \`tenas info --space\` names the strategies that work.
  supernet: {
    sizes: {
      proxy: sized(4),
      stemless: ({ classes }) => ({ C: 2, numClasses: classes, inputShape: [1, 3, 3] }),
    },
    build: (size) =>
      build(size, (graph, node, layer) =>
        graph.mix(
          ops.map((op) => ({ input: apply(graph, node, layer, op), slot: graph.slot(slotName(layer, op)) })),
          { name: layer },
        ),
      ),
  },
});
`;
}

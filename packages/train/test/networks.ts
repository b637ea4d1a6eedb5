import type { ImageSource } from '@tenas/data';
import { type Graph, GraphBuilder } from '@tenas/graph';
import { QUICK_RECIPE, type TrainingRecipe } from '@tenas/spaces';

/** The quick recipe without augmentation, in batches of 16. */
export const PLAIN: TrainingRecipe = {
  ...QUICK_RECIPE,
  name: 'plain',
  batchSize: 16,
  augmentation: { padding: 0, flip: false, cutout: 0 },
};

/** Two convolutions and a classifier. */
export function smallNetwork({ side = 8, channels = 8, classes = 10, inputs = 3 } = {}): Graph {
  const graph = new GraphBuilder();
  let features = graph.input([inputs, side, side]);
  for (const name of ['first', 'second']) {
    const made = graph.conv2d(features, { name, outChannels: channels, kernel: 3, padding: 1 });
    features = graph.relu(graph.batchNorm(made, { name: `${name}_norm` }));
  }
  const pooled = graph.globalAvgPool(features);
  return graph.build(graph.linear(pooled, { name: 'classifier', outFeatures: classes, bias: true }));
}

/** Noise whose labels say nothing of the images. */
export function shuffledImages(size: number, side = 8): ImageSource {
  return {
    name: 'synthetic',
    classes: 10,
    size,
    height: side,
    width: side,
    mean: [125, 125, 125],
    std: [60, 60, 60],
    fingerprint: `shuffled-${size}-${side}`,
    read: async (indices) =>
      indices.map((index) =>
        Uint8Array.from({ length: 3 * side * side }, (_, place) => noise(index * 4096 + place) % 256),
      ),
    labels: async (indices) => Int32Array.from(indices, (index) => noise(index) % 10),
  };
}

function noise(number: number): number {
  const x = Math.imul(number ^ (number >>> 16) ^ 0x9e3779b9, 0x21f0aaad);
  const y = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (y ^ (y >>> 15)) >>> 0;
}

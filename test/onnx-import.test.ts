import { openDataset } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import { Evaluator, listMetrics, type MetricChoice } from '@tenas/metrics';
import { Program } from '@tenas/native';
import { exportOnnx, importOnnx } from '@tenas/onnx';
import { givenNetwork, listSpaces } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { smallSize } from './support/small-size.js';
import { THOROUGH } from './support/thorough.js';
import { writtenGraph } from './support/written-graph.js';

/** `npm run check:exports` reads back 20, `npm test` fewer. */
const ARCHITECTURES = THOROUGH ? 20 : 6;

function seeded(graph: Graph, seed: number): Float32Array {
  using program = Program.compile(graph);
  return program.seededWeights({ seed, repeat: 0, init: 'kaiming_fan_out' });
}

function same(a: Uint8Array | Float32Array, b: Uint8Array | Float32Array): boolean {
  const bytes = (array: Uint8Array | Float32Array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return bytes(a).equals(bytes(b));
}

/** Metrics on the network to train: those that count on it, and those that can look at it, on batches of 4. */
const metrics = listMetrics().flatMap((metric): MetricChoice[] => {
  if ('count' in metric) return [metric.name];
  if (!('pass' in metric)) return [];
  const fitting = [{ network: 'final', batchSize: 4 }, { network: 'final' }].find(
    (settings) => metric.settings.safeParse(settings).success,
  );
  return fitting === undefined ? [] : [{ metric: metric.name, settings: fitting }];
});

describe.each(listSpaces().map((space) => [space.name, space] as const))('ONNX of %s', (_, space) => {
  const networks = space.sample({ count: ARCHITECTURES, seed: 3 }).map((architecture, number) => {
    const size = smallSize(space, number);
    return { architecture, size, graph: space.network(architecture, size), seed: number };
  });

  it('is read as the network that was written, with its weights', async () => {
    for (const { graph, seed } of networks) {
      const weights = seeded(graph, seed);
      const bytes = exportOnnx(graph, weights);
      const read = importOnnx(bytes);
      const written = writtenGraph(graph, weights);
      expect(read.graph.nodes).toEqual(written.graph.nodes);
      expect(read.graph.params).toEqual(written.graph.params);
      expect(same(await read.weights(), written.weights)).toBe(true);
      expect(same(exportOnnx(read.graph, written.weights), bytes)).toBe(true);
    }
  });

  it('has the scores of the network', async () => {
    const { graph, seed } = networks.find(
      ({ graph, seed }) => writtenGraph(graph, seeded(graph, seed)).whole,
    )!;
    const [, height, width] = graph.nodes[graph.input]!.shape;
    expect(height).toBe(width);
    const source = await openDataset({ dataset: 'synthetic', size: height });
    const scoresOf = async (of: Graph) => {
      const own = givenNetwork({ space: 'onnx', text: 'net.onnx', graph: of });
      using evaluator = new Evaluator({ space: own, source, metrics, repeats: 1, device: 'cpu' });
      const [scored] = await evaluator.score(['net.onnx']);
      return Object.fromEntries(
        Object.entries(scored!.scores).map(([name, { value, repeats, failures }]) => [
          name,
          { value, repeats, failures },
        ]),
      );
    };
    // A file does not say where blocks end.
    const { blocks: _, ...unmarked } = graph;
    const scores = await scoresOf(importOnnx(exportOnnx(graph, seeded(graph, seed))).graph);
    expect(Object.keys(scores).length).toBeGreaterThan(5);
    expect(scores).toEqual(await scoresOf(unmarked));
  });
});

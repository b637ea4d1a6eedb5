import { type Graph, GraphBuilder, validateGraph, withPixelHead } from '@tenas/graph';
import { describe, expect, it } from 'vitest';

function network(end: (graph: GraphBuilder, features: number) => number): Graph {
  const graph = new GraphBuilder();
  const image = graph.input([1, 8, 6]);
  const stem = graph.markBlock(graph.conv2d(image, { name: 'stem', outChannels: 4, kernel: 3, padding: 1 }));
  const slot = graph.slot('edge/skip');
  return graph.build(end(graph, graph.relu(graph.mix([{ input: stem, slot }], { name: 'sum' }))));
}

const classifier = network((graph, features) =>
  graph.linear(graph.globalAvgPool(features), { name: 'classifier', outFeatures: 5 }),
);

describe('a head for each pixel', () => {
  it('answers for each place of the last features, with parameters of the same names and numbers', () => {
    const graph = withPixelHead(classifier, [8, 6]);
    validateGraph(graph);
    expect(graph.nodes[graph.output]).toMatchObject({ op: 'conv2d', name: 'classifier', shape: [5, 8, 6] });
    expect(graph.nodes).toHaveLength(classifier.nodes.length - 1);
    expect(graph.nodes.map(({ id }) => id)).toEqual([...graph.nodes.keys()]);
    expect(graph.params.map(({ name }) => name)).toEqual(classifier.params.map(({ name }) => name));
    expect(graph.params.slice(-2)).toMatchObject([
      { kind: 'convWeight', shape: [5, 4, 1, 1] },
      { kind: 'convBias', shape: [5] },
    ]);
    expect(graph.observed).toEqual(classifier.observed);
    expect(graph.blocks).toEqual(classifier.blocks);
    expect(graph.slots).toEqual(classifier.slots);
  });

  it('is not added where an image has one label', () => {
    expect(withPixelHead(classifier, undefined)).toBe(classifier);
  });

  it('needs an average of all places before a linear layer, which nothing else reads', () => {
    const message =
      'a head for each pixel needs a network that ends in a global average pooling and a linear layer';
    const averaged = network((graph, features) => graph.globalAvgPool(features));
    expect(() => withPixelHead(averaged, [8, 6])).toThrow(message);
    const scaled = network((graph, features) => {
      const mean = graph.globalAvgPool(features);
      graph.markBlock(graph.scale(features, mean));
      return graph.linear(mean, { name: 'classifier', outFeatures: 5 });
    });
    expect(() => withPixelHead(scaled, [8, 6])).toThrow(message);
  });
});

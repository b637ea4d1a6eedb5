import { describe, expect, it } from 'vitest';
import { blockOutputs, GraphBuilder, graphFromJson, graphToJson, type NodeId } from '../src/index.js';

/** Convolution, batch norm and ReLU. */
function layer(graph: GraphBuilder, input: NodeId, name: string): NodeId {
  const conv = graph.conv2d(input, { name, outChannels: 2, kernel: 3, padding: 1 });
  return graph.relu(graph.batchNorm(conv, { name: `${name}.bn` }), `${name}.relu`);
}

function classified(graph: GraphBuilder, features: NodeId) {
  return graph.build(graph.linear(graph.globalAvgPool(features), { name: 'classifier', outFeatures: 3 }));
}

describe('where the blocks of a network end', () => {
  it('is what its space marked, and stays with the graph as text', () => {
    const graph = new GraphBuilder();
    const stem = graph.markBlock(layer(graph, graph.input([3, 4, 4]), 'a'));
    // A layer that passes its input on marks the same node again.
    graph.markBlock(stem);
    const last = graph.markBlock(layer(graph, layer(graph, stem, 'b'), 'c'));
    const built = classified(graph, last);
    expect(built.blocks).toEqual([stem, last]);
    expect(blockOutputs(built)).toEqual([stem, last]);
    expect(graphFromJson(graphToJson(built))).toEqual(built);
  });

  it('without marks is before each convolution of a chain, and before the average', () => {
    const graph = new GraphBuilder();
    const a = layer(graph, graph.input([3, 4, 4]), 'a');
    const b = graph.maxPool2d(layer(graph, a, 'b'), { kernel: 2 });
    const c = layer(graph, b, 'c');
    const built = classified(graph, c);
    expect(built.blocks).toBeUndefined();
    expect(blockOutputs(built)).toEqual([a, b, c]);
  });

  it('without marks is at the sum of a residual block, never inside; what the output does not need is no block', () => {
    const graph = new GraphBuilder();
    const stem = layer(graph, graph.input([3, 4, 4]), 'a');
    layer(graph, stem, 'unused');
    const inner = layer(graph, layer(graph, stem, 'b'), 'c');
    const sum = graph.mix([{ input: inner }, { input: stem }]);
    const last = layer(graph, graph.mix([{ input: layer(graph, sum, 'd') }, { input: sum }]), 'e');
    expect(blockOutputs(classified(graph, last))).toEqual([stem, sum, expect.any(Number), last]);
  });

  it('is nowhere in a network without convolutions', () => {
    const graph = new GraphBuilder();
    expect(blockOutputs(classified(graph, graph.input([3, 4, 4])))).toEqual([]);
  });

  it('is refused if it is no ascending list of nodes', () => {
    const graph = new GraphBuilder();
    const built = classified(graph, layer(graph, graph.input([3, 4, 4]), 'a'));
    for (const blocks of [[2, 1], [1, 1], [99], [-1], ['1'], 1]) {
      const text = JSON.stringify({ ...built, blocks });
      expect(() => graphFromJson(text)).toThrow(expect.objectContaining({ code: 'GRAPH_INVALID' }));
    }
  });
});

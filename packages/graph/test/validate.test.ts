import { expectBounded } from '@tenas/base/testing';
import { type Graph, GraphBuilder, graphFromJson, graphToJson, validateGraph } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, changedGraph, type Json, type Path } from '../../../test/support/changed-graph.js';
import { tenasErrorOf, unlessRefused } from '../../../test/support/expect-tenas-error.js';
import { randomGraph } from '../../../test/support/random-graph.js';

/** Nodes 0 input, 1 conv, 2 batch norm, 3 pool, 4 mix, 5 concat, 6 crop, 7 mean, 8 linear. */
function example(): Graph {
  const builder = new GraphBuilder();
  const input = builder.input([3, 6, 6], 'image');
  const conv = builder.conv2d(input, {
    name: 'conv',
    outChannels: 4,
    kernel: 3,
    padding: 1,
    groups: 1,
    bias: true,
  });
  const norm = builder.batchNorm(conv, { name: 'norm' });
  const pool = builder.avgPool2d(norm, { name: 'pool', kernel: 3, stride: 1, padding: 1 });
  const mix = builder.mix([{ input: norm, slot: builder.slot('a') }, { input: pool }], { name: 'mix' });
  const both = builder.concat([mix, norm], 'both');
  const crop = builder.pad2d(both, { name: 'crop', top: -1, bottom: 0, left: 0, right: 0 });
  return builder.build(builder.linear(builder.globalAvgPool(crop, 'mean'), { name: 'fc', outFeatures: 10 }));
}

describe('validateGraph', () => {
  it('accepts what the builder makes, also as parsed JSON', () => {
    expect(() => validateGraph(example())).not.toThrow();
    expect(() => validateGraph(JSON.parse(JSON.stringify(example())))).not.toThrow();
  });

  it.each<[path: Path, value: Json | undefined, field: string]>([
    [['nodes'], 5, 'graph.nodes'],
    [['nodes'], [], 'graph.nodes'],
    [['params'], null, 'graph.params'],
    [['slots'], {}, 'graph.slots'],
    [['slots'], ['a', 'a'], 'graph.slots[1]'],
    [['slots'], [7], 'graph.slots[0]'],
    [['slots'], [], 'mix.slots'],
    [['observed'], null, 'graph.observed'],
    [['observed'], [3], 'graph.observed[0]'],
    [['observed'], [4, 4], 'graph.observed[1]'],
    [['observed'], [99], 'graph.observed[0]'],
    [['input'], 1, 'graph.input'],
    [['output'], 9, 'graph.output'],
    [['output'], -1, 'graph.output'],
    [['output'], undefined, 'graph.output'],
    [['nodes', 1], null, '#1.record'],
    [['nodes', 1, 'op'], 'conv3d', 'conv.op'],
    [['nodes', 1, 'op'], '__proto__', 'conv.op'],
    [['nodes', 1, 'op'], 'toString', 'conv.op'],
    [['nodes', 1, 'op'], 'input', 'conv.op'],
    [['nodes', 1, 'name'], '', '#1.name'],
    [['nodes', 1, 'id'], 4, 'conv.id'],
    [['nodes', 1, 'shape'], [4, 6], 'conv.shape'],
    [['nodes', 1, 'shape'], [4, 5, 6], 'conv.shape'],
    [['nodes', 0, 'shape'], [3, 0, 6], 'image.shape'],
    [['nodes', 0, 'shape'], [65536, 65536, 65536], 'image.shape'],
    [['nodes', 1, 'input'], 1, 'conv.input'],
    [['nodes', 1, 'input'], 3, 'conv.input'],
    [['nodes', 1, 'input'], 0.5, 'conv.input'],
    [['nodes', 1, 'input'], '0', 'conv.input'],
    [['nodes', 1, 'groups'], 2, 'conv.groups'],
    [['nodes', 1, 'groups'], 0, 'conv.groups'],
    [['nodes', 1, 'kernel'], 3, 'conv.kernel'],
    [['nodes', 1, 'kernel'], [3, 300], 'conv.kernel'],
    [['nodes', 1, 'stride'], [0, 1], 'conv.stride'],
    [['nodes', 1, 'padding'], [2, 1], 'conv.shape'],
    [['nodes', 1, 'weight'], 1, 'conv.convWeight'],
    [['nodes', 1, 'weight'], 99, 'conv.convWeight'],
    [['nodes', 1, 'weight'], null, 'conv.weight'],
    [['nodes', 1, 'bias'], 3, 'conv.convBias'],
    [['nodes', 2, 'eps'], -1, 'norm.eps'],
    [['nodes', 2, 'eps'], null, 'norm.eps'],
    [['nodes', 2, 'runningVar'], 4, 'norm.bnRunningVar'],
    [['nodes', 3, 'countIncludePad'], 1, 'pool.countIncludePad'],
    [['nodes', 3, 'padding'], [2, 1], 'pool.padding'],
    [['nodes', 4, 'slots'], [0], 'mix.slots'],
    [['nodes', 4, 'slots'], [1, -1], 'mix.slots'],
    [['nodes', 4, 'inputs'], [2, 4], 'mix.inputs[1]'],
    [['nodes', 4, 'inputs'], [0, 3], 'mix.inputs[0]'],
    [['nodes', 5, 'inputs'], [], 'both.inputs'],
    [['nodes', 6, 'top'], 0.5, 'crop.top'],
    [['nodes', 6, 'top'], -6, 'crop.top and bottom'],
    [['nodes', 8, 'input'], 5, 'fc.input'],
    [['params', 0], 3, '#0.record'],
    [['params', 0, 'id'], 1, 'conv.weight.id'],
    [['params', 0, 'name'], 7, '#0.name'],
    [['params', 1, 'name'], 'conv.weight', 'conv.weight.name'],
    [['params', 0, 'kind'], 'convolution', 'conv.weight.kind'],
    [['params', 0, 'shape'], [4, 3, 3], 'conv.weight.shape'],
    [['params', 0, 'shape'], [4, 3, 3, 5], 'conv.weight.shape'],
    [['params', 0, 'shape'], [0, 3, 3, 3], 'conv.weight.shape'],
    [['params', 0, 'shape'], [65536, 65536, 3, 3], 'conv.weight.shape'],
  ])('refuses %j = %j, naming %s', (path, value, field) => {
    const error = tenasErrorOf(() => validateGraph(changed(example(), path, value)));
    expect(error.code).toBe('GRAPH_INVALID');
    expect(error.field).toBe(field);
    expect(error.message).toContain('must be');
  });

  it.each<[Path, Json, string]>([
    [['nodes', 1, 'function'], 'gelu', 'act.function'],
    [['nodes', 1, 'function'], 3, 'act.function'],
    [['nodes', 3, 'factor'], 0, 'scale.factor'],
    [['nodes', 3, 'factor'], 3, 'scale.factor'],
    [['nodes', 3, 'factor'], -1, 'scale.factor'],
    [['nodes', 4, 'channels'], [], 'select.channels'],
    [['nodes', 4, 'channels'], [0, 4], 'select.channels[1]'],
    [['nodes', 4, 'channels'], [-1], 'select.channels[0]'],
    [['nodes', 4, 'channels'], [2, 2], 'select.channels[1]'],
    [['nodes', 4, 'channels'], 2, 'select.channels'],
    [['nodes', 4, 'channels'], [1, 2, 0], 'select.shape'],
  ])('refuses activations, scales and selections with %j = %j, naming %s', (path, value, field) => {
    const builder = new GraphBuilder();
    const activated = builder.activation(builder.input([4, 3, 2]), 'swish', 'act');
    const scaled = builder.scale(activated, builder.globalAvgPool(activated, 'mean'), 'scale');
    const graph = builder.build(builder.selectChannels(scaled, [2, 0], 'select'));
    expect(graphFromJson(graphToJson(graph))).toEqual(graph);
    const error = tenasErrorOf(() => validateGraph(changed(graph, path, value)));
    expect(error.code).toBe('GRAPH_INVALID');
    expect(error.field).toBe(field);
  });

  it('refuses a parameter that two nodes use', () => {
    const builder = new GraphBuilder();
    const first = builder.conv2d(builder.input([1, 2, 2]), { name: 'a', outChannels: 1, kernel: 1 });
    const graph = builder.build(builder.conv2d(first, { name: 'b', outChannels: 1, kernel: 1 }));
    const error = tenasErrorOf(() => validateGraph(changed(graph, ['nodes', 2, 'weight'], 0)));
    expect(error.message).toContain(`'b'`);
    expect(error.message).toContain('no other node uses');
  });

  it('refuses nodes that are too large together', () => {
    const builder = new GraphBuilder();
    let last = builder.input([1, 16_384, 16_384]);
    for (let k = 0; k < 8; k++) last = builder.relu(last);
    expect(tenasErrorOf(() => builder.build(last)).field).toBe('graph.size of all nodes');
  });

  it.each([[null], [undefined], [3], ['graph'], [[]], [{}]])('refuses %j', (value) => {
    expect(tenasErrorOf(() => validateGraph(value)).code).toBe('GRAPH_INVALID');
  });

  it('refuses lists with holes', () => {
    const error = tenasErrorOf(() => validateGraph(changed(example(), ['nodes', 3], undefined)));
    expect(error.field).toBe('#3.record');
    expect(
      tenasErrorOf(() => validateGraph(changed(example(), ['nodes', 1, 'kernel', 0], undefined))).field,
    ).toBe('conv.kernel');
  });

  it('keeps messages short whatever is in the graph', () => {
    const name = 'x'.repeat(100_000);
    const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as Json;
    const copy = JSON.parse(JSON.stringify(example())) as { nodes: { name: string; shape: Json }[] };
    copy.nodes[1]!.name = name;
    copy.nodes[1]!.shape = deep;
    expect(tenasErrorOf(() => validateGraph(copy)).message.length).toBeLessThan(1000);
  });

  it('throws nothing but TenasError for a graph with any place changed', () => {
    fc.assert(
      fc.property(changedGraph(), (other) => {
        unlessRefused(() => validateGraph(other));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('graphToJson and graphFromJson', () => {
  it('round trip random graphs, with the same text again', () => {
    fc.assert(
      fc.property(randomGraph({ classifier: 'sometimes' }), ({ graph }) => {
        const text = graphToJson(graph);
        expect(graphFromJson(text)).toEqual(graph);
        expect(graphToJson(graphFromJson(text))).toBe(text);
      }),
    );
  });

  it('refuse text that is not JSON or not a graph', () => {
    expect(tenasErrorOf(() => graphFromJson('{')).field).toBe('text');
    const nested = '['.repeat(50_000_000);
    const lists = `{"nodes":[${'[],'.repeat(5_000_000)}[]]}`;
    for (const hostile of [nested, lists]) {
      const error = expectBounded({ seconds: 2, mebibytes: 100 }, () =>
        tenasErrorOf(() => graphFromJson(hostile)),
      );
      expect(error.code).toBe('GRAPH_INVALID');
    }
    expect(tenasErrorOf(() => graphFromJson('{"nodes": {}}')).field).toBe('graph.nodes');
  });
});

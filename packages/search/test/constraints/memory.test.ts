import { type Graph, liveNodes, nodeInputs, peakActivations, sizeOf } from '@tenas/graph';
import { getSpace, listSpaces } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { readConstraints, resolveConstraints } from '../../src/index.js';

const images = { name: 'synthetic', classes: 10, height: 32, width: 32 };
const WRITES_OVER = new Set(['batchNorm', 'relu', 'activation']);

/** The definition, node by node: what is there is what was computed and is still read. */
function peakByDefinition(graph: Graph): number {
  const live = liveNodes(graph);
  const nodes = graph.nodes.filter(({ id }) => live[id]);
  const last = new Map(nodes.map(({ id }) => [id, id as number]));
  for (const node of nodes) for (const input of nodeInputs(node)) last.set(input, node.id);
  last.set(graph.output, Number.POSITIVE_INFINITY);
  return Math.max(
    ...nodes.map((node) => {
      const there = nodes.filter(({ id }) => id <= node.id && last.get(id)! >= node.id);
      const held = there.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
      const [input] = nodeInputs(node);
      const over = WRITES_OVER.has(node.op) && last.get(input!) === node.id;
      return over ? held - sizeOf(node.shape) : held;
    }),
  );
}

describe('memory', () => {
  it.each(listSpaces().map(({ name }) => name))(
    'of %s holds what is still read, and nothing else',
    (name) => {
      const space = getSpace(name);
      const size = space.sizes.final(images);
      const [memory] = resolveConstraints(readConstraints(['memory<=1GiB']), { space, images });
      for (const architecture of space.sample({ count: 3, seed: 5 })) {
        const graph = space.network(architecture, size);
        const peak = peakActivations(graph);
        expect(peak).toBe(peakByDefinition(graph));
        const parameters = graph.params.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
        expect(memory!.costOf(architecture)).toBe(4 * (parameters + peak));
        expect(space.costs(size).values?.(architecture) ?? parameters + peak).toBe(parameters + peak);
        // Asked again, it is the same.
        expect(memory!.costOf(architecture)).toBe(memory!.costOf(space.parse(space.format(architecture))));
      }
    },
  );

  it('does not grow with the number of cells but by their parameters', () => {
    const space = getSpace('nas-bench-201');
    for (const architecture of space.sample({ count: 30, seed: 6 })) {
      const [few, many] = [1, 5].map((N) => peakActivations(space.network(architecture, { N })));
      expect(many, space.format(architecture)).toBe(few);
    }
  });
});

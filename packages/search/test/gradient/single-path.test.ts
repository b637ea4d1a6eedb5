import { RandomStream } from '@tenas/base';
import { liveNodes, nodeParams } from '@tenas/graph';
import { Program } from '@tenas/native';
import { nasBench201 } from '@tenas/spaces';
import { expect, it } from 'vitest';
import { EdgeSums } from '../../src/supernet-training/edge-sums.js';
import { Paths } from '../../src/supernet-training/paths.js';

it('a drawn path has the loss of the network of its architecture alone, to the bit, and its step', async () => {
  const size = { C: 2, N: 1, inputShape: [3, 8, 8] as const };
  const { graph } = nasBench201.supernet.build(size);
  const edges = new EdgeSums(graph);
  const paths = new Paths(nasBench201.supernet.decisions, graph.slots);
  const random = new RandomStream('single path');
  const batch = {
    images: Float32Array.from({ length: 9 * 3 * 64 }, () => random.normal()),
    labels: Int32Array.from({ length: 9 }, () => random.below(10)),
  };
  using supernet = Program.compile(edges.graph);
  await using shared = supernet.trainer({
    weights: { kind: 'seeded', seed: 5, repeat: 0, init: 'pytorch' },
    optimiser: { kind: 'sgd' },
  });
  for (const architecture of nasBench201.sample({ count: 6, seed: 8 })) {
    const path = paths.ofChoices(nasBench201.choicesOf(architecture));
    const live = liveNodes(graph, path);
    const used = graph.nodes
      .filter(({ id }) => live[id])
      .flatMap((node) => nodeParams(node).map((param) => graph.params[param]!.name));
    const values = await shared.parameters();
    const weights = used.flatMap((name) => [...(values.get(name)!.data as Float32Array)]);
    const network = nasBench201.network(architecture, size);
    using single = Program.compile(network);
    await using alone = single.trainer({
      weights: { kind: 'explicit', data: Float32Array.from(weights) },
      optimiser: { kind: 'sgd' },
    });
    const step = { ...batch, learningRate: 0.05 };
    const coefficients = edges.coefficients(path, { sums: false });
    const [one, other] = [await shared.step({ ...step, coefficients }), await alone.step(step)];
    expect(one.loss).toBe(other.loss);
    const [moved, own] = [await shared.parameters(), await alone.parameters()];
    for (const [place, { name }] of network.params.entries()) {
      const [expected, found] = [own.get(name)!.data, moved.get(used[place]!)!.data];
      expect([...found].map(Number)).toEqual([...expected].map((one) => expect.closeTo(Number(one), 5)));
    }
  }
});

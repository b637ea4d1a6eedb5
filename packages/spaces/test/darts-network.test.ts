import { graphCost, type Shape } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ActiveOps,
  DARTS_EDGES,
  darts,
  dartsArchitecture,
  datasetShape,
  knownDartsGenotype,
  type NetworkConfig,
  sampleDarts,
  withoutOp,
} from '../src/index.js';

/** Millions of parameters, of multiply-adds, and of operations as tools of 2019 counted them. */
function costOf(name: string, config: NetworkConfig) {
  const graph = darts.network(darts.parse(name), config);
  const { params, macs } = graphCost(graph);
  const extra = graph.nodes.reduce((sum, { op, shape: [channels, height, width] }) => {
    const operations = op === 'batchNorm' ? 2 : op === 'relu' ? 1 : 0;
    return sum + operations * channels * height * width;
  }, 0);
  return { params: params / 1e6, macs: macs / 1e6, counted: (macs + extra) / 1e6 };
}

describe('final DARTS networks', () => {
  const cifar = darts.finalNetwork('cifar10');
  const imagenet = darts.finalNetwork('imagenet-1k');

  // Published: Liu et al. 2019 (tables 1 and 3), Xu et al. 2020 (tables 1 and 2), Chen et al. 2021 (table 3).
  it.each([
    { name: 'DARTS_V2', params: '3.3' },
    { name: 'PC_DARTS_cifar', params: '3.6' },
  ])('$name has the published $params M parameters on CIFAR-10', ({ name, params }) => {
    expect(costOf(name, cifar).params.toFixed(1)).toBe(params);
  });

  it.each([
    { name: 'DARTS_V2', params: '4.7' },
    { name: 'PC_DARTS_cifar', params: '5.3' },
    { name: 'PC_DARTS_image', params: '5.3' },
    { name: 'TENAS_imagenet', params: '5.4' },
  ])('$name has the published $params M parameters on ImageNet', ({ name, params }) => {
    expect(costOf(name, imagenet).params.toFixed(1)).toBe(params);
  });

  // Tools of 2019 added 2 operations an element for batch norm and 1 for ReLU to the multiply-adds of convolutions and
  // classifier. So counted, PC-DARTS has exactly its published figures, and DARTS_V2 the 544 M that others measured
  // (quark0/darts issue 46); how its authors arrived at 574 M is not known.
  it.each([
    { name: 'PC_DARTS_cifar', multiplyAdds: '586' },
    { name: 'PC_DARTS_image', multiplyAdds: '597' },
    { name: 'DARTS_V2', multiplyAdds: '544' },
  ])('$name has $multiplyAdds M operations on ImageNet as they were counted', ({ name, multiplyAdds }) => {
    expect(costOf(name, imagenet).counted.toFixed(0)).toBe(multiplyAdds);
  });

  it.each([
    { name: 'DARTS_V1', params: 3_169_414, large: 4_510_432, macs: 505_864_704 },
    { name: 'DARTS_V2', params: 3_349_342, large: 4_718_752, macs: 529_911_552 },
    { name: 'PC_DARTS_cifar', params: 3_634_678, large: 5_270_560, macs: 571_137_408 },
    { name: 'PC_DARTS_image', params: 3_721_510, large: 5_342_464, macs: 581_627_328 },
    { name: 'TENAS_cifar10', params: 4_137_526, large: 5_868_640, macs: 641_415_168 },
    { name: 'TENAS_imagenet', params: 3_779_398, large: 5_420_416, macs: 590_414_400 },
  ])('$name keeps its exact counts', ({ name, params, large, macs }) => {
    const architecture = darts.parse(name);
    expect(graphCost(darts.network(architecture, cifar)).params).toBe(params);
    expect(graphCost(darts.network(architecture, imagenet))).toMatchObject({ params: large, macs });
  });

  it('names parameters as the community does', () => {
    const names = new Set(darts.network(knownDartsGenotype('DARTS_V2')!).params.map((param) => param.name));
    for (const name of [
      'stem.0.weight',
      'stem.1.running_var',
      'cells.0.preprocess0.op.1.weight',
      'cells.0._ops.0.op.1.weight',
      'cells.0._ops.0.op.6.weight',
      'cells.0._ops.0.op.7.bias',
      'cells.0._ops.7.op.3.weight',
      'cells.6.preprocess0.op.1.weight',
      'cells.7.preprocess0.conv_1.weight',
      'cells.7.preprocess0.conv_2.weight',
      'cells.7.preprocess0.bn.weight',
      'cells.19.preprocess1.op.2.running_mean',
      'classifier.weight',
      'classifier.bias',
    ]) {
      expect(names).toContain(name);
    }
    expect([...names].filter((name) => name.startsWith('cells.6._ops.0'))).toEqual([]);
    const large = darts.network(knownDartsGenotype('DARTS_V2')!, { macro: 'imagenet', layers: 3, C: 8 });
    const shapes = new Map(large.params.map((param) => [param.name, [...param.shape]]));
    expect(shapes.get('stem0.0.weight')).toEqual([4, 3, 3, 3]);
    expect(shapes.get('stem0.3.weight')).toEqual([8, 4, 3, 3]);
    expect(shapes.get('stem1.1.weight')).toEqual([8, 8, 3, 3]);
    expect(shapes.get('cells.0.preprocess0.conv_1.weight')).toEqual([4, 8, 1, 1]);
  });

  it('keeps the parameters of an input that the genotype does not read', () => {
    const { normal, reduce } = knownDartsGenotype('DARTS_V2')!;
    const inputs = normal.inputs.map(({ op, state }) => ({ op, state: Math.max(1, state) }));
    const architecture = dartsArchitecture({ normal: { ...normal, inputs }, reduce });
    const config = { C: 4, layers: 3, inputShape: [3, 8, 8] as Shape };
    const same = graphCost(darts.network(knownDartsGenotype('DARTS_V2')!, config)).params;
    expect(graphCost(darts.network(architecture, config)).params).toBe(same);
  });

  it('takes any even C, depth, classes and image size', () => {
    fc.assert(
      fc.property(
        fc.record({
          C: fc.integer({ min: 1, max: 4 }).map((half) => 2 * half),
          layers: fc.integer({ min: 1, max: 6 }),
          numClasses: fc.integer({ min: 1, max: 12 }),
          height: fc.integer({ min: 1, max: 40 }),
          width: fc.integer({ min: 1, max: 40 }),
        }),
        fc.constantFrom('cifar' as const, 'imagenet' as const),
        fc.nat(),
        ({ C, layers, numClasses, height, width }, macro, seed) => {
          const [architecture] = sampleDarts({ count: 1, seed });
          const config = { macro, C, layers, numClasses, inputShape: [3, height, width] as Shape };
          const graph = darts.network(architecture!, config);
          expect(graph.nodes[graph.output]!.shape).toEqual([numClasses, 1, 1]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    { config: { C: 35 }, field: 'C' },
    { config: { N: 5 }, field: 'N' },
    { config: { layers: 0 }, field: 'layers' },
    { config: { macro: 'imagenet' as const, stemMultiplier: 3 }, field: 'stemMultiplier' },
    { config: { macro: 'svhn' as 'cifar' }, field: 'macro' },
  ])('refuses $config', ({ config, field }) => {
    expect(() => darts.network(knownDartsGenotype('DARTS_V2')!, config)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field }),
    );
  });
});

describe('DARTS supernet', () => {
  const supernet = darts.supernet(darts.ntkNetwork(datasetShape('cifar10')));

  it('has 14 sorted edges in four groups', () => {
    expect(DARTS_EDGES).toHaveLength(14);
    expect([...DARTS_EDGES].sort()).toEqual(DARTS_EDGES);
    const { groups, keep } = darts.edgePruning!;
    expect(keep).toBe(2);
    for (const [node, [start, end]] of groups.entries()) {
      for (const edge of DARTS_EDGES.slice(start, end)) expect(edge.startsWith(`${node}<-`)).toBe(true);
    }
  });

  it('has the protocol sizes', () => {
    expect(darts.ntkNetwork(datasetShape('imagenet-1k'))).toMatchObject({
      C: 1,
      depth: 2,
      useStem: true,
      stemMultiplier: 1,
      numClasses: 1000,
      inputShape: [3, 32, 32],
    });
    expect(darts.regionNetwork(datasetShape('cifar10'))).toMatchObject({
      C: 1,
      useStem: false,
      inputShape: [1, 3, 3],
    });
    expect(darts.finalNetwork('cifar10')).toMatchObject({
      macro: 'cifar',
      C: 36,
      layers: 20,
      stemMultiplier: 3,
    });
    expect(darts.finalNetwork({ classes: 7, height: 16, width: 24 })).toMatchObject({
      numClasses: 7,
      inputShape: [3, 16, 24],
    });
  });

  it('has a slot for each cell type, edge and operation but none', () => {
    expect(supernet.graph.slots).toHaveLength(2 * 14 * 7);
    expect(new Set(supernet.graph.slots).size).toBe(2 * 14 * 7);
    const full = supernet.coefficients(darts.fullActive());
    expect([...full]).toEqual(Array(196).fill(1 / 7));
  });

  it('takes any C, N, depth and image size', () => {
    fc.assert(
      fc.property(
        fc.record({
          C: fc.integer({ min: 1, max: 3 }),
          N: fc.integer({ min: 1, max: 2 }),
          depth: fc.constantFrom(-1, 1, 2, 3, 4),
          stemMultiplier: fc.integer({ min: 1, max: 3 }),
        }),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        ({ C, N, depth, stemMultiplier }, useStem, size) => {
          const inputShape: Shape = [useStem ? 3 : C * stemMultiplier, size, size];
          const { graph } = darts.supernet({ C, N, depth, stemMultiplier, useStem, inputShape });
          expect(graph.nodes[graph.output]!.shape).toEqual([10, 1, 1]);
          const cells = Math.min(3 * N, depth === -1 ? 3 * N : depth);
          expect(graph.slots).toHaveLength(cells > N ? 196 : 98);
        },
      ),
      { numRuns: 30 },
    );
  });

  /** One operation an edge, and only the first two edges of each node. */
  function decided(): ActiveOps {
    let active = darts.fullActive();
    for (const cell of darts.cellTypes) {
      for (const [position, edge] of DARTS_EDGES.entries()) {
        const kept = darts.edgePruning!.groups.some(
          ([start]) => position === start || position === start + 1,
        );
        for (const op of active[cell]![edge]!.slice(kept ? 1 : 0))
          active = withoutOp(active, { cell, edge, op });
      }
    }
    return active;
  }

  it('gives the genotype when two edges a node are left', () => {
    const genotype = darts.genotypeOf(decided());
    expect(genotype).toContain("normal=[('skip_connect', 0), ('skip_connect', 1), ('skip_connect', 0)");
    expect(darts.activeOf(darts.parse(genotype))).toEqual(decided());
    expect(() => darts.genotypeOf(darts.fullActive())).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_UNDECIDED', field: 'normal.0<-0' }),
    );
    const one = withoutOp(decided(), { cell: 'reduce', edge: '2<-1', op: 'skip_connect' });
    expect(() => darts.genotypeOf(one)).toThrow(/node 2 of the reduce cell has 1 inputs/);
  });

  it('round-trips random architectures through active sets', () => {
    for (const architecture of sampleDarts({ count: 50, seed: 5 })) {
      expect(darts.architectureOf(darts.activeOf(architecture))).toEqual(architecture);
      expect(darts.parse(darts.format(architecture))).toEqual(architecture);
    }
    expect(sampleDarts({ count: 3, seed: 5 })).toEqual(sampleDarts({ count: 50, seed: 5 }).slice(0, 3));
  });
});

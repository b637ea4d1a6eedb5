import { graphCost, type Shape } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DARTS_EDGES,
  type DartsOp,
  type DartsSize,
  type Domain,
  darts,
  dartsArchitecture,
  datasetShape,
  knownDartsGenotype,
  sampleDarts,
} from '../src/index.js';

/** Millions of parameters, of multiply-adds, and of operations as tools of 2019 counted them. */
function costOf(name: string, size: DartsSize) {
  const graph = darts.network(darts.parse(name), size);
  const { params, macs } = graphCost(graph);
  const extra = graph.nodes.reduce((sum, { op, shape: [channels, height, width] }) => {
    const operations = op === 'batchNorm' ? 2 : op === 'relu' ? 1 : 0;
    return sum + operations * channels * height * width;
  }, 0);
  return { params: params / 1e6, macs: macs / 1e6, counted: (macs + extra) / 1e6 };
}

describe('final DARTS networks', () => {
  const cifar = darts.sizes.final(datasetShape('cifar10'));
  const imagenet = darts.sizes.final(datasetShape('imagenet-1k'));

  // Published: Liu et al. 2019 (tables 1 and 3), Xu et al. 2020 (tables 1 and 2), Chen et al. 2021 (table 3).
  it.each([
    { name: 'DARTS_V2', params: '3.3' },
    { name: 'PC_DARTS_cifar', params: '3.6' },
    { name: 'PDARTS', params: '3.4' },
    { name: 'GDAS_V1', params: '3.4' },
    { name: 'GDAS_F1', params: '2.5' },
  ])('$name has the published $params M parameters on CIFAR-10', ({ name, params }) => {
    expect(costOf(name, cifar).params.toFixed(1)).toBe(params);
  });

  it.each([
    { name: 'DARTS_V2', params: '4.7' },
    { name: 'PC_DARTS_cifar', params: '5.3' },
    { name: 'PC_DARTS_image', params: '5.3' },
    { name: 'TENAS_imagenet', params: '5.4' },
    { name: 'PDARTS', params: '4.9' },
  ])('$name has the published $params M parameters on ImageNet', ({ name, params }) => {
    expect(costOf(name, imagenet).params.toFixed(1)).toBe(params);
  });

  // Dong and Yang 2019, table 3: 50 and 52 channels.
  it.each([
    { name: 'GDAS_V1', C: 50, params: '5.3', macs: '581' },
    { name: 'GDAS_F1', C: 52, params: '4.4', macs: '497' },
  ])(
    '$name has the published $params M parameters and $macs M multiply-adds on ImageNet',
    ({ name, C, ...cost }) => {
      const { params, macs } = costOf(name, { ...imagenet, C });
      expect({ params: params.toFixed(1), macs: macs.toFixed(0) }).toEqual(cost);
    },
  );

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
    { name: 'PDARTS', params: 3_433_798, large: 4_944_352, macs: 542_819_328 },
    { name: 'SNAS', params: 2_661_382, large: 3_939_328, macs: 438_042_432 },
    { name: 'GDAS_V1', params: 3_368_782, large: 4_969_216, macs: 537_597_888 },
    { name: 'GDAS_F1', params: 2_543_014, large: 3_841_888, macs: 425_031_168 },
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
    const large = darts.network(knownDartsGenotype('DARTS_V2')!, { macro: 'imagenet', N: 3, C: 8 });
    const shapes = new Map(large.params.map((param) => [param.name, [...param.shape]]));
    expect(shapes.get('stem0.0.weight')).toEqual([4, 3, 3, 3]);
    expect(shapes.get('stem0.3.weight')).toEqual([8, 4, 3, 3]);
    expect(shapes.get('stem1.1.weight')).toEqual([8, 8, 3, 3]);
    expect(shapes.get('cells.0.preprocess0.conv_1.weight')).toEqual([4, 8, 1, 1]);
  });

  it('adds nothing for none, and no parameters', () => {
    const size = { C: 4, N: 3, inputShape: [3, 7, 7] as Shape };
    const none = darts.parse('DARTS_V2');
    const inputs = none.normal.inputs.map((input) => ({ ...input, op: 'none' as const }));
    const graph = darts.network(dartsArchitecture({ ...none, normal: { ...none.normal, inputs } }), size);
    expect(graph.params.filter(({ name }) => name.startsWith('cells.0._ops'))).toEqual([]);
    const node = graph.nodes.find(({ name }) => name === 'cells.0.node3')!;
    expect(node).toMatchObject({ op: 'mix', inputs: [], shape: [4, 7, 7] });
    const reduced = dartsArchitecture({ ...none, reduce: { ...none.reduce!, inputs } });
    expect(darts.network(reduced, size).nodes.find(({ name }) => name === 'cells.1.node0')!.shape).toEqual([
      8, 4, 4,
    ]);
  });

  it('keeps the parameters of an input that the genotype does not read', () => {
    const { normal, reduce } = knownDartsGenotype('DARTS_V2')!;
    const inputs = normal.inputs.map(({ op, state }) => ({ op, state: Math.max(1, state) }));
    const architecture = dartsArchitecture({ normal: { ...normal, inputs }, reduce });
    const config = { C: 4, N: 3, inputShape: [3, 8, 8] as Shape };
    const same = graphCost(darts.network(knownDartsGenotype('DARTS_V2')!, config)).params;
    expect(graphCost(darts.network(architecture, config)).params).toBe(same);
  });

  it('takes any even C, depth, classes and image size', () => {
    fc.assert(
      fc.property(
        fc.record({
          C: fc.integer({ min: 1, max: 4 }).map((half) => 2 * half),
          N: fc.integer({ min: 1, max: 6 }),
          numClasses: fc.integer({ min: 1, max: 12 }),
          height: fc.integer({ min: 1, max: 40 }),
          width: fc.integer({ min: 1, max: 40 }),
        }),
        fc.constantFrom('cifar' as const, 'imagenet' as const),
        fc.nat(),
        ({ C, N, numClasses, height, width }, macro, seed) => {
          const [architecture] = sampleDarts({ count: 1, seed });
          const config = { macro, C, N, numClasses, inputShape: [3, height, width] as Shape };
          const graph = darts.network(architecture!, config);
          expect(graph.nodes[graph.output]!.shape).toEqual([numClasses, 1, 1]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    { config: { C: 35 }, field: 'C' },
    { config: { N: 0 }, field: 'N' },
    { config: { useStem: false }, field: 'useStem' },
    { config: { macro: 'imagenet' as const, stemMultiplier: 3 }, field: 'stemMultiplier' },
    { config: { macro: 'svhn' as 'cifar' }, field: 'macro' },
  ])('refuses $config', ({ config, field }) => {
    expect(() => darts.network(knownDartsGenotype('DARTS_V2')!, config)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field }),
    );
  });
});

describe('networks apart from the DARTS supernet', () => {
  const { apart, sizes, build } = darts.supernet;
  const size = sizes.proxy(datasetShape('cifar10'));
  const { normal, reduce } = knownDartsGenotype('DARTS_V2')!;
  const operations = (op: DartsOp, state: number) => [
    { op, state },
    { op: 'skip_connect' as const, state: 1 },
    ...normal.inputs.slice(2),
  ];

  it.each([
    ['a genotype of the space', { normal, reduce }, false],
    [
      'none beside another operation',
      { normal: { ...normal, inputs: operations('none', 1) }, reduce },
      false,
    ],
    [
      'two operations from one state',
      { normal: { ...normal, inputs: operations('sep_conv_3x3', 1) }, reduce },
      true,
    ],
    ['one operation twice', { normal: { ...normal, inputs: operations('skip_connect', 1) }, reduce }, true],
    ['another order of the output', { normal: { ...normal, concat: [5, 4, 3, 2] }, reduce }, false],
    ['a part of the nodes', { normal, reduce: { ...reduce!, concat: [2, 4, 5] } }, true],
    ['an input in the output', { normal: { ...normal, concat: [1, 2, 3, 4, 5] }, reduce }, true],
    ['a fixed cell', { normal, reduce: null }, true],
  ])('are for what it cannot hold: %s', (_, cells, needed) => {
    const architecture = dartsArchitecture(cells);
    expect(apart!.needed(architecture)).toBe(needed);
    const graph = apart!.network(architecture, size);
    expect(graph.slots).toEqual([]);
    expect(graph.nodes[graph.output]!.shape).toEqual([10, 1, 1]);
  });

  it('have the parameters of the supernet', () => {
    const shapes = new Map(build(size).graph.params.map(({ name, shape }) => [name, String(shape)]));
    for (const architecture of sampleDarts({ count: 20, seed: 2 })) {
      for (const { name, shape } of apart!.network(architecture, size).params) {
        expect(shapes.get(name), name).toBe(String(shape));
      }
    }
    const twice = dartsArchitecture({
      normal: {
        ...normal,
        inputs: [
          ...operations('sep_conv_3x3', 1).slice(0, 1),
          ...operations('sep_conv_3x3', 1).slice(0, 1),
          ...normal.inputs.slice(2),
        ],
      },
      reduce,
    });
    const names = apart!.network(twice, size).params.map(({ name }) => name);
    expect(names).toContain('cells.0.edges.0<-1._ops.2.op_a.op.1.weight');
    expect(names).toContain('cells.0.edges.0<-1._ops.2.again.op_a.op.1.weight');
  });
});

describe('DARTS supernet', () => {
  const { sizes, build, full, domainOf, architectureOf, edgePruning } = darts.supernet;
  const supernet = build(sizes.proxy(datasetShape('cifar10')));

  it('has 14 sorted edges in four groups', () => {
    expect(DARTS_EDGES).toHaveLength(14);
    expect([...DARTS_EDGES].sort()).toEqual(DARTS_EDGES);
    const { groups, keep } = edgePruning!;
    expect(keep).toBe(2);
    expect(groups).toHaveLength(8);
    for (const [index, group] of groups.entries()) {
      const node = `${index < 4 ? 'normal' : 'reduce'}/${index % 4}<-`;
      expect(group).toHaveLength((index % 4) + 2);
      for (const decision of group) expect(decision.startsWith(node)).toBe(true);
    }
  });

  it('has the protocol sizes', () => {
    expect(sizes.proxy(datasetShape('imagenet-1k'))).toMatchObject({
      C: 1,
      depth: 2,
      useStem: true,
      stemMultiplier: 1,
      numClasses: 1000,
      inputShape: [3, 32, 32],
    });
    expect(sizes.deep!(datasetShape('cifar10'))).toMatchObject({ C: 4, N: 2, depth: 6, stemMultiplier: 1 });
    expect(sizes.stemless(datasetShape('cifar10'))).toMatchObject({
      C: 1,
      useStem: false,
      inputShape: [1, 3, 3],
    });
    expect(darts.sizes.final(datasetShape('cifar10'))).toMatchObject({
      macro: 'cifar',
      C: 36,
      N: 20,
      stemMultiplier: 3,
    });
    expect(darts.sizes.final({ classes: 7, height: 16, width: 24 })).toMatchObject({
      numClasses: 7,
      inputShape: [3, 16, 24],
    });
  });

  it('has a slot for each cell type, edge and operation but none', () => {
    expect(supernet.graph.slots).toHaveLength(2 * 14 * 7);
    expect(new Set(supernet.graph.slots).size).toBe(2 * 14 * 7);
    expect([...supernet.coefficients(full())]).toEqual(Array(196).fill(1 / 7));
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
          const { graph } = build({ C, N, depth, stemMultiplier, useStem, inputShape });
          expect(graph.nodes[graph.output]!.shape).toEqual([10, 1, 1]);
          const cells = Math.min(3 * N, depth === -1 ? 3 * N : depth);
          expect(graph.slots).toHaveLength(cells > N ? 196 : 98);
        },
      ),
      { numRuns: 30 },
    );
  });

  /** One operation an edge, and only the first two edges of each node. */
  function decided(): Domain {
    const kept = new Set(edgePruning!.groups.flatMap((group) => group.slice(0, 2)));
    return Object.fromEntries(
      Object.entries(full()).map(([decision, open]) => [decision, open.slice(0, kept.has(decision) ? 1 : 0)]),
    );
  }

  it('gives the genotype when two edges a node are left', () => {
    const genotype = darts.format(architectureOf(decided()));
    expect(genotype).toContain("normal=[('skip_connect', 0), ('skip_connect', 1), ('skip_connect', 0)");
    expect(domainOf(darts.parse(genotype))).toEqual(decided());
    expect(() => architectureOf(full())).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_UNDECIDED', field: 'normal/0<-0' }),
    );
    const one = { ...decided(), 'reduce/2<-1': [] };
    expect(() => architectureOf(one)).toThrow(/node 2 of the reduce cell has 1 inputs/);
  });

  it('round-trips random architectures through domains', () => {
    for (const architecture of sampleDarts({ count: 50, seed: 5 })) {
      expect(architectureOf(domainOf(architecture))).toEqual(architecture);
      expect(darts.parse(darts.format(architecture))).toEqual(architecture);
    }
    expect(sampleDarts({ count: 3, seed: 5 })).toEqual(sampleDarts({ count: 50, seed: 5 }).slice(0, 3));
  });
});

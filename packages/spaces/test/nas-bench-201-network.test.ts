import { readFileSync } from 'node:fs';
import { TenasError } from '@tenas/base';
import { graphCost, type Shape } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  datasetShape,
  NAS_BENCH_201_SIZE,
  nasBench201,
  nasBench201At,
  parseNasBench201,
  sampleNasBench201,
  withoutChoice,
} from '../src/index.js';
import { referenceData } from './reference-data.js';

const CONVS =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';

describe('NAS-Bench-201 networks', () => {
  it('counts the parameters that the benchmark reports for its smallest and largest network', () => {
    expect(graphCost(nasBench201.network(nasBench201At(0))).params).toBe(73_306);
    expect(graphCost(nasBench201.network(parseNasBench201(CONVS))).params).toBe(1_531_546);
  });

  const csv = referenceData('data/nas-bench-201/accuracy.csv');
  it.skipIf(csv.absent)(`counts the published parameters of 60 random architectures${csv.note}`, () => {
    const [header, ...rows] = readFileSync(csv.path, 'utf8').trim().split(/\r?\n/);
    const columns = header!.split(',');
    const published = new Map(
      rows.map((row) => {
        const fields = row.split(',');
        return [fields[columns.indexOf('arch')]!, Number(fields[columns.indexOf('params_m_cifar10')])];
      }),
    );
    expect(published.size).toBe(NAS_BENCH_201_SIZE);
    for (const architecture of sampleNasBench201({ count: 60, seed: 1 })) {
      const { params } = graphCost(nasBench201.network(architecture));
      expect(params / 1e6).toBeCloseTo(published.get(nasBench201.format(architecture))!, 6);
    }
  });

  it('takes any C, N, classes and image size', () => {
    fc.assert(
      fc.property(
        fc.record({
          C: fc.integer({ min: 1, max: 9 }),
          N: fc.integer({ min: 1, max: 3 }),
          numClasses: fc.integer({ min: 1, max: 30 }),
          size: fc.integer({ min: 1, max: 6 }),
          channels: fc.integer({ min: 1, max: 4 }),
        }),
        fc.nat(NAS_BENCH_201_SIZE - 1),
        ({ C, N, numClasses, size, channels }, index) => {
          const inputShape: Shape = [channels, 4 * size, 4 * size];
          const graph = nasBench201.network(nasBench201At(index), { C, N, numClasses, inputShape });
          expect(graph.nodes[graph.output]!.shape).toEqual([numClasses, 1, 1]);
          expect(graph.slots).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    { config: { C: 0 }, field: 'C' },
    { config: { N: 2.5 }, field: 'N' },
    { config: { N: 1e9 }, field: 'N' },
    { config: { numClasses: Number.NaN }, field: 'numClasses' },
    { config: { inputShape: [3, 30, 30] as const }, field: 'inputShape' },
    { config: { inputShape: [3, 32, -1] as const }, field: 'inputShape[2]' },
    { config: { stemMultiplier: 3 }, field: 'stemMultiplier' },
  ])('refuses $config', ({ config, field }) => {
    expect(() => nasBench201.network(nasBench201At(1), config)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field }),
    );
  });
});

describe('NAS-Bench-201 supernet', () => {
  const { sizes, build, full, domainOf, architectureOf } = nasBench201.supernet;
  const size = sizes.proxy(datasetShape('cifar10'));
  const supernet = build(size);

  it('has the protocol sizes', () => {
    expect(size).toMatchObject({ C: 3, N: 1, numClasses: 10, inputShape: [3, 32, 32] });
    expect(sizes.proxy(datasetShape('imagenet16-120'))).toMatchObject({
      numClasses: 120,
      inputShape: [3, 16, 16],
    });
    expect(sizes.deep!(datasetShape('cifar100'))).toMatchObject({ C: 4, N: 3, depth: -1, numClasses: 100 });
    expect(sizes.stemless(datasetShape('cifar100'))).toMatchObject({
      C: 1,
      depth: 1,
      useStem: false,
    });
    expect(nasBench201.sizes.final(datasetShape('cifar100'))).toEqual({
      C: 16,
      N: 5,
      numClasses: 100,
      inputShape: [3, 32, 32],
    });
  });

  it('has a slot for each edge and operation but none, shared by the cells', () => {
    expect(supernet.graph.slots).toHaveLength(24);
    expect(supernet.graph.slots[0]).toBe('cell/1<-0/skip_connect');
    const mixes = supernet.graph.nodes.filter(
      (node) => node.op === 'mix' && node.slots.some((slot) => slot >= 0),
    );
    expect(mixes).toHaveLength(9);
  });

  it('averages the open operations of an edge', () => {
    const { slots } = supernet.graph;
    expect([...supernet.coefficients(full())]).toEqual(Array(24).fill(0.25));

    const pruned = withoutChoice(full(), { decision: 'cell/2<-1', choice: 'nor_conv_1x1' });
    const coefficients = supernet.coefficients(pruned);
    expect(coefficients[slots.indexOf('cell/2<-1/nor_conv_1x1')]).toBe(0);
    expect(coefficients[slots.indexOf('cell/2<-1/nor_conv_3x3')]).toBe(1 / 3);
    expect(coefficients[slots.indexOf('cell/2<-0/nor_conv_3x3')]).toBe(1 / 4);
  });

  it('counts none where it is open and gives nothing where nothing is', () => {
    const domain = { ...full(), 'cell/1<-0': ['none', 'skip_connect'], 'cell/3<-2': [] };
    const coefficients = supernet.coefficients(domain);
    expect(coefficients[supernet.graph.slots.indexOf('cell/1<-0/skip_connect')]).toBe(0.5);
    expect(coefficients[supernet.graph.slots.indexOf('cell/3<-2/skip_connect')]).toBe(0);
  });

  it.each<[string, unknown]>([
    ['domain', null],
    ['domain.cell/1<-0', {}],
    ['domain.cell', { cell: { '1<-0': ['none'] } }],
    ['domain.cell/2<-1', { ...full(), 'cell/2<-1': undefined }],
    ['domain.cell/2<-1', { ...full(), 'cell/2<-1': ['conv'] }],
    ['domain.cell/2<-1', { ...full(), 'cell/2<-1': ['none', 'none'] }],
  ])('names %s when a domain does not fit', (field, domain) => {
    expect(() => nasBench201.supernet.check(domain)).toThrow(
      expect.objectContaining({ code: 'DOMAIN_INVALID', field }),
    );
  });

  it('refuses to remove what is not there', () => {
    expect(() => withoutChoice(full(), { decision: 'cell/1<-0', choice: 'none' })).toThrow(
      expect.objectContaining({ code: 'CHOICE_NOT_OPEN', field: 'cell/1<-0', value: 'none' }),
    );
  });

  it('gives the architecture exactly when every edge is decided', () => {
    expect(() => architectureOf(full())).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_UNDECIDED', field: 'cell/1<-0' }),
    );
    fc.assert(
      fc.property(fc.nat(NAS_BENCH_201_SIZE - 1), (index) => {
        const architecture = nasBench201At(index);
        expect(architectureOf(domainOf(architecture))).toEqual(architecture);
      }),
    );
  });

  it('refuses an image whose channels do not fit when there is no stem', () => {
    expect(() => build({ C: 1, useStem: false, inputShape: [3, 3, 3] })).toThrow(TenasError);
  });
});

describe('NAS-Bench-201 costs', () => {
  it('are those of the networks, at any size, whatever reads the input of the cell', () => {
    const config = { C: 3, N: 2, numClasses: 7, inputShape: [3, 16, 16] as const };
    const [usual, small] = [nasBench201.costs(), nasBench201.costs(config)];
    const unread = parseNasBench201(
      '|none~0|+|none~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|skip_connect~2|',
    );
    for (const architecture of [unread, ...sampleNasBench201({ count: 40, seed: 2 })]) {
      expect(usual.of(architecture)).toEqual(graphCost(nasBench201.network(architecture)));
      expect(small.of(architecture)).toEqual(graphCost(nasBench201.network(architecture, config)));
    }
    expect(() => nasBench201.costs({ C: 0 })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

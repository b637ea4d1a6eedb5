import { type Graph, graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import {
  DARTS_FRC_DECISIONS,
  type DartsFrcArchitecture,
  type DartsOp,
  darts,
  dartsFrc,
  dartsFrcArchitecture,
  datasetShape,
} from '../src/index.js';

const F1 = dartsFrc.parse('GDAS_F1');
const OPS: Readonly<Record<string, DartsOp>> = { s3: 'sep_conv_3x3', skip: 'skip_connect' };

/**
 * Parameters of the network of GDAS_F1 as the published code builds it, written out: a stem, 20 cells, those of index 6 and
 * 13 reduce, a classifier. Of batch norms scale and shift count.
 */
function countF1(C: number, classes: number): number {
  const norm = (channels: number) => 2 * channels;
  const pointwise = (from: number, to: number) => from * to + norm(to);
  // Twice a depthwise 3x3 and a pointwise convolution with a batch norm.
  const separable = (channels: number) => 2 * (9 * channels + pointwise(channels, channels));
  const normal = (channels: number) => 3 * separable(channels);
  // Both inputs: 1x3 and 3x1 convolutions of 8 groups, norm, 1x1, norm; and the norm of the maximum.
  const reduction = (channels: number) =>
    2 * (2 * 3 * (channels / 8) * channels + norm(channels) + pointwise(channels, channels) + norm(channels));
  const stem = 3 * C;
  let total = 27 * stem + norm(stem);
  let [older, newer, channels] = [stem, stem, C];
  for (let cell = 0; cell < 20; cell += 1) {
    const reduces = cell === 6 || cell === 13;
    if (reduces) channels *= 2;
    // One input is as wide as the output wants, whether a 1x1 convolution or two of half the channels brings it there.
    total += pointwise(older, channels) + pointwise(newer, channels);
    total += reduces ? reduction(channels) : normal(channels);
    [older, newer] = [newer, 4 * channels];
  }
  return total + newer * classes + classes;
}

const paramsOf = (graph: Graph) => graphCost(graph).params;

describe('DARTS with a fixed reduction cell', () => {
  it('has the network that GDAS published: 2.5 M parameters on CIFAR-10, and 4.4 M at 497 M on ImageNet', () => {
    const cifar = dartsFrc.sizes.final(datasetShape('cifar10'));
    expect(cifar).toMatchObject({ C: 36, N: 20 });
    const params = paramsOf(dartsFrc.network(F1, cifar));
    expect(params).toBe(countF1(36, 10));
    expect((params / 1e6).toFixed(1)).toBe('2.5');
    expect(paramsOf(dartsFrc.network(F1, { ...cifar, C: 16, numClasses: 100 }))).toBe(countF1(16, 100));
    const imagenet = { ...dartsFrc.sizes.final(datasetShape('imagenet-1k')), C: 52 };
    const cost = graphCost(dartsFrc.network(F1, imagenet));
    expect([(cost.params / 1e6).toFixed(1), (cost.macs / 1e6).toFixed(0)]).toEqual(['4.4', '497']);
  });

  it('builds what DARTS builds of the same genotype, for training too', () => {
    const size = { C: 8, N: 4, inputShape: [3, 16, 16] as const };
    for (const architecture of dartsFrc.sample({ count: 5, seed: 4 })) {
      const whole = { space: 'darts', normal: architecture.normal, reduce: null } as const;
      expect(dartsFrc.network(architecture, size)).toEqual(darts.network(whole, size));
      expect(dartsFrc.trainingNetwork!(architecture, size)).toEqual(darts.trainingNetwork!(whole, size));
      expect(dartsFrc.costs(size).of(architecture)).toEqual(darts.costs(size).of(whole));
    }
  });

  it('holds the published cell, and 1,037,664,180 others', () => {
    const edges = F1.normal.inputs.map(({ op, state }) => [op, state]);
    const { skip, s3 } = OPS;
    expect(edges).toEqual([
      [skip, 0],
      [skip, 1],
      [skip, 0],
      [s3, 2],
      [skip, 0],
      [s3, 2],
      [skip, 0],
      [s3, 2],
    ]);
    const count = DARTS_FRC_DECISIONS.reduce((product, { choices }) => product * choices.length, 1);
    expect(count).toBe(180 * 7 ** 8);
    expect(dartsFrc.fromChoices(dartsFrc.choicesOf(F1))).toEqual(F1);
    expect(dartsFrc.drawing!(F1)['normal/3<-2']).toEqual([s3]);
    expect(Object.keys(dartsFrc.drawing!(F1)).every((place) => place.startsWith('normal/'))).toBe(true);
  });
});

describe('genotypes with a fixed reduction cell', () => {
  const [drawn] = dartsFrc.sample({ count: 1, seed: 9 });
  const text = dartsFrc.format(drawn!);
  const fields = text.slice('Genotype('.length, -1);

  it('have no reduction cell in their text', () => {
    expect(dartsFrc.format(F1)).toBe(
      "Genotype(normal=[('skip_connect', 0), ('skip_connect', 1), ('skip_connect', 0), ('sep_conv_3x3', 2), ('skip_connect', 0), ('sep_conv_3x3', 2), ('skip_connect', 0), ('sep_conv_3x3', 2)], normal_concat=[2, 3, 4, 5])",
    );
  });

  it.each([
    ['as it is written', text],
    ['as its authors write it', `Genotype(${fields}, reduce=None, reduce_concat=[2, 3, 4, 5])`],
    [
      'with the fields that they add',
      `BEST = Genotype(${fields}, reduce=None, connectN=None, connects=None)`,
    ],
    ['without a concat', `${text.slice(0, text.indexOf(', normal_concat'))})`],
    ['as JSON', JSON.stringify({ normal: drawn!.normal.inputs.map(({ op, state }) => [op, state]) })],
    [
      'as JSON with null',
      text
        .replace('Genotype(', '{"normal": ')
        .replace('normal=', '')
        .replace('normal_concat=', '"normal_concat": ')
        .replace(/\)$/, ', "reduce": null}')
        .replaceAll("'", '"'),
    ],
    ['in a line of a log', `10:22 epoch 9 genotype: ${text}`],
  ])('are read %s', (_, given) => {
    expect(dartsFrc.parse(given)).toEqual(drawn);
  });

  it.each([
    [
      'a reduction cell',
      darts.format(darts.parse('DARTS_V2')),
      /None, or no such field: the reduction cell is fixed/,
    ],
    ['a name of a genotype with one', 'DARTS_V2', /a known name \(GDAS_F1\) or Genotype\(normal=/],
    ['no normal cell', 'Genotype(reduce=None)', /the field normal/],
    ['an unknown field', `Genotype(${fields}, reduced=None)`, /one of the fields normal, normal_concat/],
    [
      'two cells as lists',
      '[[(0,0)],[(1,5)]]',
      /Genotype\(normal=\.\.\., normal_concat=\.\.\.\) or the same as JSON/,
    ],
    ['an operation that is none', text.replace(/\w+_\w+', 0/, "conv_9x9', 0"), /one of none, skip_connect/],
  ])('are refused with %s', (_, given, expected) => {
    expect(() => dartsFrc.parse(given)).toThrow(expect.objectContaining({ code: 'GENOTYPE_SYNTAX' }));
    expect(() => dartsFrc.parse(given)).toThrow(expected);
  });

  it('are checked where they are made by hand', () => {
    expect(dartsFrcArchitecture({ normal: F1.normal })).toEqual(F1);
    const inputs = F1.normal.inputs.map((input) => ({ ...input, state: 5 }));
    expect(() => dartsFrcArchitecture({ normal: { ...F1.normal, inputs } })).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field: 'normal.inputs[0].state' }),
    );
  });
});

describe('the supernet with a fixed reduction cell', () => {
  const { supernet } = dartsFrc;
  const size = { ...supernet.sizes.proxy(datasetShape('cifar10')), C: 8, depth: -1 };
  const built = supernet.build(size).graph;

  it('has the edges of the normal cell alone, and cells that reduce without slots', () => {
    expect(supernet.decisions).toHaveLength(14);
    expect(supernet.edgePruning!.groups.map(({ length }) => length)).toEqual([2, 3, 4, 5]);
    expect(built.slots).toHaveLength(14 * 7);
    const names = built.params.map(({ name }) => name);
    expect(names).toContain('cells.0.edges.0<-0._ops.2.op_a.op.1.weight');
    expect(names).toContain('cells.1.ops1.0.1.weight');
    expect(names).toContain('cells.2.ops2.1.1.weight');
    expect(names.filter((name) => /^cells\.[12]\.edges/.test(name))).toEqual([]);
    const shapes = new Map(built.params.map(({ name, shape }) => [name, [...shape]]));
    expect(shapes.get('cells.1.ops1.0.1.weight')).toEqual([16, 2, 1, 3]);
    expect(shapes.get('cells.1.ops1.1.2.weight')).toEqual([16, 2, 3, 1]);
  });

  it('has the parameters of the networks apart from it', () => {
    const shapes = new Map(built.params.map(({ name, shape }) => [name, String(shape)]));
    for (const architecture of dartsFrc.sample({ count: 5, seed: 2 })) {
      expect(supernet.apart!.needed(architecture)).toBe(false);
      for (const { name, shape } of supernet.apart!.network(architecture, size).params) {
        expect(shapes.get(name), name).toBe(String(shape));
      }
    }
  });

  it('leaves to a network apart what it cannot hold', () => {
    const twice: DartsFrcArchitecture = {
      space: 'darts-frc',
      normal: {
        ...F1.normal,
        inputs: F1.normal.inputs.map((_, place) => ({
          op: place % 2 === 0 ? 'skip_connect' : 'sep_conv_3x3',
          state: Math.floor(place / 2),
        })),
      },
    };
    expect(supernet.apart!.needed(twice)).toBe(true);
    expect(supernet.apart!.needed(F1)).toBe(false);
    const domain = supernet.domainOf(twice);
    expect(domain['normal/3<-3']).toEqual(['skip_connect', 'sep_conv_3x3']);
    expect(supernet.architectureOf(domain)).toEqual(twice);
  });
});

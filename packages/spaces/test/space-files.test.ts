import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { graphCost, liveNodes, nodeParams } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { spaceContract } from '../src/contract/index.js';
import { parseSpaceFile, readSpaceFile, spaceFileJsonSchema } from '../src/file/index.js';

const pathOf = (file: string) => fileURLToPath(new URL(`files/${file}`, import.meta.url));
const parse = (text: string) => parseSpaceFile(text, 'own.yaml');
const read = (file: string) => parseSpaceFile(readFileSync(pathOf(file), 'utf8'), file);
const CIFAR = { classes: 10, height: 32, width: 32 };

/** What each file is, by its own words. */
const files = [
  ['mobile.yaml', { decisions: 22, architectures: 107_495_424, supernet: false }],
  ['cell.yaml', { decisions: 6, architectures: 15_625, supernet: true }],
  ['chain.yaml', { decisions: 4, architectures: 375, supernet: true }],
  ['resnet.json', { decisions: 1, architectures: 1, supernet: false }],
  ['two-cells.yaml', { decisions: 12, architectures: 31_104, supernet: false }],
] as const;

describe.each(files)('%s', (file, { decisions, architectures, supernet }) => {
  const space = read(file);

  for (const { name, run } of spaceContract(space)) it(name, run);

  it('has the decisions that it describes', () => {
    expect(space.decisions).toHaveLength(decisions);
    expect(space.enumeration?.size).toBe(architectures);
    expect(space.supernet !== undefined).toBe(supernet);
  });

  it('is drawn by edges that a figure can show', () => {
    for (const architecture of space.sample({ count: Math.min(5, architectures), seed: 3 })) {
      const drawn = space.drawing!(architecture);
      for (const place of Object.keys(drawn)) expect(place).toMatch(/^\w+\/\d+<-\d+$/);
    }
  });

  it('builds networks of which every parameter is part of what the choices say', () => {
    const { sizes } = space;
    const [one] = space.sample({ count: 1, seed: 5 });
    const [small, large] = [sizes.proxy(CIFAR), sizes.final(CIFAR)].map((size) =>
      graphCost(space.network(one!, size)),
    );
    expect(small!.params).toBeLessThan(large!.params);
    expect(() => space.network(one!, { width: 3 } as object)).toThrow(/width/);
  });
});

describe('the deep network', () => {
  const stages = 'stages: [{channels: 16, layers: N, block: {op: conv}}]';
  const sizesOf = (text: string) =>
    parseSpaceFile(`name: own\n${text}\nstem: {channels: 16}\n`, 'own.yaml').sizes;

  it('has three layers where a stage has N, or as many as the file says', () => {
    expect(sizesOf(stages).deep!(CIFAR)).toMatchObject({ C: 4, N: 3 });
    expect(sizesOf(`${stages}\nsizes: {deep: {N: 5, C: 8}}`).deep!(CIFAR)).toMatchObject({ C: 8, N: 5 });
  });

  it('is there without such stages only where the file has its channels', () => {
    const fixed = stages.replace('layers: N', 'layers: 2');
    expect(sizesOf(fixed).deep).toBeUndefined();
    expect(sizesOf(`${fixed}\nsizes: {deep: {C: 8}}`).deep!(CIFAR)).toEqual({
      ...{ C: 8, numClasses: 10, inputShape: [3, 32, 32] },
    });
    expect(() => sizesOf(`${fixed}\nsizes: {deep: {N: 2}}`)).toThrow(/sizes.deep.N: no stage has/);
  });
});

describe('cells', () => {
  it('have operations that no path passes as those of NAS-Bench-201', () => {
    const { enumeration, hasUnreachableOperation } = read('cell.yaml');
    const all = Array.from({ length: enumeration!.size }, (_, index) => enumeration!.at(index));
    expect(all.filter((one) => !hasUnreachableOperation!(one))).toHaveLength(9445);
  });

  it('whose nodes are all outputs have none behind their first edge', () => {
    const cells = '{c: {nodes: 3, output: concat, choices: {none: none, conv: conv}}}';
    const space = parse(
      `name: own-cells\nstem: {channels: 4}\ncells: ${cells}\nstages: [{channels: 4, block: c}]`,
    );
    const unreachable = (...ops: readonly string[]) => {
      const edges = ['c/1<-0', 'c/2<-0', 'c/2<-1'];
      return space.hasUnreachableOperation!(
        space.fromChoices(Object.fromEntries(edges.map((edge, place) => [edge, ops[place]!]))),
      );
    };
    expect(unreachable('conv', 'none', 'none')).toBe(false);
    expect(unreachable('none', 'none', 'conv')).toBe(true);
    expect(unreachable('none', 'conv', 'conv')).toBe(true);
    expect(unreachable('none', 'conv', 'none')).toBe(false);
  });

  it('are all that it takes: a space without them does not say', () => {
    expect(read('chain.yaml').hasUnreachableOperation).toBeUndefined();
  });
});

describe('a supernet of a file', () => {
  it.each(['cell.yaml', 'chain.yaml'])('%s: runs exactly the parameters of an architecture', (file) => {
    const space = read(file);
    const { supernet, sizes } = space;
    const size = sizes.proxy(CIFAR);
    const built = supernet!.build(size);
    for (const architecture of space.sample({ count: 20, seed: 11 })) {
      const live = liveNodes(built.graph, built.coefficients(supernet!.domainOf(architecture)));
      const run = built.graph.nodes.filter(({ id }) => live[id]).flatMap(nodeParams);
      const names = run.map((id) => built.graph.params[id]!.name);
      expect(names.sort()).toEqual(
        space
          .network(architecture, size)
          .params.map(({ name }) => name)
          .sort(),
      );
    }
  });

  it('is not there where widths, strides or numbers of layers are open, or a choice depends on another', () => {
    const space = (stage: string) => parse(`name: x\nstem: {channels: 8}\nstages: [${stage}]`);
    expect(space('{channels: 8, block: {op: conv, kernel: [3, 5]}}').supernet).toBeDefined();
    expect(
      space('{channels: 8, block: {choices: {a: {op: residual, activation: none}, b: conv}}}').supernet,
    ).toBeDefined();
    for (const stage of [
      '{channels: [8, 16], block: {op: conv, kernel: [3, 5]}}',
      '{channels: 8, stride: [1, 2], block: {op: conv, kernel: [3, 5]}}',
      '{channels: 8, layers: [1, 2], block: {op: conv, kernel: [3, 5]}}',
      '{channels: 8, block: {op: mbconv, kernel: [3, 5], expansion: [3, 6]}}',
      // The engine runs every sum, so that of a residual block could not be switched off.
      '{channels: 8, block: {choices: [residual, conv]}}',
      '{channels: 8, block: {choices: {a: {sequence: [{op: mbconv}, conv]}, b: conv}}}',
      '{channels: 8, block: conv}',
    ]) {
      expect(space(stage).supernet).toBeUndefined();
    }
  });
});

describe('parameters of a file', () => {
  const params = (block: string, more = '') =>
    graphCost(
      (() => {
        const space = parse(`name: x\nstem: {channels: 8}\nstages: [{channels: 16, block: ${block}${more}}]`);
        return space.network(space.parse(space.example));
      })(),
    ).params;
  /** Stem: 3x3 convolution of 3 channels with batch norm; classifier: 10 classes. */
  const rest = 3 * 8 * 9 + 2 * 8 + (16 * 10 + 10);

  it.each([
    ['{op: conv, kernel: 5}', 8 * 16 * 25 + 32],
    ['{op: conv, kernel: 3, groups: 4, order: activation_first}', 2 * 16 * 9 + 32],
    ['{op: separable, kernel: 5}', 8 * 25 + 16 + 8 * 16 + 32],
    ['{op: mbconv, expansion: 3, kernel: 5}', 8 * 24 + 48 + 24 * 25 + 48 + 24 * 16 + 32],
    ['{op: mbconv, expansion: 1, kernel: 3}', 8 * 9 + 16 + 8 * 16 + 32],
    [
      '{op: mbconv, expansion: 2, se: true}',
      8 * 16 + 32 + 16 * 9 + 32 + 16 * 2 + 2 + 2 * 16 + 16 + 16 * 16 + 32,
    ],
    ['{op: fused_mbconv, expansion: 2}', 8 * 16 * 9 + 32 + 16 * 16 + 32],
    ['{op: residual}', 8 * 16 * 9 + 32 + 16 * 16 * 9 + 32 + 8 * 16 + 32],
    ['{op: residual, skip: false, se: 0.5}', 8 * 16 * 9 + 32 + 16 * 16 * 9 + 32 + (16 * 8 + 8 + 8 * 16 + 16)],
    ['{op: bottleneck, groups: 2}', 8 * 4 + 8 + 2 * 4 * 9 + 8 + 4 * 16 + 32 + 8 * 16 + 32],
    ['max_pool', 8 * 16 + 32],
    ['identity', 8 * 16 + 32],
    ['{sequence: [max_pool, identity], skip: true}', 2 * (8 * 16 + 32)],
  ])('%s has %i', (block, own) => {
    expect(params(block)).toBe(rest + own);
  });

  it('are those of ResNet-50’s first stages, with the bottleneck and stem of the paper', () => {
    const space = parse(
      `name: x
stem: {channels: 64, stride: 2, block: {sequence: [{op: conv, kernel: 7}, max_pool]}}
stages:
  - {channels: 256, layers: 3, block: bottleneck}
  - {channels: 512, layers: 4, stride: 2, block: bottleneck}
  - {channels: 1024, layers: 6, stride: 2, block: bottleneck}
  - {channels: 2048, layers: 3, stride: 2, block: bottleneck}`,
    );
    const architecture = space.parse('fixed');
    // torchvision's resnet50 with 1000 classes.
    expect(graphCost(space.network(architecture, { numClasses: 1000 })).params).toBe(25_557_032);
    expect(
      space.network(architecture, space.sizes.final({ ...CIFAR, name: 'imagenet-1k' })).nodes[0]!.shape,
    ).toEqual([3, 224, 224]);
  });

  it('keep groups whole in narrow networks', () => {
    const space = parse(
      'name: x\nstem: {channels: 24}\nstages: [{channels: 48, block: {op: conv, groups: 8}}]',
    );
    const network = space.network(space.parse('fixed'), { C: 3 });
    expect(network.params.find(({ name }) => name === 'stage1.0.conv.weight')?.shape).toEqual([8, 1, 3, 3]);
  });
});

describe('architectures of a file', () => {
  it('are the same where they only differ in what was not chosen', () => {
    const { isomorphism, parse: read1, format } = read('mobile.yaml');
    const key = (text: string) => isomorphism!.key(read1(text));
    const same = [
      '24-1-3-3-no/1/mb-3-6-no-3/skip-7-6-yes-5/sep-7-6-no-3/128',
      '24-1-3-3-no/1/mb-3-6-no-5/mb-3-3-no-3/sep-3-3-no-3/128',
    ];
    expect(key(same[0]!)).toBe(key(same[1]!));
    expect(key(same[0]!)).not.toBe(key('24-1-3-3-no/1/mb-5-6-no-3/skip-7-6-yes-5/sep-7-6-no-3/128'));
    expect(format(isomorphism!.representative(read1(same[0]!)))).toBe(
      '24-1-3-3-no/1/mb-3-6-no-3/mb-3-3-no-3/mb-3-3-no-3/128',
    );
    expect(read('cell.yaml').isomorphism).toBeUndefined();
  });

  it('say which decision a text has wrong', () => {
    const { parse: read1 } = read('chain.yaml');
    expect(() => read1('skip/mb4/pool/3')).toThrow(
      /first\/layer2\/block: one of skip, mb3, fused, two, pool/,
    );
    expect(() => read1('skip/mb3/pool')).toThrow(/second\/kernel/);
  });

  it('are drawn by the cells that they have, and by their layers', () => {
    const space = read('two-cells.yaml');
    const drawn = space.drawing!(space.parse('conv-none-conv-separable/2-deep/skip-3-mb-5-mb-3'));
    expect(drawn).toEqual({
      ...{ 'wide/1<-0': ['conv'], 'wide/2<-0': ['none'], 'wide/3<-1': ['conv'], 'wide/3<-2': ['separable'] },
      ...{ 'deep/1<-0': ['skip'], 'deep/2<-0': ['mb k5'], 'deep/2<-1': ['mb k3'] },
      ...{ 'network/1<-0': ['conv k3 12'], 'network/2<-1': ['wide 12'], 'network/3<-2': ['wide 12'] },
      'network/4<-3': ['deep 24 /2'],
    });
    const long = parse('name: x\nstem: {channels: 8}\nstages: [{channels: 8, layers: 40, block: conv}]');
    expect(long.drawing!(long.parse('fixed'))).toEqual({
      'network/1<-0': ['conv k3 8'],
      'network/2<-1': ['40x conv k3 8'],
    });
  });
});

describe('the files of spaces', () => {
  it('are read from disk', async () => {
    expect((await readSpaceFile(pathOf('cell.yaml'))).name).toBe('small-cell');
    await expect(readSpaceFile('/nowhere.yaml')).rejects.toThrow(/ENOENT/);
  });

  it('have a schema for editors that is up to date', () => {
    // To write it: npm run schemas --workspace @tenas/spaces
    const file = new URL('../schemas/space.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(spaceFileJsonSchema())));
  });
});

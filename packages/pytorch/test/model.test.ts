import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Graph, GraphBuilder } from '@tenas/graph';
import { getSpace, listSpaces, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../test/support/expect-tenas-error.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { pytorchModel } from '../src/index.js';
import { PYTHON, pythonEnvironment } from './support/python-process.js';
import { pythonMissing } from './support/torch-process.js';

const folder = temporaryFolder();

function codeOf(space: Space, name = space.name): string {
  const [architecture] = space.sample({ count: 1, seed: 4 });
  const genotype = space.format(architecture!);
  return pytorchModel(space.network(architecture!), { architecture: { space: name, genotype } }).source;
}

/** A convolution between two pools, and a classifier. */
function chain(convolution: string): Graph {
  const builder = new GraphBuilder();
  const conv = builder.conv2d(builder.input([3, 8, 8]), { name: convolution, outChannels: 4, kernel: 3 });
  return builder.build(builder.linear(builder.globalAvgPool(conv), { name: 'fc', outFeatures: 2 }));
}

/** The graph with another name for a parameter. */
function renamed(graph: Graph, from: string, to: string): Graph {
  return {
    ...graph,
    params: graph.params.map((param) => (param.name === from ? { ...param, name: to } : param)),
  };
}

describe('PyTorch code', () => {
  const sources = [
    ...listSpaces().map((space) => [space.name, codeOf(space)] as const),
    ...listSpaces().map((space) => [`${space.name} as a flat module`, codeOf(space, 'mine')] as const),
  ];

  it.each(sources)('of %s is readable and imports torch and the standard library alone', (_, source) => {
    const lines = source.split('\n');
    expect(lines.filter((line) => line.length > 99)).toEqual([]);
    expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
    expect(source).toMatch(/[^\n]\n$/);
    const imported = lines.flatMap((line) => /^\s*(?:import|from) ([\w.]+)/.exec(line)?.[1] ?? []);
    expect(imported.filter((name) => !/^(torch(\.|$)|collections$|math$)/.test(name))).toEqual([]);
    expect(source).toContain('class Network(');
  });

  it('has the classes that people know', () => {
    const classes = (name: string) =>
      [...codeOf(getSpace(name)).matchAll(/^class (\w+)/gm)].map(([, word]) => word);
    expect(classes('nas-bench-201')).toEqual([
      'ReLUConvBN',
      'POOLING',
      'Zero',
      'FactorizedReduce',
      'ResNetBasicblock',
      'InferCell',
      'Network',
    ]);
    expect(classes('nats-size')).toEqual(classes('nas-bench-201'));
    expect(classes('darts')).toEqual([
      'ReLUConvBN',
      'SepConv',
      'DilConv',
      'FactorizedReduce',
      'Zero',
      'Cell',
      'Transition',
      'AuxiliaryHeadCIFAR',
      'Network',
    ]);
  });

  it('has the architecture as a literal', () => {
    const space = getSpace('nas-bench-201');
    const genotype = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|';
    const { source } = pytorchModel(space.network(space.parse(genotype)), {
      architecture: { space: space.name, genotype },
    });
    expect(source).toContain(`GENOTYPE = [
    [("nor_conv_3x3", 0)],
    [("none", 0), ("skip_connect", 1)],
    [("avg_pool_3x3", 0), ("none", 1), ("nor_conv_1x1", 2)],
]
INIT_CHANNELS = 16
CELLS_PER_STAGE = 5
NUM_CLASSES = 10
IN_CHANNELS = 3
`);
  });

  it.skipIf(pythonMissing())('compiles whatever names and texts are (needs Python)', () => {
    const hostile = '"""\\\'\n\r\u0000\u2028\ud83d\ude00{x} #';
    const files = [
      ...sources.map(([, source]) => source),
      ...['class', 'self', 'train', '9', hostile, 'é', 'a.class.b', 'lambda'].map(
        (name) => pytorchModel(chain(name), { architecture: { space: hostile, genotype: hostile } }).source,
      ),
    ].map((source, number) => {
      const path = join(folder, `${number}.py`);
      writeFileSync(path, source);
      return path;
    });
    const program =
      'import pathlib, sys\nfor path in sys.argv[1:]: compile(pathlib.Path(path).read_bytes(), path, "exec")';
    execFileSync(PYTHON, ['-W', 'error', '-c', program, ...files], { env: pythonEnvironment });
  });

  it('refuses names that no module of PyTorch can have', () => {
    const graph = chain('conv');
    for (const name of ['kernel', 'weight', '.weight', 'conv.kernel']) {
      expect(tenasErrorOf(() => pytorchModel(renamed(graph, 'conv.weight', name)))).toMatchObject({
        code: 'PYTORCH_UNSUPPORTED',
        field: name,
      });
    }
    const builder = new GraphBuilder();
    const conv = builder.conv2d(builder.input([3, 8, 8]), { name: 'a', outChannels: 4, kernel: 3 });
    const twice = builder.build(builder.batchNorm(conv, { name: 'a', affine: false }));
    expect(tenasErrorOf(() => pytorchModel(twice))).toMatchObject({
      code: 'PYTORCH_UNSUPPORTED',
      field: 'a',
    });
  });

  it('wants a coefficient for each slot', () => {
    const builder = new GraphBuilder();
    const input = builder.input([1, 4, 4]);
    const graph = builder.build(builder.mix([{ input, slot: builder.slot('a') }]));
    expect(tenasErrorOf(() => pytorchModel(graph))).toMatchObject({
      code: 'COEFFICIENTS_INVALID',
      field: 'coefficients',
    });
    expect(pytorchModel(graph, { coefficients: [0.5] }).source).toContain('= 0.5 * images');
    expect(pytorchModel(graph, { coefficients: [0] }).source).toContain(
      'images.new_zeros(images.shape[0], 1, 4, 4)',
    );
  });
});

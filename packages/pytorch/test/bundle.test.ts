import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { graphCost, readSafetensors, unpackWeights, writeSafetensors } from '@tenas/graph';
import { Program } from '@tenas/native';
import { DARTS_RECIPE, getSpace, listSpaces, type Space, TRAINING_RECIPES } from '@tenas/spaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { type PytorchBundleOptions, pytorchBundle } from '../src/index.js';
import { writeCifar } from './support/cifar-files.js';
import { PYTHON, pythonEnvironment } from './support/python-process.js';
import { ScriptProcess } from './support/script-process.js';
import { torchMissing } from './support/torch-process.js';

const folder = temporaryFolder();
const missing = torchMissing();
const torchNote = missing === null ? '' : ` (${missing})`;

function optionsOf(space: Space, more: Partial<PytorchBundleOptions> = {}): PytorchBundleOptions {
  const [architecture] = space.sample({ count: 1, seed: 2 });
  const size = space.sizes.proxy({ classes: 10, height: 32, width: 32 });
  const graph = space.network(architecture!, size);
  return {
    graph,
    architecture: { space: space.name, genotype: space.format(architecture!) },
    size,
    cost: graphCost(graph),
    dataset: 'cifar10',
    normalisation: { mean: [0.5, 0.25, 0.125], std: [0.25, 0.5, 0.75] },
    weights: 'seed 3',
    trained: false,
    seed: 3,
    recipe: space.recipe,
    toolVersion: '1.2.3',
    exportArguments: ['--arch', space.format(architecture!)],
    ...more,
  };
}

/** Writes a bundle with its weights and returns its folder. */
function written(name: string, options: PytorchBundleOptions): string {
  const target = join(folder, name);
  mkdirSync(target);
  for (const [file, text] of pytorchBundle(options)) writeFileSync(join(target, file), text);
  using program = Program.compile(options.graph);
  const weights = program.seededWeights({ seed: 3, repeat: 0, init: 'pytorch' });
  const tensors = unpackWeights(options.graph, weights);
  writeFileSync(join(target, 'model.safetensors'), writeSafetensors(tensors));
  return target;
}

describe('a bundle', () => {
  const space = getSpace('nas-bench-201');

  it('says in config.json what the network is', () => {
    const options = optionsOf(space, { recordHash: 'ab'.repeat(32) });
    expect(JSON.parse(pytorchBundle(options).get('config.json')!)).toEqual({
      space: 'nas-bench-201',
      architecture: options.architecture.genotype,
      C: 3,
      N: 1,
      num_classes: 10,
      input_shape: [3, 32, 32],
      mean: [0.5, 0.25, 0.125],
      std: [0.25, 0.5, 0.75],
      dataset: 'cifar10',
      class_names: null,
      params: options.cost.params,
      macs: options.cost.macs,
      trained: false,
      weights: 'seed 3',
      seed: 3,
      recipe: 'nas-bench-201',
      record_sha256: 'ab'.repeat(32),
      tenas_version: '1.2.3',
    });
  });

  it('has a model card that the hub reads, and says first that nothing was trained', () => {
    const card = pytorchBundle(optionsOf(space)).get('README.md')!;
    expect(card).toMatch(
      /^---\nlicense: mit\nlibrary_name: pytorch\npipeline_tag: image-classification\ntags:\n- neural-architecture-search\n- te-nas\n- "nas-bench-201"\ndatasets:\n- uoft-cs\/cifar10\n---\n\n\*\*This network is UNTRAINED\*\*/,
    );
    expect(card).not.toContain('## Scores');
    expect(card).not.toMatch(/accurac/i);
    const trained = pytorchBundle(
      optionsOf(space, { trained: true, scores: { ntk: 12.5 }, dataset: 'folder' }),
    );
    expect(trained.get('README.md')).toContain('\n---\n\nThis network was trained.\n');
    expect(trained.get('README.md')).not.toContain('datasets:');
    expect(trained.get('README.md')).toContain('| `ntk` | 12.5 |');
  });

  it('trains by the recipe of its space', () => {
    for (const recipe of TRAINING_RECIPES) {
      const script = pytorchBundle(optionsOf(space, { recipe })).get('train.py')!;
      expect(script).toContain(`RECIPE = "${recipe.name}"`);
      expect(script).toContain(`\nEPOCHS = ${recipe.epochs}\nBATCH = ${recipe.batchSize}\n`);
      // Networks of this space have neither drop path nor a second head.
      expect(script).toContain('\nDROP_PATH = 0 ');
      expect(script).toContain('\nAUXILIARY = 0 ');
    }
    const darts = pytorchBundle(optionsOf(getSpace('darts'))).get('train.py')!;
    expect(darts).toContain(`\nDROP_PATH = ${DARTS_RECIPE.dropPath} `);
    expect(darts).toContain(`\nAUXILIARY = ${DARTS_RECIPE.auxiliary} `);
    expect(pytorchBundle(optionsOf(space, { recipe: undefined })).get('train.py')).toContain(
      'RECIPE = "quick"',
    );
  });

  it('is readable, and imports torch and the standard library alone', () => {
    const known = /^(torch(\.|$)|argparse|ctypes|json|math|os|re|struct|sys|time|collections|model|weights)/;
    for (const [name, text] of pytorchBundle(optionsOf(getSpace('darts')))) {
      const lines = text.split('\n');
      expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
      if (!name.endsWith('.py')) continue;
      expect(lines.filter((line) => line.length > 99)).toEqual([]);
      const imported = lines.flatMap((line) => /^\s*(?:import|from) ([\w.]+)/.exec(line)?.[1] ?? []);
      // Pillow is loaded for folders of pictures only, and its absence explained.
      expect(imported.filter((one) => !known.test(one))).toEqual(name === 'train.py' ? ['PIL'] : []);
    }
  });
});

describe.skipIf(missing !== null)(`train.py${torchNote}`, () => {
  const cifar10 = missing === null ? writeCifar(join(folder, 'cifar10'), 10) : '';
  let scripts: ScriptProcess;
  beforeAll(() => {
    scripts = new ScriptProcess();
  });
  afterAll(() => scripts[Symbol.asyncDispose]());
  const python = (cwd: string, ...argv: string[]) => scripts.run(cwd, ...argv);

  it.each(listSpaces().map((space) => [space.name, space] as const))(
    'of %s ends in weights of the same names',
    async (name, space) => {
      const options = optionsOf(space);
      const target = written(`trained-${name}`, options);
      const argv = ['train.py', '--data', cifar10, '--batch', '8', '--steps', '2', '--epochs', '3'];
      const { status, stdout, stderr } = await python(target, ...argv);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toMatch(/^33 images to train on, 9 to test on, (cpu|cuda)\nepoch 1\/3: loss \d/);
      expect(stdout).toContain('wrote trained.safetensors');
      const { tensors, metadata } = readSafetensors(readFileSync(join(target, 'trained.safetensors')));
      const parameters = [...tensors.keys()].filter((one) => !one.endsWith('num_batches_tracked'));
      expect(parameters).toEqual(options.graph.params.map((param) => param.name));
      expect(metadata).toMatchObject({ trained: 'true', recipe: space.recipe?.name ?? 'quick', epochs: '1' });
    },
  );

  it('leaves out features where the recipe has dropout', async () => {
    const recipe = {
      ...DARTS_RECIPE,
      dropPath: 0,
      dropout: 0.5,
      augmentation: { padding: 0, flip: false, cutout: 0 },
    };
    const target = written('dropout', optionsOf(getSpace('darts'), { recipe }));
    const argv = ['train.py', '--data', cifar10, '--batch', '8', '--steps', '2', '--epochs', '1'];
    const dropped = await python(target, ...argv);
    expect(dropped.stderr).toBe('');
    const without = pytorchBundle(optionsOf(getSpace('darts'), { recipe: { ...recipe, dropout: 0 } }));
    writeFileSync(join(target, 'train.py'), without.get('train.py')!);
    const plain = await python(target, ...argv);
    expect(plain.stderr).toBe('');
    expect(plain.stdout).not.toEqual(dropped.stdout);
  });

  it('goes on from given weights, and learns', async () => {
    const target = written('learns', optionsOf(getSpace('nas-bench-201'), { recipe: undefined }));
    const argv = ['train.py', '--data', cifar10, '--batch', '11', '--lr', '0.02'];
    const first = await python(target, ...argv, '--epochs', '8');
    const losses = [...first.stdout.matchAll(/loss (\d+\.\d+)/g)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(8);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    const more = await python(
      target,
      ...argv,
      '--epochs',
      '2',
      '--weights',
      'trained.safetensors',
      '--out',
      'b.safetensors',
    );
    expect(more.stderr).toBe('');
    expect(more.status).toBe(0);
  });

  it('stops at Ctrl-C, and leaves the last whole epoch', async () => {
    const target = written('stopped', optionsOf(getSpace('nas-bench-201')));
    const argv = ['train.py', '--data', cifar10, '--batch', '11', '--epochs', '1000'];
    const child = spawn(PYTHON, argv, { cwd: target, env: pythonEnvironment });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const before = said.out;
      said.out += text;
      // The line of an epoch comes before its weights are written.
      if (said.out.includes('epoch 2/') && !before.includes('epoch 2/')) child.kill('SIGINT');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text;
    });
    const [code] = await once(child, 'close');
    expect([code, said.err]).toEqual([130, 'stopped; the file of --out has the last whole epoch\n']);
    // Nothing that was about to be written is left.
    expect(readdirSync(target).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const { metadata } = readSafetensors(readFileSync(join(target, 'trained.safetensors')));
    expect(Number(metadata.epochs)).toBeGreaterThan(0);
    const more = await python(target, ...argv, '--weights', 'trained.safetensors', '--steps', '1');
    expect([more.status, more.stderr]).toEqual([0, '']);
  });

  it('reads CIFAR-100, and says which option would fit other classes', async () => {
    const target = written('cifar100', optionsOf(getSpace('nas-bench-201')));
    const refused = await python(target, 'train.py', '--data', writeCifar(join(folder, 'hundred'), 100));
    expect(refused.status).toBe(1);
    expect(refused.stderr).toBe('--data: it has 100 classes, the network 10; export it with --classes 100\n');
    for (const [data, message] of [
      ['nowhere', '--data: nowhere is no folder'],
      ['.', "--data: . has neither CIFAR's binary files nor class folders"],
    ] as const) {
      const { status, stderr } = await python(target, 'train.py', '--data', data);
      expect(status).toBe(1);
      expect(stderr).toBe(`${message}\n`);
    }
  });

  it('has the second head of DARTS for large images, and can be exported to ONNX by PyTorch itself', async () => {
    const space = getSpace('darts');
    const genotype = space.format(space.parse('DARTS_V2'));
    const size = { macro: 'imagenet', C: 4, N: 3, numClasses: 7, inputShape: [3, 64, 64] };
    const graph = space.network(space.parse(genotype), size);
    const target = written(
      'large',
      optionsOf(space, { graph, size, architecture: { space: space.name, genotype } }),
    );
    const program = `
import warnings
warnings.simplefilter("ignore")
import torch
from model import Network
network = Network(auxiliary=True)
logits, extra = network(torch.randn(2, 3, 64, 64))
assert logits.shape == extra.shape == (2, 7)
warnings.simplefilter("error", torch.jit.TracerWarning)
torch.onnx.export(network.eval(), torch.zeros(1, 3, 64, 64), "again.onnx", opset_version=13)
`;
    const { status, stderr } = await python(target, '-c', program);
    expect(status, stderr).toBe(0);
    expect(existsSync(join(target, 'again.onnx'))).toBe(true);
  });

  it('reads folders of pictures: with and without a folder for tests, and with a class called train', async () => {
    const target = written('pictures', optionsOf(getSpace('nas-bench-201'), { recipe: undefined }));
    const program = `
import json, os, sys
try:
    from PIL import Image
except ImportError:
    sys.exit("no Pillow")
import train
def picture(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.new("RGB", (40, 30), (255, 0, 0)).save(path)
for name in ("bus", "car", "train", "truck"):
    for number in range(5):
        picture(f"plain/{name}/deep/{number}.png")
for part, count in (("train", 3), ("val", 2)):
    for name in ("a", "b"):
        for number in range(count):
            picture(f"split/{part}/{name}/{number}.png")
for name in ("a", "b"):
    picture(f"alone/train/{name}/x.png")
    picture(f"alone/train/{name}/y.png")
for name in ("broken.jpg", "._1.png"):
    with open(f"split/train/a/{name}", "w") as file:
        file.write("no picture")
for folder, classes in (("plain", 4), ("split", 2), ("alone", 2)):
    config = {"input_shape": [3, 8, 8], "num_classes": classes, "class_names": None}
    training, test = train.read_data(folder, config)
    assert training.pixels.shape[1:] == (3, 8, 8)
    assert training.pixels[0, :, 4, 4].tolist() == [255, 0, 0]
    print(folder, len(training), len(test), training.classes)
`;
    const { status, stdout, stderr } = await python(target, '-c', program);
    if (stderr === 'no Pillow\n') return;
    expect(stderr).toBe('1 files cannot be read, such as split/train/a/broken.jpg\n');
    expect(status).toBe(0);
    expect(stdout).toBe(`plain 18 2 ['bus', 'car', 'train', 'truck']
split 6 4 ['a', 'b']
alone 3 1 ['a', 'b']
`);
  });

  it('refuses wrong options before it trains', async () => {
    const target = written('refuses', optionsOf(getSpace('nas-bench-201')));
    for (const [argv, message] of [
      [['--epochs', '0'], '--epochs: at least 1'],
      [['--lr', 'nan'], '--lr: a number above 0'],
      [['--out', 'no/where.safetensors'], '--out: .*no is no folder'],
      [['--weights', 'model.py'], '--weights: model.py is no whole safetensors file'],
    ] as const) {
      const { status, stderr } = await python(target, 'train.py', '--data', cifar10, '--steps', '1', ...argv);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(new RegExp(message));
      expect(stderr).not.toContain('Traceback');
    }
  });

  it('keeps drop path and the second head of DARTS to training', async () => {
    const target = written('darts', optionsOf(getSpace('darts')));
    const program = `
import torch
from model import Network, drop_path
from weights import read_safetensors
torch.manual_seed(0)
images = torch.randn(4, 3, 32, 32)
network = Network(auxiliary=True, drop_path_prob=0.5)
network.train()
logits, extra = network(images)
assert logits.shape == extra.shape == (4, 10)
assert not torch.equal(network(images)[0], network(images)[0])
network.eval()
assert torch.equal(network(images), network(images))
plain = Network()
plain.load_state_dict(read_safetensors("model.safetensors"))
assert not plain.train()(images).isnan().any()
dropped = drop_path(torch.ones(1000, 2, 3, 3), 0.25)
assert set(dropped.flatten().tolist()) == {0.0, torch.tensor(1 / 0.75).item()}
assert abs(dropped.mean().item() - 1) < 0.1
for size in (16, 48):
    assert Network(auxiliary=True)(torch.randn(2, 3, size, size))[1].shape == (2, 10)
`;
    const { status, stderr } = await python(target, '-c', program);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@tenas/base';
import {
  type Graph,
  GraphBuilder,
  readSafetensors,
  type Tensor,
  unpackWeights,
  writeSafetensors,
} from '@tenas/graph';
import { Program, type TrainerOptions } from '@tenas/native';
import { describe, expect, it } from 'vitest';
import { PYTHON, pythonEnvironment } from '../packages/pytorch/test/support/python-process.js';
import { torchMissing } from '../packages/pytorch/test/support/torch-process.js';
import { normals, relativeError } from './support/random-inputs.js';
import { temporaryFolder } from './support/temporary-folder.js';

const TILES = 4;
const CLASSES = 24;
const CHANNELS = 5;
const IMAGES = 7;
const RATE = 0.1;

/** A convolution and a classifier of tiles. */
function tileNetwork(): Graph {
  const graph = new GraphBuilder();
  const image = graph.input([3, 6, 6]);
  const made = graph.conv2d(image, { name: 'stem', outChannels: CHANNELS, kernel: 3, padding: 1 });
  const features = graph.globalAvgPool(graph.relu(graph.batchNorm(made, { name: 'norm' })));
  return graph.build(
    graph.linear(features, { name: 'classifier', outFeatures: TILES * CLASSES, bias: true }),
  );
}

const random = new RandomStream('puzzles');
const batch = {
  images: normals(IMAGES * TILES * 3 * 36, 3),
  labels: Int32Array.from({ length: IMAGES }, () => random.below(CLASSES)),
};
const options: TrainerOptions = {
  weights: { kind: 'seeded', seed: 4, repeat: 0, init: 'pytorch' },
  optimiser: { kind: 'sgd' },
  loss: { kind: 'cross-entropy', tiles: TILES },
  threads: 1,
};

/** A step of the same network, its features side by side before one linear layer. */
const STEP_IN_TORCH = `
import torch
import torch.nn.functional as F
from weights import read_safetensors, write_safetensors
given = read_safetensors("inputs.safetensors")
w = {name: value.clone().requires_grad_() for name, value in given.items() if name.split(".")[0] in ("stem", "norm", "classifier") and "running" not in name}
x = F.conv2d(given["images"], w["stem.weight"], padding=1)
x = F.batch_norm(x, None, None, w["norm.weight"], w["norm.bias"], training=True)
features = F.relu(x).mean((2, 3)).view(${IMAGES}, ${TILES * CHANNELS})
blocks = w["classifier.weight"].view(${TILES}, ${CLASSES}, ${CHANNELS})
matrix = torch.cat(list(blocks), 1)
logits = F.linear(features, matrix, w["classifier.bias"].view(${TILES}, ${CLASSES}).sum(0))
loss = F.cross_entropy(logits, given["labels"])
loss.backward()
correct = (logits.argmax(1) == given["labels"]).sum()
after = {name: (value - ${RATE} * value.grad).detach() for name, value in w.items()}
write_safetensors("after.safetensors", {"loss": loss.detach().view(1), "correct": correct.float().view(1), **after})
`;

describe('training on tiles', () => {
  it('agrees with the reference engine, on any number of threads', async () => {
    using program = Program.compile(tileNetwork());
    await using reference = program.trainer({ ...options, engine: 'reference' });
    const wanted = await reference.step({ ...batch, learningRate: RATE });
    const values = await reference.values();
    const steps = [];
    for (const threads of [1, 2]) {
      await using trainer = program.trainer({ ...options, threads });
      const step = await trainer.step({ ...batch, learningRate: RATE });
      expect(Math.abs(step.loss - wanted.loss)).toBeLessThan(1e-5);
      expect(step.correct).toBe(wanted.correct);
      expect(relativeError(await trainer.values(), values)).toBeLessThan(1e-5);
      const evaluated = await trainer.evaluate({ ...batch, statistics: 'batch' });
      expect(evaluated.logits).toHaveLength(IMAGES * TILES * TILES * CLASSES);
      steps.push([step, await trainer.values(), evaluated]);
    }
    expect(steps[1]).toEqual(steps[0]);
  });

  it('learns puzzles by heart', async () => {
    using program = Program.compile(tileNetwork());
    await using trainer = program.trainer(options);
    let correct = 0;
    for (let step = 0; step < 600 && correct < IMAGES; step++) {
      ({ correct } = await trainer.step({ ...batch, learningRate: 0.3 }));
    }
    expect(correct).toBe(IMAGES);
  });

  it('names what does not fit', async () => {
    using program = Program.compile(tileNetwork());
    const trainer = (tiles: number) =>
      program.trainer({ ...options, loss: { kind: 'cross-entropy', tiles } });
    expect(() => trainer(5)).toThrow('loss.tiles is 5; it must be at least 1 and divide the 96 outputs');
    expect(() => trainer(0)).toThrow('loss.tiles is 0');
    await using four = trainer(TILES);
    const step = (given: Partial<typeof batch>) => four.step({ ...batch, ...given, learningRate: RATE });
    await expect(step({ images: batch.images.slice(3 * 36) })).rejects.toThrow('images has 27 samples');
    await expect(step({ labels: new Int32Array(8) })).rejects.toThrow('7 are needed, one per image');
    await expect(step({ labels: new Int32Array(7).fill(24) })).rejects.toThrow('it must be 0 to 23');
  });

  const missing = torchMissing();
  it.skipIf(missing !== null)(
    `moves as in PyTorch, where one linear layer has the features of all tiles${missing === null ? '' : ` (${missing})`}`,
    async () => {
      const folder = temporaryFolder();
      const graph = tileNetwork();
      using program = Program.compile(graph);
      const data = program.seededWeights({ seed: 4, repeat: 0, init: 'pytorch' });
      await using trainer = program.trainer({ ...options, weights: { kind: 'explicit', data } });
      const { loss, correct } = await trainer.step({ ...batch, learningRate: RATE });
      const ours = await trainer.parameters();
      const inputs = new Map<string, Tensor>([
        ...unpackWeights(graph, data),
        ['images', { dtype: 'F32', shape: [IMAGES * TILES, 3, 6, 6], data: batch.images }],
        ['labels', { dtype: 'I64', shape: [IMAGES], data: BigInt64Array.from(batch.labels, BigInt) }],
      ]);
      writeFileSync(join(folder, 'inputs.safetensors'), writeSafetensors(inputs));
      const reader = readFileSync(new URL('../packages/pytorch/python/weights.py', import.meta.url));
      writeFileSync(join(folder, 'weights.py'), reader);
      const { status, stderr } = spawnSync(PYTHON, ['-c', STEP_IN_TORCH], {
        cwd: folder,
        env: pythonEnvironment,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const { tensors } = readSafetensors(readFileSync(join(folder, 'after.safetensors')));
      const theirs = (name: string) => tensors.get(name)!.data as Float32Array;
      expect(loss).toBeCloseTo(theirs('loss')[0]!, 5);
      expect(correct).toBe(theirs('correct')[0]);
      for (const name of [
        'stem.weight',
        'norm.weight',
        'norm.bias',
        'classifier.weight',
        'classifier.bias',
      ]) {
        expect(relativeError(ours.get(name)!.data as Float32Array, theirs(name))).toBeLessThan(1e-5);
      }
    },
  );
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@tenas/base';
import {
  type Graph,
  readSafetensors,
  sizeOf,
  type Tensor,
  unpackWeights,
  writeSafetensors,
} from '@tenas/graph';
import { Program } from '@tenas/native';
import { pytorchModel } from '@tenas/pytorch';
import { darts } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { PYTHON, pythonEnvironment } from '../packages/pytorch/test/support/python-process.js';
import { torchMissing } from '../packages/pytorch/test/support/torch-process.js';
import { relativeError } from './support/random-inputs.js';
import { temporaryFolder } from './support/temporary-folder.js';

const STEP = { lr: 0.05, momentum: 0.9, weight_decay: 3e-4 };
const AUXILIARY = 0.4;
const SAMPLES = 5;

/** One step of the exported network, which leaves out what the file says. */
const STEP_IN_TORCH = `
import torch
import torch.nn.functional as F
import model
from weights import read_safetensors, write_safetensors
inputs = read_safetensors("inputs.safetensors")
network = model.Network(auxiliary=True, drop_path_prob=0.5)
network.load_state_dict(read_safetensors("model.safetensors"), strict=True)
network.train()
masks = list(inputs["drop_path"])
model.drop_path = lambda x, p: x * masks.pop(0).view(-1, 1, 1, 1)
network.classifier.register_forward_pre_hook(lambda layer, given: given[0] * inputs["dropout"])
optimiser = torch.optim.SGD(network.parameters(), lr=${STEP.lr}, momentum=${STEP.momentum}, weight_decay=${STEP.weight_decay})
logits, extra = network(inputs["images"])
assert not masks, f"{len(masks)} masks are left"
losses = [F.cross_entropy(output, inputs["labels"]) for output in (logits, extra)]
(losses[0] + ${AUXILIARY} * losses[1]).backward()
optimiser.step()
write_safetensors("after.safetensors", {"losses": torch.stack(losses).detach(), **network.state_dict()})
`;

function factors(count: number, probability: number, seed: number): Float32Array {
  const random = new RandomStream('factors', seed);
  return Float32Array.from({ length: count }, () =>
    random.unit() < probability ? 0 : 1 / (1 - probability),
  );
}

function parameterValues(graph: Graph, of: (name: string) => ArrayLike<number | bigint>): number[] {
  return graph.params.flatMap(({ name }) => Array.from(of(name), Number));
}

const missing = torchMissing();

describe.skipIf(missing !== null)(
  `a step with drop path, dropout and the auxiliary head${missing === null ? '' : ` (${missing})`}`,
  () => {
    const folder = temporaryFolder();

    it.each([
      [
        'DARTS_V2',
        { macro: 'cifar', C: 4, N: 3, stemMultiplier: 2, numClasses: 10, inputShape: [3, 32, 32] },
      ],
      // Its reduction cells concatenate what drop path leaves out.
      ['GDAS_F1', { macro: 'cifar', C: 8, N: 4, stemMultiplier: 1, numClasses: 10, inputShape: [3, 64, 64] }],
      ['PC_DARTS_image', { macro: 'imagenet', C: 4, N: 3, numClasses: 10, inputShape: [3, 224, 224] }],
    ] as const)(
      'moves %s as PyTorch does, given the same factors',
      async (genotype, size) => {
        const architecture = darts.parse(genotype);
        const { graph, dropPath, auxiliary } = darts.trainingNetwork!(architecture, size);
        const features = graph.nodes.findIndex(({ op }) => op === 'globalAvgPool');
        const width = sizeOf(graph.nodes[features]!.shape);
        const random = new RandomStream('images', genotype);
        const images = Float32Array.from({ length: SAMPLES * sizeOf(size.inputShape) }, () =>
          random.normal(),
        );
        const labels = Int32Array.from({ length: SAMPLES }, (_, n) => (3 * n) % 10);
        const paths = factors(dropPath.length * SAMPLES, 0.4, 1);
        const values = factors(SAMPLES * width, 0.3, 2);

        using program = Program.compile(graph);
        const weights = program.seededWeights({ seed: 2, repeat: 0, init: 'pytorch' });
        await using trainer = program.trainer({
          weights: { kind: 'explicit', data: weights },
          optimiser: { kind: 'sgd', momentum: STEP.momentum, weightDecay: STEP.weight_decay },
          heads: [{ node: auxiliary!, weight: AUXILIARY }],
          dropPath,
          dropout: [features],
          threads: 1,
        });
        const step = { images, labels, learningRate: STEP.lr, dropPath: paths, dropout: values };
        const { loss, headLosses } = await trainer.step(step);
        const ours = await trainer.parameters();

        const target = join(folder, genotype);
        mkdirSync(target);
        const put = (name: string, content: string | Uint8Array) =>
          writeFileSync(join(target, name), content);
        const plain = darts.network(architecture, size);
        put('model.py', pytorchModel(plain, { architecture: { space: 'darts', genotype } }).source);
        put('weights.py', readFileSync(new URL('../packages/pytorch/python/weights.py', import.meta.url)));
        const before = unpackWeights(graph, weights);
        put('model.safetensors', writeSafetensors(before));
        put(
          'inputs.safetensors',
          writeSafetensors(
            new Map<string, Tensor>([
              ['images', { dtype: 'F32', shape: [SAMPLES, ...size.inputShape], data: images }],
              ['labels', { dtype: 'I64', shape: [SAMPLES], data: BigInt64Array.from(labels, BigInt) }],
              ['drop_path', { dtype: 'F32', shape: [dropPath.length, SAMPLES], data: paths }],
              ['dropout', { dtype: 'F32', shape: [SAMPLES, width], data: values }],
            ]),
          ),
        );
        const { status, stderr } = spawnSync(PYTHON, ['-c', STEP_IN_TORCH], {
          cwd: target,
          env: pythonEnvironment,
          encoding: 'utf8',
        });
        expect(stderr).toBe('');
        expect(status).toBe(0);
        const { tensors: theirs } = readSafetensors(readFileSync(join(target, 'after.safetensors')));
        const losses = theirs.get('losses')!.data as Float32Array;
        expect(loss).toBeCloseTo(losses[0]!, 4);
        expect(headLosses![0]).toBeCloseTo(losses[1]!, 4);
        const start = parameterValues(graph, (name) => before.get(name)!.data);
        const moved = (of: (name: string) => ArrayLike<number | bigint>) =>
          parameterValues(graph, of).map((value, place) => value - start[place]!);
        const error = relativeError(
          moved((name) => theirs.get(name)!.data),
          moved((name) => ours.get(name)!.data),
        );
        expect(error).toBeLessThan(1e-3);
      },
      60_000,
    );
  },
);

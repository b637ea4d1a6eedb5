import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Graph, readSafetensors, type Tensor, unpackWeights, writeSafetensors } from '@tenas/graph';
import { type PytorchModelOptions, pytorchModel } from '../../src/index.js';
import type { TorchAnswer, TorchProcess } from './torch-process.js';

/** What PyTorch computed for a network. */
export interface TorchOutputs extends TorchAnswer {
  /** Logits in eval mode. */
  readonly eval: Float32Array;
  /** Logits in training mode. */
  readonly train: Float32Array | undefined;
  /** The state_dict after a step. */
  readonly after: ReadonlyMap<string, Tensor>;
}

/** Settings of {@link inTorch}. */
export interface InTorchOptions extends PytorchModelOptions {
  readonly graph: Graph;
  readonly weights: Float32Array;
  readonly images: Float32Array;
  /** Where labels are given, a step is made. */
  readonly labels?: readonly number[];
  /** Arguments of torch.optim.SGD, for a step. */
  readonly step?: object;
  /** An empty folder. */
  readonly folder: string;
}

/** Writes a network, loads it in PyTorch with `strict=True`, and runs images through it. */
export async function inTorch(torch: TorchProcess, options: InTorchOptions): Promise<TorchOutputs> {
  const { graph, images, labels = [], folder, step = null } = options;
  mkdirSync(folder, { recursive: true });
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  put('model.py', pytorchModel(graph, options).source);
  put('weights.py', readFileSync(new URL('../../python/weights.py', import.meta.url)));
  put('model.safetensors', writeSafetensors(unpackWeights(graph, options.weights)));
  const shape = graph.nodes[graph.input]!.shape;
  const samples = images.length / shape.reduce((product, length) => product * length, 1);
  const inputs = new Map<string, Tensor>([
    ['images', { dtype: 'F32', shape: [samples, ...shape], data: images }],
  ]);
  if (step !== null)
    inputs.set('labels', { dtype: 'I64', shape: [samples], data: BigInt64Array.from(labels, BigInt) });
  put('inputs.safetensors', writeSafetensors(inputs));
  const answer = await torch.run({ folder, step });
  if (answer.error !== undefined) throw new Error(answer.error);
  const { tensors } = readSafetensors(readFileSync(join(folder, 'outputs.safetensors')));
  const after = [...tensors].flatMap(([name, tensor]): [string, Tensor][] =>
    name.startsWith('after.') ? [[name.slice('after.'.length), tensor]] : [],
  );
  return {
    ...answer,
    eval: tensors.get('eval')!.data as Float32Array,
    train: tensors.get('train')?.data as Float32Array | undefined,
    after: new Map(after),
  };
}

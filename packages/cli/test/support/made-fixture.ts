import { writeFileSync } from 'node:fs';
import { paramOffsets, type Tensor, writeSafetensors } from '@tenas/graph';
import { Program } from '@tenas/native';
import { flatDomain, type NestedDomain, nasBench201 } from '@tenas/spaces';

/** Values that grow and shrink without a pattern, reproducible. */
function values(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index * 12.9898) * 1.5);
}

const active: NestedDomain = {
  cell: {
    '1<-0': ['skip_connect', 'nor_conv_3x3'],
    '2<-0': ['nor_conv_1x1'],
    '2<-1': ['none', 'avg_pool_3x3'],
    '3<-0': ['nor_conv_3x3'],
    '3<-1': ['skip_connect'],
    '3<-2': ['avg_pool_3x3', 'nor_conv_1x1'],
  },
};

/** Tensors and case of a fixture whose expectations the reference engine computed, in the format of the reference's. */
export async function makeFixture(
  kind: 'kernel' | 'regions',
): Promise<{ tensors: Map<string, Tensor>; case: object }> {
  const kernel = kind === 'kernel';
  const inputShape = kernel ? ([3, 8, 8] as const) : ([1, 3, 3] as const);
  const params = kernel
    ? { C: 2, N: 1, depth: -1, use_stem: true, num_classes: 4 }
    : { C: 1, N: 1, depth: 1, use_stem: false, num_classes: 4 };
  const { C, N, depth, use_stem: useStem, num_classes: numClasses } = params;
  const supernet = nasBench201.supernet.build({ C, N, depth, useStem, numClasses, inputShape });
  const { graph } = supernet;
  const batchSize = kernel ? 5 : 40;
  const shape = kernel ? [batchSize, ...inputShape] : [2, batchSize, ...inputShape];
  const inputs = values(shape.reduce((product, size) => product * size, 1));
  using program = Program.compile(graph);
  const data = program.seededWeights({ seed: 3, repeat: 0, init: 'kaiming_fan_in' });
  const request = {
    batchSize,
    repeats: [{ inputs, weights: { kind: 'explicit' as const, data } }],
    candidates: [supernet.coefficients(flatDomain(active))],
    engine: 'reference' as const,
  };
  const tensors = new Map<string, Tensor>();
  const offsets = paramOffsets(graph).offsets;
  for (const { id, kind: paramKind, name, shape: paramShape } of graph.params) {
    if (paramKind === 'bnRunningMean' || paramKind === 'bnRunningVar') continue;
    const size = paramShape.reduce((product, length) => product * length, 1);
    tensors.set(name, {
      dtype: 'F32',
      shape: paramShape,
      data: data.slice(offsets[id]!, offsets[id]! + size),
    });
  }
  tensors.set('input', { dtype: 'F32', shape, data: inputs });
  const double = (tensorShape: number[], given: ArrayLike<number>): Tensor => ({
    dtype: 'F64',
    shape: tensorShape,
    data: Float64Array.from(given),
  });
  const whole = (tensorShape: number[], given: ArrayLike<number>): Tensor => ({
    dtype: 'I64',
    shape: tensorShape,
    data: BigInt64Array.from(Array.from(given, BigInt)),
  });
  if (kernel) {
    for (const mode of ['batch', 'sample'] as const) {
      const { evaluations } = await program.evaluate({ ...request, tasks: [{ kind: 'ntk', mode }] });
      const { kernel: matrix, eigenvalues, logits } = evaluations[0]![0];
      tensors.set('expected.logits', double([batchSize, numClasses], logits));
      tensors.set(`expected.ntk_${mode}`, double([batchSize, batchSize], matrix));
      tensors.set(`expected.eigenvalues_${mode}`, double([batchSize], eigenvalues));
    }
  } else {
    const { evaluations } = await program.evaluate({
      ...request,
      tasks: [{ kind: 'regions', batches: 2, popcounts: true }],
    });
    const { regions, neurons, popcounts } = evaluations[0]![0];
    tensors.set('expected.linear_regions', whole([], [regions]));
    tensors.set('expected.neurons', whole([], [neurons]));
    tensors.set('expected.pattern_popcounts', whole([2 * batchSize], popcounts!));
  }
  return {
    tensors,
    case: { name: `made-${kind}`, space: 'nas-bench-201', kind: 'supernet', params, active },
  };
}

/** Writes a fixture file. */
export function writeFixture(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  described: object | string,
): void {
  const text = typeof described === 'string' ? described : JSON.stringify(described);
  writeFileSync(path, writeSafetensors(tensors, { case: text }));
}

import {
  type GivenTensor,
  type Graph,
  GraphBuilder,
  packWeights,
  paramOffsets,
  readSafetensors,
  sizeOf,
  type Tensor,
  unpackWeights,
  type WeightSet,
  writeSafetensors,
} from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../test/support/expect-tenas-error.js';
import { randomGraph } from '../../../test/support/random-graph.js';

function example(): Graph {
  const builder = new GraphBuilder();
  const conv = builder.conv2d(builder.input([2, 3, 3]), { name: 'conv', outChannels: 2, kernel: 1 });
  const pooled = builder.globalAvgPool(builder.batchNorm(conv, { name: 'bn' }));
  return builder.build(builder.linear(pooled, { name: 'fc', outFeatures: 1 }));
}

/** A tensor for every parameter, holding 1, 2, 3, ... through all of them. */
function counting(graph: Graph): Map<string, Tensor> {
  const { offsets } = paramOffsets(graph);
  return new Map(
    graph.params.map(({ id, name, shape }) => [
      name,
      {
        dtype: 'F32',
        shape,
        data: Float32Array.from({ length: sizeOf(shape) }, (_, k) => offsets[id]! + k + 1),
      },
    ]),
  );
}

describe('paramOffsets', () => {
  it('adds up the sizes in order', () => {
    expect(paramOffsets(example())).toEqual({ offsets: [0, 4, 6, 8, 10, 12, 14], total: 15 });
  });
});

describe('packWeights', () => {
  it('concatenates in the order of the parameters, whatever the order of the tensors, through a file', () => {
    fc.assert(
      fc.property(randomGraph(), fc.infiniteStream(fc.nat()), ({ graph }, numbers) => {
        const shuffled = [...counting(graph)]
          .map((item) => ({ item, key: numbers.next().value as number }))
          .sort((x, y) => x.key - y.key)
          .map(({ item }) => item);
        const { tensors } = readSafetensors(writeSafetensors(new Map(shuffled)));
        const { data, ignored, missing } = packWeights(graph, tensors);
        expect([...data]).toEqual(Array.from({ length: paramOffsets(graph).total }, (_, k) => k + 1));
        expect([ignored, missing]).toEqual([[], []]);
      }),
      { numRuns: 60 },
    );
  });

  it('takes a WeightSet, and double precision', () => {
    const graph = example();
    const single: WeightSet = new Map(
      graph.params.map(({ name, shape }) => [
        name,
        { shape, data: new Float32Array(sizeOf(shape)).fill(0.5) },
      ]),
    );
    expect([...packWeights(graph, single).data]).toEqual(Array(15).fill(0.5));
    const double = new Map<string, GivenTensor>(single);
    double.set('fc.bias', { dtype: 'F64', shape: [1], data: Float64Array.of(0.1) });
    expect(packWeights(graph, double).data[14]).toBe(Math.fround(0.1));
  });

  it('gives running statistics that are absent 0 and 1, and says so', () => {
    const graph = example();
    const tensors = counting(graph);
    tensors.delete('bn.running_mean');
    tensors.delete('bn.running_var');
    const { data, missing } = packWeights(graph, tensors);
    expect([...data.subarray(8, 12)]).toEqual([0, 0, 1, 1]);
    expect(missing).toEqual(['bn.running_mean', 'bn.running_var']);
  });

  it('fills what is missing with 0 if allowed', () => {
    const tensors = counting(example());
    tensors.delete('conv.weight');
    const { data, missing } = packWeights(example(), tensors, { allowMissing: true });
    expect([...data.subarray(0, 5)]).toEqual([0, 0, 0, 0, 5]);
    expect(missing).toEqual(['conv.weight']);
  });

  it('leaves out what it is told to ignore, and says so', () => {
    const tensors = counting(example()).set('bn.num_batches_tracked', {
      dtype: 'I64',
      shape: [],
      data: BigInt64Array.of(3n),
    });
    expect(tenasErrorOf(() => packWeights(example(), tensors)).message).toContain('bn.num_batches_tracked');
    const ignore = (name: string) => name.endsWith('num_batches_tracked');
    expect(packWeights(example(), tensors, { ignore }).ignored).toEqual(['bn.num_batches_tracked']);
  });

  it('names everything that is wrong at once, with expected and given shapes', () => {
    const tensors = counting(example());
    tensors.delete('conv.weight');
    tensors.set('extra.weight', { dtype: 'F32', shape: [1], data: Float32Array.of(1) });
    tensors.set('bn.weight', { dtype: 'F32', shape: [3], data: new Float32Array(3) });
    tensors.set('bn.bias', { dtype: 'F32', shape: [2], data: Float32Array.of(0, Number.NaN) });
    tensors.set('bn.running_mean', { dtype: 'I32', shape: [2], data: new Int32Array(2) });
    tensors.set('bn.running_var', { dtype: 'F32', shape: [2], data: Float32Array.of(1, -1) });
    tensors.set('fc.bias', { dtype: 'F64', shape: [1], data: Float64Array.of(1e300) });
    const error = tenasErrorOf(() => packWeights(example(), tensors));
    expect(error.code).toBe('WEIGHTS_INVALID');
    for (const part of [
      'conv.weight [2, 2, 1, 1]',
      'extra.weight',
      'bn.weight: shape is [3]; it must be [2]',
      'bn.bias: value 1 is NaN',
      'bn.running_mean: dtype is I32; it must be F32 or F64',
      'bn.running_var: value 1 is -1',
      'fc.bias: value 0 is Infinity',
    ]) {
      expect(error.message).toContain(part);
    }
  });

  it('lists ten of each and counts the rest, and cuts long names', () => {
    const tensors = counting(example());
    for (let k = 0; k < 25; k++)
      tensors.set(`extra${k}.${'x'.repeat(5000)}`, { dtype: 'U8', shape: [0], data: new Uint8Array(0) });
    const { message } = tenasErrorOf(() => packWeights(example(), tensors));
    expect(message).toContain('... and 15 more');
    expect(message.match(/extra\d+\./g)).toHaveLength(10);
    expect(message.length).toBeLessThan(3000);
  });
});

describe('unpackWeights', () => {
  it('is the inverse of packWeights', () => {
    const graph = example();
    const { data } = packWeights(graph, counting(graph));
    const tensors = unpackWeights(graph, data);
    expect([...tensors.keys()]).toEqual(graph.params.map(({ name }) => name));
    expect(packWeights(graph, tensors).data).toEqual(data);
    expect(packWeights(graph, readSafetensors(writeSafetensors(tensors)).tensors).data).toEqual(data);
  });
});

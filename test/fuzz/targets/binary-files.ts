import { TenasError } from '@tenas/base';
import { unpackBzip2, unpickle } from '@tenas/data';
import { GraphBuilder, readSafetensors, writeSafetensors } from '@tenas/graph';
import { exportOnnx, importOnnx } from '@tenas/onnx';
import { zipSync } from 'fflate';
import { readNpy, readNpz } from '../../../packages/data/src/npz.js';
import { decodePlainBitmap } from '../../../packages/data/src/plain-bitmaps.js';
import { mutatedModel } from '../../../packages/onnx/test/support/mutated-model.js';
import { randomWeights } from '../../../packages/onnx/test/support/random-weights.js';
import { byteTarget, type FuzzTarget } from '../target.js';
import { bitmaps, npy, pickles } from './sample-files.js';

function safetensors(): Uint8Array[] {
  const tensor = (shape: readonly number[]) => ({
    dtype: 'F32' as const,
    shape,
    data: Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      (_, at) => at / 7,
    ),
  });
  const tensors = new Map([
    ['stem.0.weight', tensor([4, 3, 3, 3])],
    ['stem.1.bias', tensor([4])],
    ['scalar', tensor([])],
  ]);
  const header = (text: string, data: number) => {
    const bytes = Buffer.alloc(8 + text.length + data);
    bytes.writeBigUInt64LE(BigInt(text.length));
    bytes.write(text, 8);
    return bytes;
  };
  return [
    writeSafetensors(tensors),
    writeSafetensors(tensors, { format: 'pt' }),
    header(
      '{"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}',
      16,
    ),
  ];
}

/** A small network with most operators, as an ONNX file. */
function onnxModel(): Uint8Array {
  const builder = new GraphBuilder();
  const image = builder.input([3, 8, 8]);
  const stem = builder.conv2d(image, { name: 'stem', outChannels: 4, kernel: 3, padding: 1 });
  const norm = builder.batchNorm(stem, { name: 'norm' });
  const act = builder.activation(norm, 'hardSwish', 'act');
  const gate = builder.activation(builder.globalAvgPool(act, 'squeeze'), 'sigmoid', 'gate');
  const turned = builder.selectChannels(builder.scale(act, gate, 'scaled'), [0, 2, 1, 3], 'turned');
  const pooled = builder.maxPool2d(turned, { name: 'pool', kernel: 3, stride: 2, padding: 1 });
  const head = builder.linear(builder.globalAvgPool(pooled, 'mean'), { name: 'head', outFeatures: 3 });
  const graph = builder.build(head);
  return exportOnnx(graph, randomWeights(graph));
}

const readOnnx = (bytes: Uint8Array) => importOnnx(bytes, { imageSize: [16, 16] }).weights();
let model: Uint8Array | undefined;

const MOST_UNPACKED = 1 << 24;
const MOST_PIXELS = 1 << 22;

/** Readers of files that are no text. */
export const binaryTargets: readonly FuzzTarget[] = [
  byteTarget({ name: 'safetensors', seeds: safetensors, read: readSafetensors }),
  byteTarget({ name: 'pickle', seeds: pickles, read: unpickle }),
  byteTarget({
    name: 'npy',
    seeds: () => [
      npy('|u1', '3, 4', new Uint8Array(12)),
      npy('>f8', '2,', new Uint8Array(16)),
      npy('<i8', '', new Uint8Array(8)),
    ],
    read: (bytes) => readNpy(bytes, 'x'),
  }),
  byteTarget({
    name: 'npz',
    seeds: () => {
      const files = {
        'data.npy': npy('|u1', '2, 6', new Uint8Array(12)),
        'labels.npy': npy('<i4', '2,', new Uint8Array(8)),
      };
      return [zipSync(files, { level: 0 }), zipSync(files)];
    },
    read: (bytes) => readNpz(bytes, ['data', 'labels'], MOST_UNPACKED),
  }),
  byteTarget({
    name: 'bitmap',
    seeds: bitmaps,
    read: (bytes) => {
      try {
        return decodePlainBitmap(bytes, MOST_PIXELS);
      } catch (error) {
        // Folders count such a file.
        const isExpected = error instanceof RangeError && /bounds of the DataView/.test(error.message);
        if (isExpected || (error instanceof Error && error.constructor === Error))
          throw new TenasError('DATA_INVALID', error.message);
        throw error;
      }
    },
  }),
  byteTarget({
    name: 'bzip2',
    seeds: () => [
      Buffer.from(
        'QlpoOTFBWSZTWTFTb3AAAAaRgEAEJkWcgCAAISiDT1HpCAaAFGJ0kgbUNhQTIX66Pi7kinChIGKm3uA=',
        'base64',
      ),
      Buffer.from('QlpoORdyRThQkAAAAAA=', 'base64'),
    ],
    read: (bytes) => unpackBzip2(bytes, { maxBytes: MOST_UNPACKED }),
  }),
  byteTarget({ name: 'onnx-bytes', seeds: () => [onnxModel()], read: readOnnx }),
  {
    name: 'onnx-model',
    input: (seed, number) => {
      model ??= onnxModel();
      return mutatedModel(model, seed * 1_000_003 + number);
    },
    read: readOnnx,
  },
];

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { readInput, TenasError } from '@tenas/base';
import { LARGEST_IMAGE } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import {
  externalReader,
  importOnnx,
  METADATA_PREFIX,
  type StatedOrigin,
  statedOrigin,
  summarizeModel,
} from '@tenas/onnx';
import type { ModelReference } from '@tenas/records';
import { givenNetwork } from '@tenas/spaces';
import type { GivenArchitecture } from './given-architecture.js';
import { namingInput } from './input-text.js';
import { ONNX_SPACE, type OnnxWeights } from './onnx-flags.js';

/** The network of an ONNX file, as the only architecture of a space. */
export interface OnnxArchitecture extends GivenArchitecture {
  readonly graph: Graph;
  readonly model: ModelReference;
  /** Whether the weights of the file are trained ones: a file of tenas says where they are not. */
  readonly trained: boolean;
  /** What the file says of the images that the network is for. */
  readonly stated: StatedOrigin;
}

/** An ONNX file that `--onnx` names. */
export interface OnnxFile {
  /**
   * Height and width of its images; undefined where it leaves them open, or where they differ.
   * @throws TenasError OPTION_INVALID for larger ones than any dataset gives
   */
  imageSize(): number | undefined;
  /**
   * Its network.
   * @param images what it will see; default: those that it says
   * @param which weights
   * @throws TenasError OPTION_INVALID for images of another size; those of `importOnnx` and of the weights
   */
  network(images: SizedImages | undefined, which: OnnxWeights): Promise<OnnxArchitecture>;
}

interface SizedImages {
  readonly name?: string | undefined;
  readonly height: number;
  readonly width: number;
}

/**
 * Reads the file of `--onnx`.
 * @throws TenasError OPTION_INVALID where an architecture or its size is named, too; ONNX_UNREADABLE
 */
export async function openOnnx(
  path: string,
  others: {
    readonly space?: string | undefined;
    readonly arch?: string | undefined;
    readonly record?: string | undefined;
    readonly channels?: number | undefined;
    readonly cells?: number | undefined;
  },
  signal: AbortSignal,
): Promise<OnnxFile> {
  for (const name of ['space', 'arch', 'record', 'channels', 'cells'] as const) {
    if (others[name] === undefined) continue;
    throw new TenasError(
      'OPTION_INVALID',
      `--${name}: --onnx names the network already; leave one of them out`,
      {
        field: `--${name}`,
        value: others[name],
      },
    );
  }
  const bytes = await namingInput('--onnx', path, () => readInput(path, { signal }));
  const { inputs, metadata } = naming(path, () => summarizeModel(bytes));
  const [, , height, width] = inputs[0]?.shape ?? [];
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    imageSize() {
      if (typeof height !== 'number' || height !== width) return undefined;
      if (height <= LARGEST_IMAGE) return height;
      throw new TenasError(
        'OPTION_INVALID',
        `--onnx: ${path} takes images of 3x${height}x${height}; synthetic images and pictures of folders have at most ${LARGEST_IMAGE}x${LARGEST_IMAGE} pixels`,
        { field: '--onnx', value: path },
      );
    },
    async network(images, which) {
      const read = naming(path, () =>
        importOnnx(bytes, { imageSize: images && [images.height, images.width] }),
      );
      requireImages(path, read.graph, images);
      const weights = which === 'file' ? await read.weights(externalReader(path)) : undefined;
      const text = basename(path);
      const space = givenNetwork({ space: ONNX_SPACE, text, graph: read.graph });
      return {
        ...{ space, architecture: space.parse(text), graph: read.graph, weights },
        model: { file: path, sha256, weights: which },
        trained: metadata[`${METADATA_PREFIX}trained`] !== 'false',
        stated: statedOrigin(metadata),
      };
    },
  };
}

/** Names the file in errors about it, and the flag in those about what only it can mean. */
function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    const { code, message, field, value } = cause;
    if (field !== 'imageSize') throw new TenasError(code, `${path}: ${message}`, { field, value, cause });
    throw new TenasError(
      'OPTION_INVALID',
      `--onnx: ${path} leaves height and width of its images open; give their size`,
      {
        ...{ field: '--onnx', value: path, cause },
      },
    );
  }
}

function requireImages(path: string, graph: Graph, images: SizedImages | undefined): void {
  const shape = graph.nodes[graph.input]!.shape;
  const found = images === undefined ? undefined : [3, images.height, images.width];
  if (found === undefined || found.join() === shape.join()) return;
  throw new TenasError(
    'OPTION_INVALID',
    `--onnx: ${path} takes images of ${shape.join('x')}; those of ${images?.name ?? 'the dataset'} are ${found.join('x')}`,
    { field: '--onnx', value: path },
  );
}

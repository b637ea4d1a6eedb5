import { writeOutputFile } from '@tenas/base';
import { evaluationBatches, type ImageSource, sampleShape } from '@tenas/data';
import { type Graph, sizeOf } from '@tenas/graph';
import {
  type CheckResult,
  checkOnnx,
  classifyOnnx,
  DEFAULT_OPSET,
  exportOnnx,
  type ModelOrigin,
  modelDescription,
  modelMetadata,
} from '@tenas/onnx';
import { trainedWeights } from '@tenas/runner/training';
import type { TrainedNetwork } from '@tenas/train';
import { version } from '../../version.js';
import type { TrainingFolder } from './training-folder.js';

/** Batches of images that the ONNX file is checked on, and their size. */
const CHECKED_BATCHES = [1, 31, 224];

/** The trained network as files: what is said of the ONNX file. */
export interface OnnxFile {
  readonly bytes: number;
  readonly opset: number;
  readonly check: CheckResult;
  /** Images that it was checked on. */
  readonly checked: number;
  /** In onnxruntime; null without test images. */
  readonly accuracy: number | null;
}

/**
 * Writes the trained weights, then the network as ONNX; checks the latter on images, and measures its accuracy.
 * @param images.check of which the first few are used
 */
export async function writeTrained(
  files: TrainingFolder,
  trained: TrainedNetwork,
  about: { readonly graph: Graph; readonly origin: ModelOrigin; readonly threads: number | undefined },
  images: { readonly check: ImageSource; readonly test: ImageSource | undefined },
  signal: AbortSignal,
): Promise<OnnxFile> {
  const { graph, origin, threads } = about;
  const { weights } = trained;
  const safetensors = trainedWeights(trained, {
    space: origin.space ?? '',
    architecture: origin.genotype ?? '',
  });
  await writeOutputFile(files.weights, safetensors, { force: true });
  const model = exportOnnx(graph, weights, {
    metadata: modelMetadata(origin),
    docString: modelDescription(origin),
    producerVersion: version(),
    graphName: origin.space,
  });
  await writeOutputFile(files.onnx, model, { force: true });
  const inputs = await firstImages(images.check, signal);
  const check = await checkOnnx(model, { graph, weights, inputs, threads, signal });
  // onnxruntime's outputs are those of single tiles, which decide together only, or maps.
  const measured =
    images.test &&
    (images.test.task?.tiles ?? 1) === 1 &&
    images.test.task?.labelled === undefined &&
    (await classifyOnnx(model, evaluationBatches(images.test, { batchSize: 256, signal }), {
      threads,
      signal,
    }));
  return {
    bytes: model.length,
    opset: DEFAULT_OPSET,
    check,
    checked: check.outputs.reduce((sum, { batch }) => sum + batch, 0),
    accuracy: measured ? measured.accuracy : null,
  };
}

/** The first images of a source in batches of several sizes. */
async function firstImages(source: ImageSource, signal: AbortSignal): Promise<Float32Array[]> {
  const most = CHECKED_BATCHES.reduce((sum, size) => sum + size, 0);
  const batchSize = Math.min(most, source.size);
  const { value: batch } = await evaluationBatches(source, { batchSize, signal }).next();
  const sample = sizeOf(sampleShape(source));
  let start = 0;
  return CHECKED_BATCHES.flatMap((size) => {
    const end = Math.min(start + size, batchSize);
    const inputs = batch!.images.slice(start * sample, end * sample);
    start = end;
    return inputs.length === 0 ? [] : [inputs];
  });
}

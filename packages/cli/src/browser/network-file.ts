import { calibrateBatchNorm, exportOnnx, modelDescription, modelMetadata } from '@tenas/onnx';
import type { SearchRecord } from '@tenas/records';
import { calibrationImages } from '../commands/export/images.js';
import { initialWeights } from '../commands/export/network-weights.js';
import { modelOrigin } from '../model-origin.js';
import { version } from '../version.js';
import type { OfferedFile } from './messages.js';
import type { WishedSearch } from './wished-search.js';

/**
 * The network to train of the found architecture as ONNX, with initial weights and batch norm calibrated on the images of
 * the search: what `tenas export` writes for its record.
 */
export async function networkFile(
  record: SearchRecord & { readonly architecture: string },
  { space, source }: WishedSearch,
  signal: AbortSignal,
): Promise<OfferedFile> {
  const architecture = space.parse(record.architecture);
  const graph = space.network(architecture, space.sizes.final(source));
  const { weights: initial, origin, trained } = initialWeights(graph, record.seed);
  const images = await calibrationImages(source, record.seed, signal);
  const { inputs, size: batchSize } = images;
  const weights = await calibrateBatchNorm(graph, initial, {
    inputs,
    batchSize,
    seed: record.seed,
    threads: 1,
    signal,
  });
  const described = modelOrigin({
    ...{ space, architecture, graph, record, trained, weights: origin, calibration: images.text },
    dataset: source,
    namedDataset: source.name,
    classNames: source.classNames,
  });
  const content = exportOnnx(graph, weights, {
    metadata: modelMetadata(described),
    docString: modelDescription(described),
    producerVersion: version(),
    graphName: space.name,
  });
  return { name: 'model.onnx', content };
}

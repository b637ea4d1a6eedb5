import { NORMALISATION } from '@tenas/data';
import { type Graph, graphCost, unpackWeights, writeSafetensors } from '@tenas/graph';
import type { ModelOrigin } from '@tenas/onnx';
import { pytorchBundle } from '@tenas/pytorch';
import { PROTOCOL_DATASETS } from '@tenas/spaces';
import type { GivenArchitecture } from '../../given-architecture.js';
import type { Given as GivenOf } from '../../invocation.js';
import { version } from '../../version.js';
import type { exportUsage } from './options.js';
import { MODEL_FILE } from './targets.js';

interface Exported extends GivenArchitecture {
  readonly given: GivenOf<typeof exportUsage>;
  readonly graph: Graph;
  readonly size: object;
  /** All parameters in `graph.params` order. */
  readonly weights: Float32Array;
  readonly described: ModelOrigin;
  /** The bytes of the ONNX file that is written. */
  readonly onnx: Uint8Array;
}

/** The files of `--format pytorch` by name. */
export function pytorchFiles(exported: Exported): Map<string, string | Uint8Array> {
  const { given, space, architecture, recordHash, graph, size, weights, described, onnx } = exported;
  const seeded = given.weights === undefined && exported.model?.weights !== 'file';
  const genotype = space.format(architecture);
  const trained = described.trained ?? false;
  // Pictures of one's own are normalised as those of ImageNet.
  const { mean, std } = described.normalisation ?? NORMALISATION.folder;
  const bundle = pytorchBundle({
    graph,
    architecture: { space: space.name, genotype },
    size,
    cost: graphCost(graph),
    dataset: described.dataset,
    classNames: described.classNames,
    normalisation: { mean: mean.map(fraction), std: std.map(fraction) },
    weights: described.weights ?? '',
    trained,
    seed: seeded ? given.seed : undefined,
    scores: described.scores,
    recordHash,
    recipe: space.recipe,
    toolVersion: version(),
    exportArguments: exportArguments(exported, genotype),
  });
  const metadata = { space: space.name, architecture: genotype, trained: String(trained) };
  return new Map<string, string | Uint8Array>([
    ...bundle,
    ['model.safetensors', writeSafetensors(unpackWeights(graph, weights), metadata)],
    [MODEL_FILE, onnx],
  ]);
}

/** Arguments with which `tenas export` makes the same network. */
function exportArguments({ given, space, graph, size, described }: Exported, genotype: string): string[] {
  const [, height, width] = graph.nodes[graph.input]!.shape;
  const dataset = PROTOCOL_DATASETS.find((name) => name === described.dataset);
  const numbers = Object.entries({
    classes: graph.nodes[graph.output]!.shape[0],
    channels: 'C' in size ? size.C : undefined,
    cells: 'N' in size ? size.N : undefined,
    'input-size': height === width ? height : undefined,
  });
  return [
    ...(given.onnx === undefined
      ? ['--space', given.space ?? space.name, '--arch', genotype]
      : ['--onnx', given.onnx]),
    ...(dataset === undefined ? [] : ['--dataset', dataset]),
    ...numbers.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, String(value)])),
  ];
}

/** A value of pixels from 0 to 255, of pixels from 0 to 1. */
function fraction(value: number): number {
  return value / 255;
}

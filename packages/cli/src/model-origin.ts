import { type DatasetName, knownClassNames, NORMALISATION } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import type { LoadedWeights, ModelOrigin, StatedOrigin } from '@tenas/onnx';
import type { Scores, SearchRecord, TrainingRecord } from '@tenas/records';
import { listStrategies } from '@tenas/search/definitions';
import type { DatasetShape, FoundArchitecture } from '@tenas/spaces';
import { version } from './version.js';

interface Given extends FoundArchitecture {
  readonly graph: Graph;
  /** Decided the size of the network. */
  readonly dataset: DatasetShape;
  /** As `--dataset` names it. */
  readonly namedDataset: string | undefined;
  readonly record?: SearchRecord | undefined;
  readonly training?: TrainingRecord | undefined;
  /** Where the weights are from. */
  readonly weights: string;
  readonly trained: boolean;
  readonly calibration?: string | undefined;
  /** Of the images that were read. */
  readonly classNames?: readonly string[] | undefined;
  /** What the file of the network says: it holds unless another dataset is named. */
  readonly stated?: StatedOrigin | undefined;
}

/** All that a model says of itself: what it is, what goes in and what comes out. */
export function modelOrigin(given: Given): ModelOrigin {
  const { space, architecture, graph, record, training, weights, trained, calibration } = given;
  const classes = graph.nodes[graph.output]!.shape[0];
  // With another number of classes, the dataset that was assumed is not what the network is for.
  const assumed = given.namedDataset === undefined && record === undefined && training === undefined;
  const dataset = assumed && classes !== given.dataset.classes ? undefined : given.dataset.name;
  const known = dataset !== undefined && isKnown(dataset) ? dataset : undefined;
  const stated = given.namedDataset === undefined ? given.stated : undefined;
  const names =
    given.classNames ?? stated?.classNames ?? (known === undefined ? undefined : knownClassNames(known));
  const strategy = listStrategies().find(({ name }) => name === record?.strategy);
  return {
    genotype: space.format(architecture),
    space: space.name,
    dataset,
    scores: record?.scores == null ? undefined : valuesOf(record.scores),
    toolVersion: version(),
    weights,
    trained,
    calibration,
    normalisation: stated?.normalisation ?? (known === undefined ? undefined : NORMALISATION[known]),
    classNames: names?.length === classes ? names : undefined,
    papers: [
      ...(space.paper === '' ? [] : [`the space ${space.title}: ${space.paper}`]),
      ...(strategy === undefined || strategy.paper === '' ? [] : [`the search: ${strategy.paper}`]),
    ],
  };
}

/**
 * Whether weights from a file were trained: who hands over weights says so, unless the file has `trained: false` in its
 * metadata, as those of untrained networks have.
 */
export function saysTrained({ metadata }: LoadedWeights): boolean {
  return metadata.trained !== 'false';
}

function isKnown(name: string): name is DatasetName {
  return Object.hasOwn(NORMALISATION, name);
}

/** The metrics that have a value, by name. */
function valuesOf(scores: Scores): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scores).flatMap(([name, { value }]) => (value === null ? [] : [[name, value]])),
  );
}

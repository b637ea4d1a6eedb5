import type { ImageSource } from '@tenas/data';
import { type Graph, graphCost, writeSafetensors } from '@tenas/graph';
import { nativeInfo } from '@tenas/native';
import {
  type ModelReference,
  type PlugInReference,
  TRAINING_VERSION,
  type TrainingRecord,
} from '@tenas/records';
import type { TrainingRecipe } from '@tenas/spaces';
import type { TrainedNetwork } from '@tenas/train';

/** The images of a training; no image is in two of the parts. */
export interface TrainingParts {
  readonly training: ImageSource;
  readonly validation: ImageSource | undefined;
  /** Undefined where the dataset has none: those that are held out serve. */
  readonly test: ImageSource | undefined;
}

/** What was trained, and how. */
export interface TrainingFacts {
  readonly space: string;
  readonly architecture: string;
  readonly graph: Graph;
  /** The size of the network, as its space has it. */
  readonly size: object;
  readonly images: TrainingParts;
  readonly recipe: TrainingRecipe;
  readonly batchSize: number;
  readonly seed: number;
  readonly plugins: readonly PlugInReference[];
  readonly tool?: string | undefined;
  /** The file that the network was read from. */
  readonly model?: ModelReference | undefined;
}

/** The record of a training. @param files where it writes, and with how many threads it ran */
export function trainingRecord(
  facts: TrainingFacts,
  trained: TrainedNetwork,
  files: Pick<TrainingRecord, 'weights' | 'onnx' | 'threads'>,
): TrainingRecord {
  const { space, architecture, graph, size, images, recipe, batchSize, seed, plugins, tool, model } = facts;
  const { training, validation, test } = images;
  const { params, flops } = graphCost(graph);
  const { epochs, notes } = trained;
  return {
    trainingVersion: TRAINING_VERSION,
    kind: 'training',
    versions: { ...(tool === undefined ? {} : { tool }), isa: nativeInfo().isa },
    plugins,
    ...{ space, architecture, network: { ...size }, params, macs: flops },
    ...(model === undefined ? {} : { model }),
    dataset: {
      name: training.name,
      fingerprint: training.fingerprint,
      classes: training.classes,
      ...(training.classNames === undefined ? {} : { classNames: training.classNames }),
      height: training.height,
      width: training.width,
      training: training.size,
      validation: validation?.size ?? 0,
      test: test?.size ?? 0,
      skipped: training.skipped ?? 0,
    },
    ...(training.task === undefined ? {} : { task: training.task.name }),
    ...{ recipe, batchSize, seed, threads: files.threads, epochs },
    test: trained.test && {
      of: test === undefined ? 'validation' : 'test',
      images: trained.test.images,
      accuracy: trained.test.accuracy,
    },
    weights: files.weights,
    onnx: files.onnx,
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** Trained weights as a safetensors file, which says what it is. */
export function trainedWeights(
  { parameters }: TrainedNetwork,
  { space, architecture }: Pick<TrainingFacts, 'space' | 'architecture'>,
): Uint8Array {
  return writeSafetensors(parameters, { format: 'pt', trained: 'true', space, architecture });
}

import { basename } from 'node:path';
import type { ImageSource } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import { Program } from '@tenas/native';
import { calibrateBatchNorm, type LoadedWeights, loadWeights } from '@tenas/onnx';
import { showImageNotes } from '../../image-source.js';
import { namingInput } from '../../input-text.js';
import type { Given as GivenOf } from '../../invocation.js';
import type { Io } from '../../io.js';
import { saysTrained } from '../../model-origin.js';
import { calibrationImages } from './images.js';
import type { exportUsage } from './options.js';

type Given = GivenOf<typeof exportUsage>;

/** Weights where no file is given: He et al. 2015, as for the kernels of the search. */
const initialisation = 'kaiming_fan_out';

/** The weights of a network to export. */
export interface NetworkWeights {
  /** All parameters in `graph.params` order. */
  readonly weights: Float32Array;
  /** Where they are from. */
  readonly origin: string;
  /** The same for whoever gets the model: of a file its name, without the folders of this machine. */
  readonly statedOrigin: string;
  readonly trained: boolean;
  /** Images that the statistics of batch norm were measured on; undefined: they are those of the file. */
  readonly calibration?: string | undefined;
  /** How a file was read; undefined: there was none. */
  readonly file?: LoadedWeights | undefined;
}

/** What the document says of a file of weights: the files of an index, and what was renamed, converted and left out. */
export function weightsDocument({ shards, renamed, converted, ignored }: LoadedWeights) {
  return { shards, renamed, converted, ignored };
}

/**
 * The weights of `--weights`, else those that the network came with, else initial ones. Batch norm of initial ones is calibrated, on noise where there are no
 * images; that of a file is if it was asked for.
 */
export async function networkWeights(
  graph: Graph,
  given: Given,
  images: ImageSource | undefined,
  { io, own }: { readonly io: Io; readonly own: NetworkWeights | undefined },
): Promise<NetworkWeights> {
  const read =
    given.weights === undefined
      ? own
      : await fromFile(graph, given.weights, { io, ignorePatterns: given.ignoreWeights });
  const found = read ?? initialWeights(graph, given.seed);
  if (read !== undefined && !given.calibrate) return found;
  const { seed, threads } = given;
  const { signal } = io;
  const on = images === undefined ? null : await calibrationImages(images, seed, signal);
  if (images !== undefined) showImageNotes(io, images);
  const weights = await calibrateBatchNorm(graph, found.weights, {
    ...(on === null ? {} : { inputs: on.inputs, batchSize: on.size }),
    ...{ seed, threads, signal },
  });
  return { ...found, weights, calibration: on?.text ?? 'noise' };
}

/** Weights that nothing has trained. */
export function initialWeights(graph: Graph, seed: number): NetworkWeights {
  using program = Program.compile(graph);
  const weights = program.seededWeights({ seed, repeat: 0, init: initialisation });
  const origin = `seed ${seed}, ${initialisation}`;
  return { weights, origin, statedOrigin: origin, trained: false };
}

async function fromFile(
  graph: Graph,
  path: string,
  { io, ignorePatterns }: { readonly io: Io; readonly ignorePatterns: readonly string[] },
): Promise<NetworkWeights> {
  const loaded = await namingInput('--weights', path, () => loadWeights(graph, path, { ignorePatterns }));
  for (const message of loaded.messages) io.err(`note: ${message}\n`);
  const stated = { statedOrigin: basename(path), trained: saysTrained(loaded) };
  return { weights: loaded.weights, origin: path, ...stated, file: loaded };
}

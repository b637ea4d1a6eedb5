import { durationText, isPlugInPath, jsonValue, plural, TenasError, writeOutputFile } from '@tenas/base';
import { type Graph, graphCost, withPixelHead } from '@tenas/graph';
import type { TrainingRecord } from '@tenas/records';
import { trainingRecord } from '@tenas/runner/training';
import type { TrainingRecipe } from '@tenas/spaces';
import {
  networkInTraining,
  sizeToTrain,
  type TrainedNetwork,
  type TrainingCheckpoint,
  TrainingDiverged,
  trainNetwork,
  withRecipeSettings,
  writeCheckpoint,
} from '@tenas/train';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { namingFlags } from '../../flag-reading.js';
import { type GivenArchitecture, givenArchitecture } from '../../given-architecture.js';
import { openOnnx } from '../../given-onnx.js';
import { showImageNotes } from '../../image-source.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { type Io, printResult, showProgress } from '../../io.js';
import { modelOrigin } from '../../model-origin.js';
import { requireOnnx } from '../../onnx-flags.js';
import { PlugIns } from '../../plug-ins.js';
import { readSettings } from '../../settings-option.js';
import { version } from '../../version.js';
import { openTrainingImages, type TrainingImages } from './images.js';
import { ownerOf, recipeNamed, type trainUsage } from './options.js';
import { trainingProgress } from './progress.js';
import { type OnnxFile, writeTrained } from './trained-files.js';
import { openFolder, trainingFolder } from './training-folder.js';

type Given = GivenOf<typeof trainUsage>;

/** The flags of the fields that other packages name in their errors. */
const flagOf = { numClasses: '--dataset', C: '--channels', N: '--cells', inputShape: '--image-size' };

/** The flags of the settings that a checkpoint keeps. */
const flagOfSetting: Readonly<Record<string, string>> = {
  space: '--space',
  architecture: '--arch or --record',
  onnx: '--onnx',
  onnxWeights: '--onnx-weights',
  network: '--channels, --cells or --image-size',
  validation: '--validation',
  images: '--dataset, --data, --images or --image-size',
  recipe: '--recipe',
  epochs: '--epochs',
  batchSize: '--batch',
  seed: '--seed',
  task: '--set task',
};

/** What is trained. */
interface Work extends GivenArchitecture {
  readonly given: Given;
  readonly graph: Graph;
  readonly size: object;
  readonly images: TrainingImages;
  readonly recipe: TrainingRecipe;
}

/** `tenas train`: trains an architecture, and writes its weights, an ONNX file and the record. */
export async function train({ given, json, io }: Invocation<typeof trainUsage>): Promise<ExitCode> {
  requireOnnx(given);
  const plugIns = new PlugIns();
  const file = given.onnx === undefined ? null : await openOnnx(given.onnx, given, io.signal);
  const ofSpace = file === null ? await givenArchitecture(given, plugIns, io.signal) : null;
  const named = recipeNamed(given.recipe, ofSpace?.space.recipe);
  const [settings] = readSettings([ownerOf(named)], given.set);
  const { task, ...figures } = settings;
  const recipe = withRecipeSettings(named, figures);
  using opened = await openFolder(given);
  const imageSize = given.imageSize ?? file?.imageSize();
  await using images = await openTrainingImages({ ...given, imageSize }, task, io.signal);
  const found = ofSpace ?? (await file!.network(images.training, given.onnxWeights ?? 'seeded'));
  const { space, architecture } = found;
  const size = sizeToTrain(space, images.training, given);
  const { labelled } = images.training.task ?? {};
  const graph = withPixelHead(
    namingFlags(flagOf, () => space.network(architecture, size)),
    labelled,
  );
  const work: Work = { ...found, given, graph, size, images, recipe };
  const trained = await trainIt(work, opened.from, io);

  const files = trainingFolder(given.out);
  const { validation, test = validation, training } = images;
  const onnx = await writeTrained(
    files,
    trained,
    { graph, origin: originOf(work, trained), threads: given.threads },
    { check: validation ?? test ?? training, test },
    io.signal,
  );
  const record = recordOf(work, trained, onnx, plugIns);
  await writeOutputFile(files.record, `${JSON.stringify(record, jsonValue, 2)}\n`, { force: true });
  showImageNotes(io, training);
  for (const warning of onnx.check.warnings) io.err(`note: ${warning}\n`);
  printResult(io, json, record, () => summary(record, files.record));
  if (onnx.check.ok) return exitCodes.ok;
  io.err(`check failed: ${onnx.check.failure}\n`);
  return exitCodes.checkFailed;
}

/** Trains, with progress and checkpoints. */
async function trainIt(work: Work, from: TrainingCheckpoint | undefined, io: Io): Promise<TrainedNetwork> {
  const { given, graph, images, recipe, space, architecture, model } = work;
  const { checkpoint } = trainingFolder(given.out);
  const { training, validation, test } = images;
  const additions = space.trainingNetwork?.(architecture, work.size);
  // A head for each pixel comes last: what drops paths is before it. An auxiliary head has one answer per image.
  const trainingNetwork =
    training.task?.labelled === undefined ? additions : additions && { ...additions, auxiliary: null };
  const progress = trainingProgress(io);
  showProgress(io, `${startLine(work, from)}\n`);
  if (given.resume && from === undefined) {
    io.err(`note: ${given.out} holds no checkpoint; the training starts from the beginning\n`);
  }
  for (const note of networkInTraining(graph, recipe, trainingNetwork).notes) io.err(`note: ${note}\n`);
  let saved = from;
  try {
    return await trainNetwork({
      ...{ graph, trainingNetwork, training, validation, test: test ?? validation, recipe, from },
      epochs: given.epochs,
      batchSize: given.batch,
      seed: given.seed,
      threads: given.threads,
      device: given.device,
      weights: work.weights,
      about: {
        ...{ space: space.name, architecture: space.format(architecture) },
        ...(model === undefined ? {} : { onnx: model.sha256, onnxWeights: model.weights }),
        validation: given.validation,
        ...(training.task === undefined ? {} : { task: training.task.name }),
      },
      async onCheckpoint(next) {
        await writeCheckpoint(checkpoint, next);
        saved = next;
      },
      onProgress: progress.show,
      signal: io.signal,
    });
  } catch (error) {
    progress.stop();
    if (io.signal.aborted && saved !== undefined) io.err(`${stoppedLine(saved, checkpoint)}\n`);
    throw namingFlag(error, given);
  } finally {
    progress.stop();
  }
}

function startLine(work: Work, from: TrainingCheckpoint | undefined): string {
  const { given, recipe, graph, space } = work;
  const { training, validation } = work.images;
  const epochs = given.epochs ?? recipe.epochs;
  const held = validation === undefined ? '' : `, ${validation.size} held out`;
  const task = training.task === undefined ? '' : `, task ${training.task.name}`;
  const where = from === undefined ? '' : `, going on after epoch ${from.epochs.length}`;
  const { params } = graphCost(graph);
  return `training ${work.model === undefined ? `an architecture of ${space.name}` : space.title} (${(params / 1e6).toFixed(3)} M parameters) on ${training.size} images of ${training.name}${held}${task}: ${plural(epochs, 'epoch')} of ${recipe.name}, batches of ${given.batch ?? recipe.batchSize}, seed ${given.seed}${where}`;
}

function stoppedLine({ epochs, underWay }: TrainingCheckpoint, path: string): string {
  const steps = underWay.steps === 0 ? '' : ` and ${plural(underWay.steps, 'step')} of the next`;
  return `interrupted after ${plural(epochs.length, 'epoch')}${steps}; what is done is in ${path}: --resume goes on from there`;
}

/**
 * An error of the training names the flags: that of the network, that of a setting of the checkpoint, those that may
 * calm a training.
 */
function namingFlag(error: unknown, { onnx, space = '' }: Given): unknown {
  if (error instanceof TrainingDiverged) {
    const { code, message, value, calmer } = error;
    const { rate, warmUpEpochs, clip } = calmer;
    const flags = `--set rate=${rate}, --set warmUp=${warmUpEpochs}, --set clip=${clip}`;
    return new TenasError(code, `${message} (${flags})`, { field: '--set', value, cause: error });
  }
  if (error instanceof TenasError && error.field === 'graph' && onnx !== undefined) {
    const { code, message } = error;
    return new TenasError(code, `--onnx: ${onnx}: ${message}`, {
      ...{ field: '--onnx', value: onnx, cause: error },
    });
  }
  if (!(error instanceof TenasError) || error.code !== 'RESUME_MISMATCH') return error;
  const flag = flagOfSetting[error.field ?? ''] ?? '--recipe or --set';
  // The network is the space's too: a file of it may have changed where no flag has.
  const orElse = error.field === 'network' && isPlugInPath(space) ? '; or the file of --space changed' : '';
  return new TenasError(error.code, `${flag}: ${error.message}${orElse}`, {
    field: flag,
    value: error.value,
    cause: error,
  });
}

function originOf(work: Work, trained: TrainedNetwork) {
  const { given, recipe, images } = work;
  const { name, classes, height, width, classNames } = images.training;
  return modelOrigin({
    ...work,
    dataset: { name, classes, height, width },
    namedDataset: name,
    weights: `${plural(trained.epochs.length, 'epoch')} of ${recipe.name} on ${name}, seed ${given.seed}`,
    trained: true,
    classNames,
  });
}

function recordOf(work: Work, trained: TrainedNetwork, onnx: OnnxFile, plugIns: PlugIns): TrainingRecord {
  const { given, space, architecture, graph, size, images, recipe } = work;
  const { weights, onnx: path } = trainingFolder(given.out);
  return trainingRecord(
    {
      ...{ graph, size, images, recipe, seed: given.seed, model: work.model },
      space: space.name,
      architecture: space.format(architecture),
      batchSize: given.batch ?? recipe.batchSize,
      plugins: plugIns.recorded(),
      tool: version(),
    },
    trained,
    {
      weights,
      onnx: { path, opset: onnx.opset, bytes: onnx.bytes, accuracy: onnx.accuracy, check: checkOf(onnx) },
      threads: given.threads ?? null,
    },
  );
}

function checkOf({ check, checked }: OnnxFile): NonNullable<TrainingRecord['onnx']>['check'] {
  const { ok, failure, maxAbsDiff, allowed, relativeDiff, ortVersion } = check;
  return {
    ok,
    failure,
    images: checked,
    maxAbs: maxAbsDiff,
    tolerance: allowed,
    relative: relativeDiff,
    ortVersion,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function summary(
  { architecture, epochs, test, weights, onnx, seconds }: TrainingRecord,
  record: string,
): string {
  const last = epochs.at(-1)!;
  const of = test?.of === 'validation' ? 'held-out' : 'test';
  return [
    `trained   ${architecture}`,
    `time      ${durationText(seconds)} for ${plural(epochs.length, 'epoch')}; loss ${last.trainLoss.toFixed(3)}`,
    ...(test === null ? [] : [`accuracy  ${percent(test.accuracy)} of ${test.images} ${of} images`]),
    `weights   ${weights}`,
    ...(onnx === null
      ? []
      : [
          `ONNX      ${onnx.path}${onnx.accuracy === null ? '' : `: ${percent(onnx.accuracy)} in onnxruntime ${onnx.check.ortVersion}`}`,
        ]),
    `record    ${record}`,
  ].join('\n');
}

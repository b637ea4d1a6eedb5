import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeUnfinishedFiles, TenasError } from '@tenas/base';
import { FileLock } from '@tenas/runner/lock';
import { readCheckpoint, type TrainingCheckpoint } from '@tenas/train';
import { prepareFolder } from '../../output-folder.js';

/** The files of a training. */
export interface TrainingFolder {
  readonly weights: string;
  readonly onnx: string;
  readonly record: string;
  readonly checkpoint: string;
}

/** The files that a training has in a folder. */
export function trainingFolder(folder: string): TrainingFolder {
  return {
    weights: join(folder, 'model.safetensors'),
    onnx: join(folder, 'model.onnx'),
    record: join(folder, 'train.json'),
    checkpoint: join(folder, 'checkpoint.tenas'),
  };
}

interface Folder {
  readonly out: string;
  readonly resume: boolean;
  readonly force: boolean;
}

/** A folder that no other training writes to until this is disposed. */
export interface OpenFolder extends Disposable {
  /** Where an earlier training stopped, if it is to go on. */
  readonly from: TrainingCheckpoint | undefined;
}

/**
 * Makes the folder ready for a training.
 * @throws TenasError FOLDER_LOCKED where another training works in it, OUTPUT_EXISTS where the folder holds a training
 *   that is neither to go on nor to be replaced, CHECKPOINT_INVALID, OPTION_INVALID for a folder that cannot be written to
 */
export async function openFolder(given: Folder): Promise<OpenFolder> {
  const { out, resume, force } = given;
  if (resume && force) {
    throw new TenasError(
      'OPTION_INVALID',
      '--force: --resume goes on, --force starts anew; give one of them',
      {
        field: '--force',
        value: force,
      },
    );
  }
  await prepareFolder(out);
  const lock = new FileLock(join(out, 'train.lock'), () => lockedError(out));
  try {
    return { from: await earlierTraining(given), [Symbol.dispose]: () => lock[Symbol.dispose]() };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function lockedError(out: string): TenasError {
  return new TenasError(
    'FOLDER_LOCKED',
    `--out: another \`tenas train\` works in ${out}; wait for it, stop it, or choose another folder`,
    { field: '--out', value: out },
  );
}

/** Where the training in a folder stopped, if it is to go on; undefined for a new training. */
async function earlierTraining(given: Folder): Promise<TrainingCheckpoint | undefined> {
  const { out, resume, force } = given;
  const files = trainingFolder(out);
  if (resume) {
    removeUnfinishedFiles(out);
    return await readCheckpoint(files.checkpoint);
  }
  const found = Object.values(files).find((path) => existsSync(path));
  if (found === undefined) return undefined;
  if (!force) {
    throw new TenasError(
      'OUTPUT_EXISTS',
      `${found} is there already: --resume goes on with the training, --force starts anew`,
      { field: '--out', value: out },
    );
  }
  // An old checkpoint beside a new training would be resumed from.
  await rm(files.checkpoint, { force: true });
  return undefined;
}

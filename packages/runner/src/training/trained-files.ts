import { readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, makeFolder, removeUnfinishedFiles, writeOutputFile } from '@tenas/base';
import { readCheckpoint, writeCheckpoint } from '@tenas/train';
import {
  type CheckpointPlace,
  RECORD_FILE,
  TRAINED_FOLDER,
  type TrainedUnit,
  WEIGHTS_FILE,
} from './train-unit.js';

/** The files of trained networks beside a store: those that `tenas train` writes. */
export class TrainedFiles {
  readonly #folder: string;

  /** @param folder of the batch */
  constructor(folder: string) {
    this.#folder = join(folder, TRAINED_FOLDER);
  }

  /** Where a training keeps how far it is. */
  async checkpoints(key: string): Promise<CheckpointPlace> {
    const path = this.#checkpoint(key);
    removeUnfinishedFiles(await this.#made(key));
    return { read: () => readCheckpoint(path), write: (checkpoint) => writeCheckpoint(path, checkpoint) };
  }

  /** Writes weights and record, each in one step, in place of earlier ones. @throws TenasError as `writeOutputFile` */
  async write(key: string, { record, weights }: TrainedUnit): Promise<void> {
    const folder = await this.#made(key);
    await writeOutputFile(join(folder, WEIGHTS_FILE), weights, { force: true });
    await writeOutputFile(join(folder, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`, {
      force: true,
    });
  }

  /** Removes the checkpoint of a training that has ended. */
  async forget(key: string): Promise<void> {
    await rm(this.#checkpoint(key), { force: true });
  }

  /**
   * Removes what a process left that ended while it wrote: files that are not finished, and checkpoints of trainings that
   * have ended. @param hasEnded by the key of a job
   */
  removeLeftovers(hasEnded: (key: string) => boolean): void {
    for (const key of readdirIfThere(this.#folder)) {
      const folder = join(this.#folder, key);
      if (!statSync(folder).isDirectory()) continue;
      removeUnfinishedFiles(folder);
      if (hasEnded(key)) rmSync(this.#checkpoint(key), { force: true });
    }
  }

  /** Removes all files but those of some jobs. */
  keepOnly(keys: ReadonlySet<string>): void {
    const folders = readdirIfThere(this.#folder);
    for (const key of folders)
      if (!keys.has(key)) rmSync(join(this.#folder, key), { recursive: true, force: true });
  }

  #checkpoint(key: string): string {
    return join(this.#folder, key, 'checkpoint.tenas');
  }

  async #made(key: string): Promise<string> {
    const folder = join(this.#folder, key);
    await makeFolder(folder);
    return folder;
  }
}

function readdirIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A file in the way is told by the first training that has to write.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { TenasError } from '@tenas/base';
import { readSafetensors } from '@tenas/graph';
import { RECORD_INVALID } from '@tenas/records';
import { decodeCheckpoint, encodeCheckpoint } from '@tenas/train';
import type { Redis } from 'ioredis';
import { localIsa } from '../evaluate.js';
import type { CheckpointPlace } from '../training/train-unit.js';
import { KEPT, PREFIX } from './wire.js';

/** What trainings have in Redis beside their jobs: how far they are, and the weights of those that are done. */
export class WireFiles {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Where a training keeps how far it is, for whichever worker has it next. Workers of another instruction set begin
   * anew: their last digits differ.
   */
  checkpoints(key: string): CheckpointPlace {
    const place = checkpointKey(key, localIsa());
    return {
      read: async () => {
        const bytes = await this.#redis.getBuffer(place);
        return bytes === null ? undefined : decodeCheckpoint(bytes, place);
      },
      write: async (checkpoint) => {
        await this.#redis.set(place, Buffer.from(encodeCheckpoint(checkpoint)), 'EX', KEPT);
      },
    };
  }

  /** Lays weights down for the coordinator. @returns their SHA-256 in hexadecimal */
  async putWeights(key: string, weights: Uint8Array): Promise<string> {
    await this.#redis.set(weightsKey(key), Buffer.from(weights), 'EX', KEPT);
    return sha256(weights);
  }

  /**
   * The weights that a worker laid down; null: Redis has lost them.
   * @throws TenasError `RECORD_INVALID`, `SAFETENSORS_INVALID` where they are something else
   */
  async weights(key: string, sum: string): Promise<Uint8Array | null> {
    const bytes = await this.#redis.getBuffer(weightsKey(key));
    if (bytes === null) return null;
    if (sha256(bytes) !== sum) {
      const problem = `the weights of job ${key} are not those that its worker had`;
      throw new TenasError(RECORD_INVALID, problem, { field: 'weights' });
    }
    readSafetensors(bytes);
    return bytes;
  }

  /** Removes what a training had. @param isa of the worker that did it */
  async forget(key: string, isa: string): Promise<void> {
    await this.#redis.del(weightsKey(key), checkpointKey(key, isa));
  }
}

function weightsKey(key: string): string {
  return `${PREFIX}:weights:${key}`;
}

function checkpointKey(key: string, isa: string): string {
  return `${PREFIX}:checkpoint:${isa}:${key}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

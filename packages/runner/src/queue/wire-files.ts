import { createHash } from 'node:crypto';
import { TenasError } from '@tenas/base';
import { readSafetensors } from '@tenas/graph';
import { RECORD_INVALID } from '@tenas/records';
import { decodeCheckpoint, encodeCheckpoint } from '@tenas/train';
import type { Redis } from 'ioredis';
import { localIsa } from '../evaluate.js';
import type { CheckpointPlace } from '../training/train-unit.js';
import type { Refusals } from './refusals.js';
import type { QueueSigner } from './signing.js';
import { KEPT, PREFIX } from './wire.js';

/** Bytes of weights or of a checkpoint: 16 times those of the largest network of the built-in spaces. */
export const LARGEST_FILE = 256 * 1024 * 1024;

/** Before a signed checkpoint, with the signature behind it. */
const SIGNED = 'tenas-signed-1 ';
const SIGNATURE = 64;

export interface WireFilesOptions {
  readonly redis: Redis;
  readonly signer: QueueSigner;
  readonly refusals: Refusals;
}

/** What trainings have in Redis beside their jobs: how far they are, and the weights of those that are done. */
export class WireFiles {
  readonly #redis: Redis;
  readonly #signer: QueueSigner;
  readonly #refusals: Refusals;

  constructor({ redis, signer, refusals }: WireFilesOptions) {
    this.#redis = redis;
    this.#signer = signer;
    this.#refusals = refusals;
  }

  /**
   * Where a training keeps how far it is, for whichever worker has it next. Workers of another instruction set begin
   * anew: their last digits differ. So do those that find something else than a checkpoint.
   */
  checkpoints(key: string): CheckpointPlace {
    const isa = localIsa();
    const place = checkpointKey(key, isa);
    return {
      read: async () => {
        const bytes = await this.#get(place);
        if (bytes === null) return undefined;
        try {
          return decodeCheckpoint(this.#unsigned(bytes, [key, isa]), place);
        } catch (error) {
          if (!(error instanceof TenasError)) throw error;
          this.#refusals.add('checkpoint', `job ${key} begins anew: ${error.message}`);
          return undefined;
        }
      },
      write: async (checkpoint) => {
        const bytes = Buffer.from(encodeCheckpoint(checkpoint));
        const signature = this.#signer.sign('checkpoint', [key, isa], sha256(bytes));
        const signed =
          signature === undefined ? bytes : Buffer.concat([Buffer.from(SIGNED + signature), bytes]);
        await this.#redis.set(place, signed, 'EX', KEPT);
      },
    };
  }

  /** The checkpoint itself. @throws TenasError `RECORD_INVALID` where its signature does not hold */
  #unsigned(bytes: Buffer, about: readonly string[]): Buffer {
    const head = SIGNED.length + SIGNATURE;
    const isSigned = bytes.toString('latin1', 0, SIGNED.length) === SIGNED;
    const checkpoint = isSigned ? bytes.subarray(head) : bytes;
    const signature = isSigned ? bytes.toString('latin1', SIGNED.length, head) : undefined;
    const problem = this.#signer.problem('checkpoint', about, sha256(checkpoint), signature);
    if (problem === null) return checkpoint;
    throw new TenasError(RECORD_INVALID, `its checkpoint: ${problem}`, { field: 'signature' });
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
    const bytes = await this.#get(weightsKey(key));
    if (bytes === null) return null;
    if (sha256(bytes) !== sum) {
      const problem = `the weights of job ${key} are not those that its worker had`;
      throw new TenasError(RECORD_INVALID, problem, { field: 'weights' });
    }
    readSafetensors(bytes);
    return bytes;
  }

  /** Bytes of a key; null where there are none, or more than a file may have, or something else. */
  async #get(place: string): Promise<Buffer | null> {
    if ((await this.#redis.type(place)) !== 'string') return null;
    const length = await this.#redis.strlen(place);
    if (length <= LARGEST_FILE) return await this.#redis.getBuffer(place);
    this.#refusals.add('oversized', `${place} has ${length} bytes; at most ${LARGEST_FILE} are read`);
    return null;
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

import { createHmac, timingSafeEqual } from 'node:crypto';
import { TenasError } from '@tenas/base';
import { canonicalJson } from '../content-key.js';

/** Where the secret is given. */
const VARIABLE = 'TENAS_QUEUE_SECRET';
/** Fewest characters of a secret. */
const SHORTEST = 32;
const HEX = /^[0-9a-f]{64}$/;

/** Kinds of what is signed: a signature of one kind is none of another. */
export type SignedKind = 'job' | 'answer' | 'failure' | 'report' | 'member' | 'checkpoint';

/**
 * Signs messages with a secret that coordinators and workers share (HMAC-SHA-256 over canonical JSON), and checks
 * signatures. Without a secret nothing is signed and nothing is refused.
 */
export class QueueSigner {
  readonly #secret: string | undefined;

  /** @throws TenasError `OPTION_INVALID` if the secret is short; the message never shows it */
  constructor(secret: string | undefined) {
    if (secret !== undefined && [...secret].length < SHORTEST) {
      const problem = `${VARIABLE} is shorter than ${SHORTEST} characters; make one with \`openssl rand -hex 32\``;
      throw new TenasError('OPTION_INVALID', problem, { field: VARIABLE });
    }
    this.#secret = secret;
  }

  /** Whether there is a secret. */
  get signs(): boolean {
    return this.#secret !== undefined;
  }

  /**
   * The signature of a message in hexadecimal; undefined without a secret.
   * @param about what the message is about, such as a job's key and turn: the signature holds for nothing else
   */
  sign(kind: SignedKind, about: readonly string[], body: unknown): string | undefined {
    return this.#secret === undefined ? undefined : hmac(this.#secret, kind, about, body).toString('hex');
  }

  /** Why a message is not to be trusted; null: it is. The comparison takes the same time wherever they differ. */
  problem(kind: SignedKind, about: readonly string[], body: unknown, signature: unknown): string | null {
    if (this.#secret === undefined) return null;
    if (signature === undefined) return 'it is not signed';
    const right = hmac(this.#secret, kind, about, body);
    if (typeof signature !== 'string' || !HEX.test(signature)) return 'its signature is none';
    if (timingSafeEqual(Buffer.from(signature, 'hex'), right)) return null;
    return 'its signature is wrong: it was changed, or the other side has another secret';
  }
}

function hmac(secret: string, kind: SignedKind, about: readonly string[], body: unknown): Buffer {
  return createHmac('sha256', secret)
    .update(canonicalJson(['tenas-queue-1', kind, about, body]))
    .digest();
}

import { abortable } from '@tenas/metrics';
import type { Redis } from 'ioredis';
import { pause } from '../failures.js';
import { connectRedis, REPLY_LIMITS } from './redis-connection.js';
import type { RedisServer } from './redis-url.js';
import { Refusals } from './refusals.js';
import { isForeignKey, isServerTrouble } from './server-errors.js';

/** Milliseconds between two tries where the server refuses. */
const AGAIN = 1000;

export interface ServerLinkOptions {
  readonly server: RedisServer;
  readonly signal: AbortSignal;
  readonly onNote: (level: 'info' | 'warn', message: string) => void;
}

/** The connections of one process to a server that may be gone for a while, or refuse; both are told once. */
export class ServerLink {
  readonly server: RedisServer;
  /** Messages of the server that were refused. */
  readonly refusals: Refusals;
  readonly #signal: AbortSignal;
  readonly #onNote: ServerLinkOptions['onNote'];
  readonly #connections: Redis[] = [];
  #troubled = false;

  constructor({ server, signal, onNote }: ServerLinkOptions) {
    this.server = server;
    this.#signal = signal;
    this.#onNote = onNote;
    this.refusals = new Refusals((message) => onNote('warn', `${server.shown}: ${message}`));
  }

  /** A further connection, whose replies are limited to what it is for. */
  connect(use: keyof typeof REPLY_LIMITS): Redis {
    const connection = connectRedis(this.server, REPLY_LIMITS[use], {
      onTrouble: (error) => this.trouble(error),
      onCut: (what) => this.refusals.add('oversized', what),
    });
    connection.on('ready', () => this.recovered());
    this.#connections.push(connection);
    return connection;
  }

  /**
   * Does something that needs the server. @returns false where the server refused it for now: it is to be done again
   * @throws the signal's reason; errors that are not the server's
   */
  async speak(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await abortable(work(), this.#signal);
      this.recovered();
      return true;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!isServerTrouble(error) && !isForeignKey(error)) throw error;
      this.trouble(error);
      await pause(AGAIN, this.#signal);
      this.#signal.throwIfAborted();
      return false;
    }
  }

  /** Whether the server is away, or refuses. */
  get isTroubled(): boolean {
    return this.#troubled;
  }

  /** Hears what is wrong with the server. */
  readonly trouble = (error: unknown): void => {
    if (this.#troubled || this.#signal.aborted) return;
    this.#troubled = true;
    const { shown, scrub } = this.server;
    const message = scrub(error instanceof Error ? error.message : String(error));
    const advice = isForeignKey(error) ? 'delete what is no key of tenas among tenas:*; ' : '';
    this.#onNote('warn', `${shown}: ${message}; ${advice}waiting for it to come back`);
  };

  /** Hears that the server works. */
  readonly recovered = (): void => {
    if (this.#troubled) this.#onNote('info', `${this.server.shown} is back`);
    this.#troubled = false;
  };

  /** Ends all connections, and tells how much was refused. */
  end(): void {
    for (const connection of this.#connections) connection.disconnect();
    const summary = this.refusals.summary();
    if (summary !== null) this.#onNote('warn', summary);
  }
}

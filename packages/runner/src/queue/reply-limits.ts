import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { TenasError } from '@tenas/base';
import { AbstractConnector } from 'ioredis';
import type { RedisAddress } from './redis-url.js';

/** Limits on the replies of a server. They hold before anything of a reply is kept. */
export interface ReplyLimits {
  /** Bytes of one text. */
  readonly text: number;
  /** Bytes of all texts of one reply. */
  readonly reply: number;
}

/** Elements of one list. */
export const MOST_ELEMENTS = 10_000;
/** Levels of lists. */
const DEEPEST = 8;
/** More bytes or elements than a server has: the rest of such a reply would be waited for without end. */
const [IMPOSSIBLE_TEXT, IMPOSSIBLE_LIST] = [2 ** 32, 2 ** 28];
/** Bytes of a status, an error or a number. */
const LONGEST_LINE = 65_536;

const END = '\r\n';
const [TEXT, LIST, ERROR] = [0x24, 0x2a, 0x2d];
const LINES: ReadonlySet<number> = new Set([0x2b, ERROR, 0x3a]);

/** A list whose elements are still to come. */
interface OpenList {
  left: number;
  readonly dropped: boolean;
}

/**
 * Cuts the replies of a server (protocol RESP2) down to limits while they arrive. A text beyond them is replaced by one
 * that says so, as JSON; a list by an empty one. Memory never holds more than one piece as it came from the network.
 */
export class ReplyLimiter {
  readonly #limits: ReplyLimits;
  readonly #onCut: (what: string) => void;
  readonly #open: OpenList[] = [];
  /** Bytes of the current text that still pass, or are still left out. */
  #passing = 0;
  #skipping = 0;
  /** Beginning of a line whose end has not arrived. */
  #line: Buffer = Buffer.alloc(0);
  /** Bytes of texts of the current reply. */
  #spent = 0;

  /** @param onCut hears what was left out */
  constructor(limits: ReplyLimits, onCut: (what: string) => void) {
    this.#limits = limits;
    this.#onCut = onCut;
  }

  /**
   * Takes what arrived. @returns what is handed on, in pieces
   * @throws TenasError `QUEUE_UNREACHABLE` where this is not the protocol of Redis
   */
  take(chunk: Buffer): Buffer[] {
    const data = this.#line.length === 0 ? chunk : Buffer.concat([this.#line, chunk]);
    this.#line = Buffer.alloc(0);
    const pieces: Buffer[] = [];
    // Everything from here to the current place passes as it is.
    let from = 0;
    let at = 0;
    const flush = (upTo: number) => {
      if (upTo > from) pieces.push(data.subarray(from, upTo));
    };
    while (at < data.length) {
      if (this.#passing > 0) {
        const count = Math.min(this.#passing, data.length - at);
        at += count;
        this.#passing -= count;
        if (this.#passing === 0) this.#closeElement();
        continue;
      }
      if (this.#skipping > 0) {
        flush(at);
        const count = Math.min(this.#skipping, data.length - at);
        at += count;
        from = at;
        this.#skipping -= count;
        if (this.#skipping === 0) this.#closeElement();
        continue;
      }
      const end = data.indexOf(END, at);
      if (end - at > LONGEST_LINE || (end < 0 && data.length - at > LONGEST_LINE)) throw noRedis();
      if (end < 0) {
        this.#line = Buffer.from(data.subarray(at));
        break;
      }
      const instead = this.#begin(data[at]!, data.toString('latin1', at + 1, end));
      if (instead !== null) {
        flush(at);
        if (instead !== '') pieces.push(Buffer.from(instead));
        from = end + END.length;
      }
      at = end + END.length;
    }
    flush(at);
    return pieces;
  }

  /** Begins an element by its first line. @returns what stands in its place; null: it passes */
  #begin(type: number, rest: string): string | null {
    const dropped = this.#open.at(-1)?.dropped ?? false;
    if (LINES.has(type)) {
      if (!dropped) this.#spent += rest.length;
      this.#closeElement();
      if (dropped) return '';
      return type === ERROR ? shownError(rest) : null;
    }
    if ((type !== TEXT && type !== LIST) || !/^(?:-1|\d{1,15})$/.test(rest)) throw noRedis();
    const count = Number(rest);
    if (count > (type === TEXT ? IMPOSSIBLE_TEXT : IMPOSSIBLE_LIST)) throw noRedis();
    if (count < 0 || (type === LIST && count === 0)) {
      this.#closeElement();
      return dropped ? '' : null;
    }
    return type === TEXT ? this.#beginText(count, dropped) : this.#beginList(count, dropped);
  }

  #beginText(bytes: number, dropped: boolean): string | null {
    const whole = bytes + END.length;
    const { text, reply } = this.#limits;
    if (!dropped && bytes <= text && this.#spent + bytes <= reply) {
      this.#spent += bytes;
      this.#passing = whole;
      return null;
    }
    this.#skipping = whole;
    if (dropped) return '';
    this.#onCut(`a text of ${bytes} bytes; at most ${text} are read, and ${reply} of one reply`);
    const note = JSON.stringify(`left out: a text of ${bytes} bytes`);
    return `$${note.length}${END}${note}${END}`;
  }

  #beginList(count: number, dropped: boolean): string | null {
    const drops = dropped || count > MOST_ELEMENTS || this.#open.length >= DEEPEST;
    this.#open.push({ left: count, dropped: drops });
    if (!drops) return null;
    if (dropped) return '';
    this.#onCut(`a list of ${count}, ${this.#open.length} levels deep; at most ${MOST_ELEMENTS} are read`);
    return `*0${END}`;
  }

  #closeElement(): void {
    for (let list = this.#open.at(-1); list !== undefined; list = this.#open.at(-1)) {
      if (--list.left > 0) return;
      this.#open.pop();
    }
    this.#spent = 0;
  }
}

/** An error whose words a terminal would obey, without those characters: libraries print some errors by themselves. */
function shownError(latin1: string): string | null {
  const words = Buffer.from(latin1, 'latin1').toString();
  const shown = words.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd');
  return shown === words ? null : `-${shown}${END}`;
}

function noRedis(): TenasError {
  return new TenasError('QUEUE_UNREACHABLE', 'the answer is not in the protocol of Redis', {
    field: '--queue',
  });
}

/** Milliseconds until a connection that does not end by itself is cut. */
const DISCONNECT_TIMEOUT = 2000;

/** The connector of ioredis for connections whose replies are limited. */
export function limitedConnector(
  { host, port, tls }: RedisAddress,
  limits: ReplyLimits,
  onCut: (what: string) => void,
): new () => AbstractConnector {
  return class extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      const socket = tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, ...tls });
      this.stream = socket;
      socket.once('error', (error) => {
        this.firstError = error;
      });
      limitReplies(socket, new ReplyLimiter(limits, onCut));
      return socket;
    }
  };
}

/** Puts a limiter before all who listen to a socket's data. */
function limitReplies(socket: Socket, limiter: ReplyLimiter): void {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...values: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event !== 'data') return emit(event, ...values);
    try {
      for (const piece of limiter.take(values[0] as Buffer)) emit('data', piece);
    } catch (error) {
      socket.destroy(error as Error);
    }
    return true;
  };
}

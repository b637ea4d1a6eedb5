import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer of Redis; errors are their text. */
export type Reply = string | number | null | readonly Reply[];

/**
 * A connection to a server of this machine, for tests with hundreds of commands: starting `redis-cli` for each costs more
 * than all that is tested.
 */
export class RedisSession implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void }[] =
    [];
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    // One character per byte, as lengths are counted.
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#rest += text;
      for (let read = readReply(this.#rest, 0); read !== null; read = readReply(this.#rest, 0)) {
        this.#rest = this.#rest.slice(read.end);
        this.#waiting.shift()?.resolve(read.reply);
      }
    });
    socket.once('close', () => {
      for (const { reject } of this.#waiting) reject(new Error('the server is gone'));
    });
  }

  static async open(port: number): Promise<RedisSession> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RedisSession(socket);
  }

  /** Runs a command. */
  async do(...words: readonly string[]): Promise<Reply> {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`*${words.length}\r\n${parts.join('')}`);
    });
  }

  /** Runs a command that answers with texts. */
  async texts(...words: readonly string[]): Promise<string[]> {
    const reply = await this.do(...words);
    const all: readonly Reply[] = Array.isArray(reply) ? reply : [reply];
    return all.filter((one) => typeof one === 'string');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}

/** The answer that begins at a place, and where it ends; null: it has not arrived in full. */
function readReply(text: string, at: number): { readonly reply: Reply; readonly end: number } | null {
  const line = text.indexOf('\r\n', at);
  if (line < 0) return null;
  const [kind, head] = [text[at], text.slice(at + 1, line)];
  let end = line + 2;
  if (kind === ':') return { reply: Number(head), end };
  if (kind === '+' || kind === '-') return { reply: head, end };
  const count = Number(head);
  if (count < 0) return { reply: null, end };
  if (kind === '$') {
    if (text.length < end + count + 2) return null;
    const bytes = Buffer.from(text.slice(end, end + count), 'latin1');
    return { reply: bytes.toString(), end: end + count + 2 };
  }
  const replies: Reply[] = [];
  for (let index = 0; index < count; index++) {
    const read = readReply(text, end);
    if (read === null) return null;
    replies.push(read.reply);
    end = read.end;
  }
  return { reply: replies, end };
}

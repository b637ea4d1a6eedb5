import { connect, createServer, type Server, type Socket } from 'node:net';

/** What is done to one command: it passes, the server runs another in its place, or the connection ends. */
export type Verdict = 'pass' | 'cut' | { readonly instead: readonly string[] };

/** A command of a client, and where it stands. */
export interface Command {
  /** Its words; the name in lower case. */
  readonly words: readonly string[];
  /** How many commands of this name came before on the same connection. */
  readonly before: number;
}

/** A script that Redis runs in place of a command, to answer what it returns. */
export function answering(lua: string): Verdict {
  return { instead: ['eval', lua, '0'] };
}

/** Stands between clients and a Redis server of this machine, and decides on every command. */
export class RedisProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Decides on every command; at first all pass. */
  decide: (command: Command) => Verdict = () => 'pass';

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const redis = connect(port, '127.0.0.1');
      const cut = () => {
        for (const socket of [client, redis]) {
          socket.destroy();
          this.#sockets.delete(socket);
        }
      };
      for (const socket of [client, redis]) {
        this.#sockets.add(socket);
        socket.on('error', cut).on('close', cut);
      }
      redis.pipe(client);
      let rest = Buffer.alloc(0);
      const counts = new Map<string, number>();
      client.on('data', (data) => {
        rest = Buffer.concat([rest, data]);
        for (let read = firstCommand(rest); read !== null; read = firstCommand(rest)) {
          const whole = rest.subarray(0, read.end);
          rest = rest.subarray(read.end);
          const name = read.words[0]!;
          const before = counts.get(name) ?? 0;
          counts.set(name, before + 1);
          const verdict = this.decide({ words: read.words, before });
          if (verdict === 'cut') return cut();
          redis.write(verdict === 'pass' ? whole : written(verdict.instead));
        }
      });
    });
  }

  static async before(port: number): Promise<RedisProxy> {
    const proxy = new RedisProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `redis://127.0.0.1:${address.port}`;
  }

  /** Ends all connections there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The first command of what a client sent, if all of it is there. */
function firstCommand(data: Buffer): { readonly words: readonly string[]; readonly end: number } | null {
  let at = 0;
  const count = () => {
    const end = data.indexOf('\r\n', at);
    if (end < 0) return null;
    const value = Number(data.toString('latin1', at + 1, end));
    at = end + 2;
    return value;
  };
  const words: string[] = [];
  const length = count();
  if (length === null) return null;
  for (let index = 0; index < length; index++) {
    const bytes = count();
    if (bytes === null || data.length < at + bytes + 2) return null;
    const word = data.toString('utf8', at, at + bytes);
    words.push(index === 0 ? word.toLowerCase() : word);
    at += bytes + 2;
  }
  return { words, end: at };
}

function written(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

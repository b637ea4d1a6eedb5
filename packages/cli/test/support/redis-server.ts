import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why tests with Redis cannot run, or null. In CI it has to be there. */
export function redisAbsent(): string | null {
  if (spawnSync('redis-server', ['--version']).status === 0) return null;
  if (process.env.CI) throw new Error('redis-server is missing: run `node scripts/setup.mjs --tests`');
  return 'redis-server is not installed; `node scripts/setup.mjs --tests` installs it';
}

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * A Redis server of our own. It keeps nothing on disk unless its arguments say so, and what it held is gone when it is
 * stopped.
 */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenas-redis-'));
  #child: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  /** @param args more arguments of redis-server; `--port` may be among them */
  static async start(args: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args);
    await server.begin();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again after {@link end}. */
  async begin(): Promise<void> {
    const port = this.#args.includes('--tls-port') ? [] : ['--port', String(this.port)];
    const args = [...port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#folder];
    const tls = this.#args.map((arg) => (arg === 'PORT' ? String(this.port) : arg));
    this.#child = spawn('redis-server', [...args, ...tls], { stdio: 'ignore' });
    for (let tries = 0; ; tries++) {
      if (await answers(this.port)) return;
      if (tries > 100 || this.#child.exitCode !== null) throw new Error('redis-server did not start');
      await sleep(50);
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** Sends the running server a signal. */
  send(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Removes what a server that was ended keeps on disk. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

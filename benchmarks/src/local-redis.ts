import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** What a server says of itself. */
export interface RedisFigures {
  readonly memoryBytes: number;
  readonly peakBytes: number;
  readonly connections: number;
  /** Processor time of the server since it started. */
  readonly cpuSeconds: number;
  readonly commands: number;
}

/** A Redis server for one measurement: on the loopback address, without files. */
export class LocalRedis implements AsyncDisposable {
  readonly url: string;
  readonly client: Redis;
  readonly #end: () => Promise<void>;

  private constructor(port: number, end: () => Promise<void>) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#end = end;
    this.client = new Redis(port, '127.0.0.1', { retryStrategy: (times) => (times > 100 ? null : 50) });
    this.client.on('error', () => undefined);
  }

  /** @throws Error where `redis-server` does not start */
  static async start(): Promise<LocalRedis> {
    const folder = mkdtempSync(join(tmpdir(), 'tenas-redis-'));
    const port = await freePort();
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', [...args, '--dir', folder], { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const server = new LocalRedis(port, async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    const failed = ended.then(() => Promise.reject(new Error('redis-server did not start')));
    failed.catch(() => undefined);
    await Promise.race([failed, server.#answers()]);
    return server;
  }

  async #answers(): Promise<void> {
    while (this.client.status !== 'ready') await sleep(20);
    await this.client.ping();
  }

  async figures(): Promise<RedisFigures> {
    const text = await this.client.info();
    const field = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1]);
    return {
      memoryBytes: field('used_memory'),
      peakBytes: field('used_memory_peak'),
      connections: field('connected_clients'),
      cpuSeconds: field('used_cpu_user') + field('used_cpu_sys'),
      commands: field('total_commands_processed'),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
    await this.#end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port of the loopback address');
  return address.port;
}

import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { jobStates, openQueues } from '../src/queue/queues.js';
import { checkRedis, connectRedis, REPLY_LIMITS } from '../src/queue/redis-connection.js';
import { parseRedisUrl } from '../src/queue/redis-url.js';
import { Refusals } from '../src/queue/refusals.js';
import { isServerTrouble } from '../src/queue/server-errors.js';
import { QueueSigner } from '../src/queue/signing.js';
import { Membership } from '../src/queue/wire.js';

let server: Server | undefined;
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  server = undefined;
});

/** A server on this machine that answers every command alike. @returns its URL */
async function serverThatSays(answer: (command: string) => string): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      // One answer per command, whose name is its first text.
      for (const [, name] of data.toString('latin1').matchAll(/(?:^|\r\n)\*\d+\r\n\$\d+\r\n(\w+)/g)) {
        socket.write(answer(name!.toLowerCase()));
      }
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `redis://127.0.0.1:${address.port}`;
}

/** Answers as a sound server does to what does not write. */
function reading(command: string): string {
  if (command === 'info') return `$${'redis_version:7.0.15'.length}\r\nredis_version:7.0.15\r\n`;
  if (command === 'time') return '*2\r\n$1\r\n1\r\n$1\r\n1\r\n';
  return '+OK\r\n';
}

describe('a server at the start', () => {
  it.each([
    ['NOAUTH Authentication required.', 'QUEUE_REFUSED'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'QUEUE_REFUSED'],
    ["NOPERM this user has no permissions to run the 'ping' command", 'QUEUE_REFUSED'],
    ['LOADING Redis is loading the dataset in memory', 'QUEUE_UNREACHABLE'],
    ['MASTERDOWN Link with MASTER is down', 'QUEUE_UNREACHABLE'],
    ['CLUSTERDOWN The cluster is down', 'QUEUE_UNREACHABLE'],
    ['BUSY Redis is busy running a script.', 'QUEUE_UNREACHABLE'],
    ['ERR max number of clients reached', 'QUEUE_UNREACHABLE'],
    ['ERR nobody knows this one', 'QUEUE_UNREACHABLE'],
  ])('that says %s to everything', async (message, code) => {
    const url = await serverThatSays(() => `-${message}\r\n`);
    await expect(checkRedis(parseRedisUrl(url))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["READONLY You can't write against a read only replica.", 'QUEUE_UNREACHABLE'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'QUEUE_UNREACHABLE'],
    ['MISCONF Redis is configured to save RDB snapshots, but it is currently unable to', 'QUEUE_UNREACHABLE'],
    ['NOREPLICAS Not enough good replicas to write.', 'QUEUE_UNREACHABLE'],
    ['MOVED 3999 127.0.0.1:6381', 'QUEUE_UNREACHABLE'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'QUEUE_UNREACHABLE'],
    ["NOPERM this user has no permissions to run the 'eval' command", 'QUEUE_REFUSED'],
  ])('that reads, and says %s to what writes', async (message, code) => {
    const writes = ['eval', 'hset', 'set', 'del', 'hdel', 'xread', 'bzpopmin'];
    const url = await serverThatSays((command) =>
      writes.includes(command) ? `-${message}\r\n` : reading(command),
    );
    await expect(checkRedis(parseRedisUrl(url))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['is none of Redis', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['answers with 200 MB', `$200000000\r\n${'x'.repeat(100)}`],
  ])('that %s', async (_, answer) => {
    const url = await serverThatSays(() => answer);
    await expect(checkRedis(parseRedisUrl(url))).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
  });
});

describe('a server that answers other types than Redis', () => {
  const strange = ['$-1', '*-1', ':0', ':9223372036854775807', '*3\r\n*1\r\n:1\r\n$-1\r\n*0'];

  it.each(strange)('is something to wait for: %j', async (answer) => {
    const hostile = ['hscan', 'time', 'eval', 'evalsha', 'hset', 'multi', 'exec'];
    const url = await serverThatSays((command) =>
      hostile.includes(command) ? `${answer}\r\n` : reading(command),
    );
    const refusals = new Refusals(() => undefined);
    const redis = connectRedis(parseRedisUrl(url), REPLY_LIMITS.messages, {
      onTrouble: () => undefined,
      onCut: () => undefined,
    });
    const member = { version: 'v', name: 'm' };
    const signer = new QueueSigner(undefined);
    const members = new Membership({ redis, role: 'workers', member, signer, refusals });
    const queues = openQueues(redis, () => undefined);
    try {
      for (const work of [
        () => members.alive('workers'),
        () => jobStates(queues.score, [{ key: 'a' }, { key: 'b' }]),
      ]) {
        const problem = await work().then(
          () => null,
          (error: unknown) => error,
        );
        expect(problem === null || isServerTrouble(problem), String(problem)).toBe(true);
      }
      await expect(members.alive('workers')).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    } finally {
      redis.disconnect();
      await Promise.all(Object.values(queues).map((queue) => queue.disconnect()));
    }
  });
});

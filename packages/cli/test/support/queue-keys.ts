import { spawnSync } from 'node:child_process';

/** Runs a command on a server of this machine. @returns the lines of its answer */
export function redisCli(port: number, ...args: string[]): string[] {
  const { stdout } = spawnSync('redis-cli', ['-p', String(port), ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  return stdout.trimEnd().split('\n');
}

/** Runs one command whose last argument is too long for a command line, or has bytes of its own. */
export function redisCliWith(port: number, last: string | Buffer, ...args: string[]): string {
  const { stdout } = spawnSync('redis-cli', ['-p', String(port), '-x', ...args], {
    input: last,
    encoding: 'utf8',
  });
  return stdout.trim();
}

/** The commands by which anybody who reaches the server can put a job into the queue of scores. */
export function plantingOf(id: string, data: string | null): [string, ...string[]][] {
  const fields = ['name', 'score', 'opts', '{}', 'timestamp', '1', 'data'];
  return [
    ...(data === null ? [] : [['hset', `tenas:scores:${id}`, ...fields, data] as [string, ...string[]]]),
    ['rpush', 'tenas:scores:wait', id],
    ['zadd', 'tenas:scores:marker', '0', '0'],
  ];
}

/** Puts a job into the queue of scores. */
export function plantJob(port: number, id: string, data: string | null): void {
  for (const words of plantingOf(id, data)) redisCliWith(port, words.at(-1)!, ...words.slice(0, -1));
}

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

/** Puts a job into the queue of scores as anybody can who reaches the server. */
export function plantJob(port: number, id: string, data: string | null): void {
  const key = `tenas:scores:${id}`;
  if (data !== null) {
    redisCliWith(port, data, 'hset', key, 'name', 'score', 'opts', '{}', 'timestamp', '1', 'data');
  }
  redisCli(port, 'rpush', 'tenas:scores:wait', id);
  redisCli(port, 'zadd', 'tenas:scores:marker', '0', '0');
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openInputSync, readInput, TenasError } from '../src/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenas-base-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function refusal(path: string, maxBytes?: number): Promise<string> {
  const error = await readInput(path, { maxBytes }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TenasError);
  expect(error).toMatchObject({ code: 'INPUT_INVALID', field: path });
  return (error as TenasError).message;
}

test('reads a file whole, up to the limit', async () => {
  const path = join(folder, 'file');
  await writeFile(path, 'content');
  expect((await readInput(path)).toString()).toBe('content');
  expect((await readInput(path, { maxBytes: 7 })).toString()).toBe('content');
  expect(await refusal(path, 6)).toBe(`${path} has 7 bytes; at most 6 bytes are read`);
});

test('refuses a name that no file can have', async () => {
  expect(await refusal('a\0b')).toBe('a\0b is no name of a file: it has a character NUL');
  expect(() => openInputSync('\0')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
});

test('refuses a file of terabytes before memory is taken', async () => {
  const path = join(folder, 'sparse');
  await using file = await open(path, 'w');
  await file.truncate(2 ** 40);
  expect(await refusal(path)).toContain('has 1099511627776 bytes; at most 2047 MiB are read');
});

test('refuses a folder, a device that never ends, and a pipe that nobody writes to, at once', async ({
  skip,
}) => {
  if (process.platform === 'win32') skip('no pipes and devices with names on Windows');
  expect(await refusal(folder)).toContain('is a folder; give a file');
  expect(await refusal('/dev/zero')).toContain('is no regular file');
  const pipe = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  expect(await refusal(pipe)).toContain('is no regular file');
  for (const [path, problem] of [
    [folder, 'is a folder; give a file'],
    ['/dev/zero', 'is no regular file'],
    [pipe, 'is no regular file'],
  ] as const) {
    expect(() => openInputSync(path)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: `${path} ${problem}`, field: path }),
    );
  }
});

test.skipIf(process.platform !== 'linux')(
  'names the path where reading fails (Linux alone has such a file)',
  async () => {
    await expect(readInput('/proc/self/mem')).rejects.toMatchObject({
      code: 'EIO',
      path: '/proc/self/mem',
      message: "EIO: i/o error, read '/proc/self/mem'",
    });
  },
);

describe.skipIf(process.platform === 'win32')('pipes', () => {
  const made = (name: string): string => {
    const pipe = join(folder, name);
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    return pipe;
  };

  test('are read to their end where they are wanted, also when the writer is late', async () => {
    const pipe = made('late');
    const read = readInput(pipe, { pipes: true });
    const text = 'sleep 0.2; { echo one; sleep 0.2; printf two; } > "$0"';
    const writer = spawn('sh', ['-c', text, pipe], { stdio: 'ignore' });
    await once(writer, 'exit');
    expect((await read).toString()).toBe('one\ntwo');
  });

  test('are read no further than the limit', async () => {
    const pipe = made('endless');
    const writer = spawn('sh', ['-c', 'exec yes > "$0"', pipe], { stdio: 'ignore' });
    const error = await readInput(pipe, { pipes: true, maxBytes: 100_000 }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'INPUT_INVALID', field: pipe });
    expect(error).toHaveProperty(
      'message',
      `${pipe} has more than 100000 bytes; at most 100000 bytes are read`,
    );
    // Its reader is gone.
    expect(await once(writer, 'exit')).toEqual([null, 'SIGPIPE']);
  });

  test('that nothing is written to are refused', async () => {
    const pipe = made('unwritten');
    const error = await readInput(pipe, { pipes: true }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      field: pipe,
      message: `${pipe} is a pipe that nothing is written to`,
    });
  });

  test('that nobody writes to can be left', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const read = readInput(made('silent'), { pipes: true, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(read).rejects.toBe(reason);
  });
});

test('leaves what is missing to the system', async () => {
  await expect(readInput(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
});

import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readInput, TenasError } from '../src/index.js';

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
});

test('leaves what is missing to the system', async () => {
  await expect(readInput(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
});

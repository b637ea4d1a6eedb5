import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureWritableTarget, TenasError, writeOutputFile } from '@tenas/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenas-output-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => {
      if (error instanceof TenasError) return error.code;
      throw error;
    },
  );
}

describe('writeOutputFile', () => {
  test('writes the bytes and nothing else', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    await writeOutputFile(join(folder, 'net.bin'), bytes);
    expect(await readdir(folder)).toEqual(['net.bin']);
    expect(Buffer.compare(await readFile(join(folder, 'net.bin')), bytes)).toBe(0);
  });

  test('keeps an existing file without force, replaces it with force', async () => {
    const path = join(folder, 'net.bin');
    await writeFile(path, 'old');
    expect(await codeOf(writeOutputFile(path, Buffer.from('new')))).toBe('OUTPUT_EXISTS');
    expect(await codeOf(ensureWritableTarget(path))).toBe('OUTPUT_EXISTS');
    expect(await readFile(path, 'utf8')).toBe('old');
    await writeOutputFile(path, Buffer.from('new'), { force: true });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['net.bin']);
  });

  test("names that the file system refuses are the caller's to change", async () => {
    expect(await codeOf(writeOutputFile(join(folder, `${'a'.repeat(300)}.bin`), Buffer.from('x')))).toBe(
      'OUTPUT_NAME_INVALID',
    );
  });

  test('of many writers at once exactly one wins, whole', async () => {
    const path = join(folder, 'net.bin');
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        codeOf(writeOutputFile(path, new Uint8Array(50_000).fill(index))),
      ),
    );
    expect(outcomes.filter((code) => code === 'no error')).toHaveLength(1);
    expect(outcomes.filter((code) => code === 'OUTPUT_EXISTS')).toHaveLength(15);
    const winner = outcomes.indexOf('no error');
    expect(Buffer.compare(await readFile(path), Buffer.alloc(50_000, winner))).toBe(0);
    expect(await readdir(folder)).toEqual(['net.bin']);
  });

  test('a reader sees the old or the new file, never a part', async () => {
    const path = join(folder, 'net.bin');
    await writeFile(path, Buffer.alloc(300_000, 1));
    let writing = true;
    const writer = (async () => {
      for (let round = 2; round < 12; round++) {
        await writeOutputFile(path, Buffer.alloc(300_000, round), { force: true });
      }
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      const seen = await readFile(path);
      expect(seen.length).toBe(300_000);
      expect(seen.equals(Buffer.alloc(300_000, seen[0]))).toBe(true);
      reads++;
    }
    await writer;
    expect(reads).toBeGreaterThan(0);
  });

  test('a folder in the way, a missing folder and a file as folder are named', async () => {
    await mkdir(join(folder, 'taken'));
    await writeFile(join(folder, 'file'), 'x');
    const bytes = Buffer.from('x');
    expect(await codeOf(writeOutputFile(join(folder, 'taken'), bytes, { force: true }))).toBe(
      'OUTPUT_IS_DIRECTORY',
    );
    expect(await codeOf(writeOutputFile(join(folder, 'absent', 'net.bin'), bytes))).toBe(
      'OUTPUT_FOLDER_MISSING',
    );
    expect(await codeOf(writeOutputFile(join(folder, 'file', 'net.bin'), bytes))).toBe(
      'OUTPUT_FOLDER_MISSING',
    );
    expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
  });

  test('a device is never replaced', async ({ skip }) => {
    if (process.platform === 'win32') skip('no device files on Windows');
    expect(await codeOf(ensureWritableTarget('/dev/null', { force: true }))).toBe('OUTPUT_NOT_A_FILE');
  });

  test('a dangling link counts as existing and is replaced itself by force', async () => {
    const path = join(folder, 'link.bin');
    await symlink(join(folder, 'target'), path);
    expect(await codeOf(writeOutputFile(path, Buffer.from('x')))).toBe('OUTPUT_EXISTS');
    await writeOutputFile(path, Buffer.from('x'), { force: true });
    expect(await readdir(folder)).toEqual(['link.bin']);
  });

  test('a folder without write permission is named', async ({ skip }) => {
    const { geteuid, seteuid } = process;
    if (geteuid === undefined || seteuid === undefined) skip('no user ids on this platform');
    const locked = join(folder, 'locked');
    await mkdir(locked, { mode: 0o555 });
    const user = geteuid?.();
    // The superuser may write anywhere: become nobody for the attempt.
    if (user === 0) seteuid?.(65_534);
    try {
      // mkdtemp folders are private; reaching into one as another user is a permission error as well.
      expect(await codeOf(writeOutputFile(join(locked, 'net.bin'), Buffer.from('x')))).toBe(
        'OUTPUT_PERMISSION',
      );
    } finally {
      if (user === 0) seteuid?.(0);
    }
    expect(await readdir(locked)).toEqual([]);
  });
});

import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Content, ensureWritableFolder, TenasError, writeOutputFolder } from '../src/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenas-base-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const FILES = new Map([
  ['a.txt', 'a'],
  ['b.txt', 'b'],
]);

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof TenasError ? error.code : String(error)),
  );
}

describe('writeOutputFolder', () => {
  test('writes all files and nothing else', async () => {
    await writeOutputFolder(join(folder, 'net'), FILES);
    expect(await readdir(folder)).toEqual(['net']);
    expect(await readdir(join(folder, 'net'))).toEqual(['a.txt', 'b.txt']);
    expect(await readFile(join(folder, 'net/b.txt'), 'utf8')).toBe('b');
    // A slash at the end is no other folder.
    await writeOutputFolder(join(folder, 'other/'), FILES);
    expect(await readdir(folder)).toEqual(['net', 'other']);
  });

  test('refuses what is there without force, and keeps other files with it', async () => {
    const path = join(folder, 'net');
    await mkdir(path);
    expect(await codeOf(writeOutputFolder(path, FILES))).toBe('OUTPUT_EXISTS');
    expect(await codeOf(ensureWritableFolder(path))).toBe('OUTPUT_EXISTS');
    await writeFile(join(path, 'a.txt'), 'old');
    await writeFile(join(path, 'trained'), 'kept');
    await writeOutputFolder(path, FILES, { force: true });
    expect(await readdir(path)).toEqual(['a.txt', 'b.txt', 'trained']);
    expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('a');
    expect(await readdir(folder)).toEqual(['net']);
  });

  test('refuses files, links and folders that are missing', async () => {
    await writeFile(join(folder, 'file'), 'x');
    await symlink('nowhere', join(folder, 'link'));
    for (const path of ['file', 'link']) {
      for (const force of [false, true]) {
        expect(await codeOf(ensureWritableFolder(join(folder, path), { force }))).toBe(
          'OUTPUT_FOLDER_MISSING',
        );
      }
    }
    expect(await codeOf(writeOutputFolder(join(folder, 'no/net'), FILES))).toBe('OUTPUT_FOLDER_MISSING');
    expect(await codeOf(writeOutputFolder(join(folder, 'file/net'), FILES))).toBe('OUTPUT_FOLDER_MISSING');
  });

  test('leaves nothing behind where a file fails or the signal stops it', async () => {
    const stop = new AbortController();
    async function* failing() {
      yield 'part';
      throw new Error('no more');
    }
    async function* stopping() {
      yield 'part';
      stop.abort(new Error('stopped'));
      yield 'more';
    }
    const path = join(folder, 'net');
    expect(
      await codeOf(writeOutputFolder(path, new Map<string, Content>([...FILES, ['c', failing()]]))),
    ).toBe('Error: no more');
    const stopped = writeOutputFolder(path, new Map<string, Content>([...FILES, ['c', stopping()]]), {
      signal: stop.signal,
    });
    expect(await codeOf(stopped)).toBe('Error: stopped');
    expect(await readdir(folder)).toEqual([]);
  });

  test('of many writers at once exactly one wins', async () => {
    const path = join(folder, 'net');
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        codeOf(
          writeOutputFolder(
            path,
            new Map([
              ['name', String(index)],
              ['more', 'x'.repeat(50_000)],
            ]),
          ),
        ),
      ),
    );
    expect(outcomes.filter((code) => code === 'no error')).toHaveLength(1);
    expect(outcomes.filter((code) => code === 'OUTPUT_EXISTS')).toHaveLength(7);
    expect(await readFile(join(path, 'name'), 'utf8')).toBe(String(outcomes.indexOf('no error')));
    expect(await readdir(folder)).toEqual(['net']);
  });
});

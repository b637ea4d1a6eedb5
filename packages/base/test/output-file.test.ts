import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ensureWritableTarget,
  makeFolder,
  TenasError,
  writeOutputFile,
  writeUnderFreshName,
} from '../src/index.js';
import { writeWhole } from '../src/temporary-file.js';
import { smallDisk } from '../src/testing.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenas-base-'));
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
    await writeOutputFile(join(folder, 'net'), bytes);
    expect(await readdir(folder)).toEqual(['net']);
    expect(Buffer.compare(await readFile(join(folder, 'net')), bytes)).toBe(0);
  });

  test('keeps an existing file without force, replaces it with force', async () => {
    const path = join(folder, 'net');
    await writeFile(path, 'old');
    expect(await codeOf(writeOutputFile(path, Buffer.from('new')))).toBe('OUTPUT_EXISTS');
    expect(await codeOf(ensureWritableTarget(path))).toBe('OUTPUT_EXISTS');
    expect(await readFile(path, 'utf8')).toBe('old');
    await writeOutputFile(path, Buffer.from('new'), { force: true });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['net']);
  });

  test("names that the file system refuses are the caller's to change", async () => {
    expect(await codeOf(writeOutputFile(join(folder, `${'a'.repeat(300)}`), Buffer.from('x')))).toBe(
      'OUTPUT_NAME_INVALID',
    );
  });

  test('of many writers at once exactly one wins, whole', async () => {
    const path = join(folder, 'net');
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        codeOf(writeOutputFile(path, new Uint8Array(50_000).fill(index))),
      ),
    );
    expect(outcomes.filter((code) => code === 'no error')).toHaveLength(1);
    expect(outcomes.filter((code) => code === 'OUTPUT_EXISTS')).toHaveLength(15);
    const winner = outcomes.indexOf('no error');
    expect(Buffer.compare(await readFile(path), Buffer.alloc(50_000, winner))).toBe(0);
    expect(await readdir(folder)).toEqual(['net']);
  });

  test('a reader sees the old or the new file, never a part', async () => {
    const path = join(folder, 'net');
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
    expect(await codeOf(writeOutputFile(join(folder, 'absent', 'net'), bytes))).toBe('OUTPUT_FOLDER_MISSING');
    expect(await codeOf(writeOutputFile(join(folder, 'file', 'net'), bytes))).toBe('OUTPUT_FOLDER_MISSING');
    expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
  });

  test('a device is never replaced', async ({ skip }) => {
    if (process.platform === 'win32') skip('no device files on Windows');
    expect(await codeOf(ensureWritableTarget('/dev/null', { force: true }))).toBe('OUTPUT_NOT_A_FILE');
    // Nor a link to one, as /dev/stdout is.
    const link = join(folder, 'link');
    await symlink('/dev/null', link);
    expect(await codeOf(writeOutputFile(link, Buffer.from('x'), { force: true }))).toBe('OUTPUT_NOT_A_FILE');
    expect(await readdir(folder)).toEqual(['link']);
  });

  test('a dangling link counts as existing and is replaced itself by force', async () => {
    const path = join(folder, 'link');
    await symlink(join(folder, 'target'), path);
    expect(await codeOf(writeOutputFile(path, Buffer.from('x')))).toBe('OUTPUT_EXISTS');
    await writeOutputFile(path, Buffer.from('x'), { force: true });
    expect(await readdir(folder)).toEqual(['link']);
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
      expect(await codeOf(writeOutputFile(join(locked, 'net'), Buffer.from('x')))).toBe('OUTPUT_PERMISSION');
    } finally {
      if (user === 0) seteuid?.(0);
    }
    expect(await readdir(locked)).toEqual([]);
  });
});

describe('content in parts', () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 3, 200_000, 0, 7];

  test('is written in order, also where the same bytes are used for every part', async () => {
    const path = join(folder, 'parts');
    const shared = new Uint8Array(200_000);
    const parts = async function* (): AsyncGenerator<Uint8Array | string> {
      for (const [index, size] of sizes.entries()) {
        yield shared.fill(index, 0, size).subarray(0, size);
        yield `é${index}`;
      }
    };
    const whole = Buffer.concat(sizes.flatMap((size, i) => [Buffer.alloc(size, i), Buffer.from(`é${i}`)]));
    expect(await writeOutputFile(path, parts())).toBe(whole.length);
    expect((await readFile(path)).equals(whole)).toBe(true);
    await writeOutputFile(path, ['a', 'b'], { force: true });
    expect(await readFile(path, 'utf8')).toBe('ab');
  });

  test('that fail leave what was there, and their own error', async () => {
    const path = join(folder, 'kept');
    await writeFile(path, 'old');
    const failing = function* (): Generator<string> {
      yield 'x'.repeat(100_000);
      throw Object.assign(new Error('the store is damaged'), { code: 'ENOENT' });
    };
    await expect(writeOutputFile(path, failing(), { force: true })).rejects.toThrow('the store is damaged');
    expect(await readdir(folder)).toEqual(['kept']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  test('that are stopped leave nothing', async () => {
    const stop = new AbortController();
    const endless = async function* (): AsyncGenerator<string> {
      for (let part = 0; ; part++) {
        if (part === 100) stop.abort(new Error('enough'));
        yield 'x'.repeat(1000);
      }
    };
    const path = join(folder, 'stopped');
    await expect(writeOutputFile(path, endless(), { signal: stop.signal })).rejects.toThrow('enough');
    await expect(writeOutputFile(path, 'x', { signal: stop.signal })).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });

  test('that a process does not live to write leave nothing', async () => {
    // The sources as JavaScript, for a process of its own.
    for (const name of ['describe-value', 'errors', 'output-error', 'temporary-file', 'output-file']) {
      const source = readFileSync(new URL(`../src/${name}.ts`, import.meta.url), 'utf8');
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
      });
      writeFileSync(join(folder, `${name}.js`), outputText);
    }
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    await mkdir(join(folder, 'out'));
    writeFileSync(
      join(folder, 'main.js'),
      `import { readdirSync } from 'node:fs';
       import { writeOutputFile } from './output-file.js';
       const parts = async function* () {
         yield 'x'.repeat(1_000_000);
         console.log(readdirSync('out').length);
         process.exit(7);
       };
       await writeOutputFile('out/file', parts());`,
    );
    const { status, stdout } = spawnSync(process.execPath, ['main.js'], { cwd: folder, encoding: 'utf8' });
    expect([status, stdout.trim()]).toEqual([7, '1']);
    expect(await readdir(join(folder, 'out'))).toEqual([]);
  });
});

describe('short writes', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

  test('are gone on with', async () => {
    const taken: number[] = [];
    await writeWhole(
      {
        write: async (given, offset, length) => {
          const bytesWritten = Math.min(length, 1 + (offset % 17));
          taken.push(...given.subarray(offset, offset + bytesWritten));
          return { bytesWritten };
        },
      },
      bytes,
    );
    expect(taken).toEqual([...bytes]);
  });

  test('of nothing are an error and not endless', async () => {
    await expect(writeWhole({ write: async () => ({ bytesWritten: 0 }) }, bytes)).rejects.toThrow(
      'nothing was written at byte 0 of 1000',
    );
  });

  const disk = smallDisk(join(tmpdir(), `tenas-base-disk-${process.pid}`), '256k');
  test.skipIf(disk.problem !== null)(
    `at the end of a disk are noticed, and leave nothing behind${disk.problem ?? ''}`,
    async () => {
      const mounted = join(tmpdir(), `tenas-base-disk-${process.pid}`);
      try {
        const room = 256 * 1024;
        for (const size of [room - 1, room, room + 1, room + 100, room + 5000, 4 * room]) {
          for (const content of ['x'.repeat(size), [`${'x'.repeat(size - 7)}`, 'y'.repeat(7)]]) {
            const path = join(mounted, 'file');
            const code = await codeOf(writeOutputFile(path, content));
            expect([size, code]).toEqual([size, size <= room ? 'no error' : 'OUTPUT_NO_SPACE']);
            expect(await readdir(mounted)).toEqual(code === 'no error' ? ['file'] : []);
            if (code === 'no error') expect((await stat(path)).size).toBe(size);
            await rm(path, { force: true });
          }
        }
        await writeFile(join(mounted, 'old.json'), 'old');
        const error = await writeUnderFreshName(mounted, 'old', '.json', 'x'.repeat(room)).catch(
          (e: unknown) => e,
        );
        expect(error).toMatchObject({
          code: 'OUTPUT_NO_SPACE',
          value: join(mounted, 'old.json'),
          cause: { code: 'ENOSPC' },
        });
        expect(
          await codeOf(writeOutputFile(join(mounted, 'old.json'), 'x'.repeat(room), { force: true })),
        ).toBe('OUTPUT_NO_SPACE');
        expect(await readdir(mounted)).toEqual(['old.json']);
        expect(await readFile(join(mounted, 'old.json'), 'utf8')).toBe('old');
      } finally {
        disk.unmount();
        await rm(mounted, { recursive: true, force: true });
      }
    },
  );
});

test('a new file has the permissions that the umask leaves, a replaced one keeps its own', async ({
  skip,
}) => {
  if (process.platform === 'win32') skip('no permissions on Windows');
  const path = join(folder, 'file');
  const before = process.umask(0o027);
  try {
    await writeOutputFile(path, 'new');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    await chmod(path, 0o604);
    await writeOutputFile(path, 'newer', { force: true });
    expect((await stat(path)).mode & 0o777).toBe(0o604);
  } finally {
    process.umask(before);
  }
});

describe('makeFolder', () => {
  test('makes all that is missing, and says so where it cannot', async () => {
    await makeFolder(join(folder, 'x', 'y', 'z'));
    await makeFolder(join(folder, 'x', 'y', 'z'));
    expect(await readdir(join(folder, 'x', 'y'))).toEqual(['z']);
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(join(folder, 'at', 'once'))));
    await writeFile(join(folder, 'x', 'file'), '');
    expect(await codeOf(makeFolder(join(folder, 'x', 'file')))).toBe('OUTPUT_FOLDER_MISSING');
    expect(await codeOf(makeFolder(join(folder, 'x', 'file', 'below')))).toBe('OUTPUT_FOLDER_MISSING');
  });

  test.skipIf(!existsSync('/proc/self'))(
    'ends where the file system refuses (skipped without /proc)',
    async () => {
      expect(await codeOf(makeFolder('/proc/tenas/runs'))).toMatch(/OUTPUT_(FOLDER_MISSING|PERMISSION)/);
    },
  );
});

describe('writeUnderFreshName', () => {
  test('replaces nothing and counts up, also with many writers at once', async () => {
    const inside = join(folder, 'fresh');
    const contents = ['a', 'b', 'c', 'd', 'e', 'f'];
    const paths = await Promise.all(
      contents.map((content) => writeUnderFreshName(inside, 'r', '.json', content)),
    );
    const names = ['r.json', 'r-2.json', 'r-3.json', 'r-4.json', 'r-5.json', 'r-6.json'];
    expect([...paths].sort()).toEqual(names.map((name) => join(inside, name)).sort());
    expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual(contents);
    expect(await readdir(inside)).toHaveLength(6);
  });
});

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const sound = join(folder, 'sound');
const table = join(folder, 'accuracies.csv');
let spec: string;
let undamaged: Readings;

/** What every reading command prints, by its name. */
type Readings = ReadonlyMap<string, { readonly code: number; readonly out: string }>;

async function readings(store: string): Promise<Readings> {
  const commands: Record<string, string[]> = {
    status: ['batch', 'status', store, '--json'],
    results: ['batch', 'results', store, '--json'],
    csv: ['batch', 'export', store, '--all'],
    jsonl: ['batch', 'export', store, '--format', 'jsonl'],
    evaluate: ['evaluate', store, '--table', table, '--resamples', '0', '--json'],
    verify: ['batch', 'verify', store, '--json'],
  };
  const found = new Map<string, { code: number; out: string }>();
  for (const [name, args] of Object.entries(commands)) {
    const { code, out, err } = await tenas(args);
    expect(code, `${name}: ${out} ${err}`).not.toBe(70);
    found.set(name, { code, out: out.replaceAll(store, 'STORE') });
  }
  return found;
}

/** The page of a store's folder, or of a file. */
async function reportOf(path: string): Promise<string> {
  const page = join(folder, 'page.html');
  const { code, out, err } = await tenas(['report', path, '--out', page, '--force']);
  expect(code, out + err).toBe(0);
  return readFileSync(page, 'utf8').replaceAll(path, 'RESULTS');
}

/** The CSV of a store without what depends on who evaluated it and when. */
async function timeless(store: string): Promise<string[]> {
  const { code, out, err } = await tenas(['batch', 'export', store]);
  expect(code, err).toBe(0);
  const [header, ...lines] = out.trim().split('\n');
  const varying = ['seconds', 'attempts'].map((column) => header!.split(',').indexOf(column));
  return lines.map((line) =>
    line
      .split(',')
      .filter((_cell, index) => !varying.includes(index))
      .join(','),
  );
}

const run = (store: string) =>
  tenas(['batch', 'run', spec, '--out', store, '--threads', '1', '--quiet', '--json']);

beforeAll(async () => {
  spec = writeSpec(
    folder,
    'mixed',
    `score: {architectures: {sample: 24, seed: 3}, ${tiny}}
search: {strategy: random, settings: {samples: 3}, metrics: [naswot], seeds: [0, 1]}`,
  );
  const { code, err } = await run(sound);
  expect(code, err).toBe(0);
  const { out } = await tenas(['batch', 'export', sound, '--kind', 'score']);
  const architectures = new Set(
    out
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[2]!),
  );
  const rows = [...architectures].map((architecture, index) => `${architecture},${80 + index / 10}`);
  writeFileSync(table, `arch,cifar10_test\n${rows.join('\n')}\n`);
  undamaged = await readings(sound);
  for (const [name, { code: read, out: text }] of undamaged) expect(read, `${name}: ${text}`).toBe(0);
});

/** A fixed sequence (minimal standard generator), so that a failure can be looked into. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}

const DAMAGES: Record<string, (bytes: Buffer, random: (below: number) => number) => Buffer> = {
  'a flipped bit': (bytes, random) => {
    const at = random(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random(8));
    return bytes;
  },
  'a flipped bit of the header or the schema': (bytes, random) => {
    const at = random(100 + 400);
    bytes[at] = bytes[at]! ^ (1 << random(8));
    return bytes;
  },
  'sixteen random bytes': (bytes, random) => {
    const at = random(bytes.length - 16);
    for (let index = 0; index < 16; index++) bytes[at + index] = random(256);
    return bytes;
  },
  'a page of zeros': (bytes, random) => bytes.fill(0, ...pageOf(bytes, random)),
  'a page of another': (bytes, random) => {
    const [from, to] = pageOf(bytes, random);
    const [start] = pageOf(bytes, random);
    bytes.copy(bytes, from, start, start + to - from);
    return bytes;
  },
  'a cut file': (bytes, random) => bytes.subarray(0, random(bytes.length)),
};

function pageOf(bytes: Buffer, random: (below: number) => number): [from: number, to: number] {
  const size = bytes.readUInt16BE(16);
  const from = size * random(bytes.length / size);
  return [from, from + size];
}

function damagedCopy(name: string, damage: (bytes: Buffer) => Buffer): string {
  const copy = join(folder, name);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  cpSync(sound, copy, { recursive: true });
  const path = join(copy, 'batch.sqlite');
  writeFileSync(path, damage(readFileSync(path)));
  return copy;
}

describe('a damaged store', () => {
  it.each(Object.keys(DAMAGES))(
    'with %s is named by every command, or changes nothing',
    { timeout: 600_000 },
    async (kind) => {
      const random = sequence(1 + Object.keys(DAMAGES).indexOf(kind));
      let found = 0;
      for (let round = 0; round < 16; round++) {
        const copy = damagedCopy('damaged', (bytes) => DAMAGES[kind]!(bytes, random));
        const what = `${kind}, round ${round}`;
        const read = await readings(copy);
        const sick = [...read.values()].filter(({ code }) => code !== 0).length;
        if (sick > 0) found++;
        for (const [name, { code, out }] of read) {
          if (code === 0) expect(out, `${what}, ${name}`).toBe(undamaged.get(name)!.out);
          else if (name === 'verify') expect([1, 2, 3], what).toContain(code);
          else expect([2, 3], `${what}, ${name}: ${out}`).toContain(code);
        }
        // A run refuses it, or all is as it was, or (an empty file) it makes everything anew.
        const first = await run(damagedCopy('run', () => readFileSync(join(copy, 'batch.sqlite'))));
        expect([0, 2, 3], `${what}: ${first.out}`).toContain(first.code);
        if (first.code === 0) {
          expect(await timeless(join(folder, 'run')), what).toEqual(await timeless(sound));
        }
        // Mended and run again, it is as it was; or it is refused with what to do.
        const mended = await tenas(['batch', 'retry', copy, '--damaged']);
        expect([0, 2, 3], `${what}: ${mended.err}`).toContain(mended.code);
        if (mended.code === 0) {
          const again = await run(copy);
          expect(again.code, `${what}: ${again.out}`).toBe(0);
          expect(await timeless(copy), what).toEqual(await timeless(sound));
        } else {
          expect(mended.err, what).toMatch(/`tenas batch backup`|newer tenas|no batch store|cannot be/);
        }
      }
      expect(found).toBeGreaterThan(0);
    },
  );

  it.each([
    [
      'a result',
      'units',
      'UPDATE units SET result = replace(result, \'"seed":0\', \'"seed":1\') WHERE id = 5',
    ],
    ['an error text', 'units', "UPDATE units SET error = 'none' WHERE id = 5"],
    ['a count of parameters', 'jobs', 'UPDATE jobs SET params = params + 1 WHERE id = 5'],
    ['an architecture', 'jobs', 'UPDATE jobs SET architecture = upper(architecture) WHERE id = 5'],
    ['a seed', 'units', 'UPDATE units SET seed = 7 WHERE id = 5'],
    [
      'a setting',
      'tasks',
      'UPDATE tasks SET task = replace(task, \'"repeats":1\', \'"repeats":2\') WHERE id = 2',
    ],
    ['a plan', 'plans', 'UPDATE plans SET jobs = jobs - 1'],
    ['a missing job', 'plans', 'DELETE FROM jobs WHERE id = 5'],
  ])('whose indexes agree but not %s names the row', async (_what, where, sql) => {
    const copy = damagedCopy('changed', (bytes) => bytes);
    const database = new Database(join(copy, 'batch.sqlite'));
    database.exec(sql);
    database.close();
    const verified = await tenas(['batch', 'verify', copy, '--json']);
    expect(verified.code).toBe(1);
    const document = JSON.parse(verified.out);
    expect(document).toMatchObject({ sound: false, pages: [] });
    expect(document.damaged[0]).toEqual({
      table: where,
      key: expect.any(String),
      reason: expect.any(String),
    });
    const { key } = document.damaged[0];
    const refused = await run(copy);
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.out).error).toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining(`${where} ${key}`),
    });
    const mended = await tenas(['batch', 'retry', copy, '--damaged', '--json']);
    expect(mended.code, mended.out).toBe(0);
    const again = await run(copy);
    expect(again.code, again.out).toBe(0);
    expect(await timeless(copy)).toEqual(await timeless(sound));
  });
});

describe.skipIf(process.platform === 'win32')('what is no file in the place of', () => {
  it.each(['batch.sqlite', 'batch.sqlite-wal', 'batch.sqlite-journal', 'batch.lock'])(
    '%s is refused',
    async (name) => {
      for (const make of ['mkdir', 'mkfifo']) {
        const copy = damagedCopy('other', (bytes) => bytes);
        const path = join(copy, name);
        rmSync(path, { force: true });
        expect(spawnSync(make, [path]).status).toBe(0);
        const what = make === 'mkdir' ? 'a folder' : 'no regular file';
        const err = `error: ${path}: this is ${what}; a file is needed here, move it away\n`;
        expect(await run(copy)).toMatchObject({ code: 2, err });
        if (name === 'batch.lock') continue;
        for (const command of ['export', 'verify', 'status'])
          expect(await tenas(['batch', command, copy])).toMatchObject({ code: 2, err });
      }
    },
  );
});

describe('a store with a trigger', () => {
  it('is called damaged before anything is written', async () => {
    const copy = damagedCopy('trigger', (bytes) => bytes);
    const database = new Database(join(copy, 'batch.sqlite'));
    database.exec('CREATE TRIGGER lose AFTER UPDATE ON units BEGIN DELETE FROM units; END');
    database.close();
    for (const ended of [await run(copy), await tenas(['batch', 'export', copy])]) {
      expect(ended.code).toBe(3);
      expect(ended.err).toContain('the trigger "lose" is not of tenas');
    }
  });
});

describe('tenas report of a folder', () => {
  it('is that of its JSONL', async () => {
    const lines = join(folder, 'sound.jsonl');
    expect((await tenas(['batch', 'export', sound, '--format', 'jsonl', '--file', lines])).code).toBe(0);
    expect(await reportOf(sound)).toBe(await reportOf(lines));
  });

  it('is refused where the store is damaged, and where there is none', async () => {
    const copy = damagedCopy('cut', (bytes) => bytes.subarray(0, bytes.length - 5000));
    const damaged = await tenas(['report', copy, '--out', join(folder, 'none.html')]);
    expect(damaged).toMatchObject({ code: 3, err: expect.stringContaining('damaged') });
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const missing = await tenas(['report', empty, '--out', join(folder, 'none.html'), '--json']);
    expect(JSON.parse(missing.out).error).toMatchObject({ code: 'STORE_MISSING', value: empty });
  });
});

describe('tenas batch backup', () => {
  it('copies a store into a file that stands in for it, and replaces one only with --force', async () => {
    const file = join(folder, 'copies', 'copy.sqlite');
    const { code, out } = await tenas(['batch', 'backup', sound, file, '--json']);
    expect(code, out).toBe(0);
    expect(JSON.parse(out)).toEqual({ file, bytes: readFileSync(file).length });
    const again = await tenas(['batch', 'backup', sound, file]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--force') });
    expect((await tenas(['batch', 'backup', sound, file, '--force'])).code).toBe(0);
    const restored = join(folder, 'restored');
    mkdirSync(restored);
    cpSync(file, join(restored, 'batch.sqlite'));
    expect(await readings(restored)).toEqual(undamaged);
  });

  it('copies no damaged store', async () => {
    const copy = damagedCopy('cut', (bytes) => bytes.subarray(0, bytes.length - 5000));
    const file = join(folder, 'cut.sqlite');
    expect((await tenas(['batch', 'backup', copy, file])).code).toBe(3);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });
});

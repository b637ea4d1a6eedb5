import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { csvLines, runBatch, StoreReader } from '../src/index.js';
import { parquetParts } from '../src/parquet.js';
import { temporaryFolder } from './temporary-folder.js';

const tiny = 'repeats: 2, ntk: {batchSize: 4}, regions: {batches: 1, batchSize: 40}';
/** Kernels of some of these cells have no condition number; one is scored as another. */
const cells = `['|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|', '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|',
    '|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|skip_connect~1|none~2|',
    '|none~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|skip_connect~2|']`;
const mixed = `
datasets: {tiny: {dataset: synthetic, size: 16, seed: 3}}
score:
  - {architectures: ${cells}, seeds: [0, 1], ${tiny}}
  - {architectures: {sample: 3, seed: 1}, metrics: [naswot, {synflow: {}}, {grad-norm: {batchSize: 4}}], repeats: 3}
  - {spaces: darts, architectures: [DARTS_V2], metrics: [params, macs], repeats: 1}
search:
  - {strategy: random, settings: {samples: 3}, metrics: [{naswot: {batchSize: 8}}], seeds: 0..1}
train:
  {datasets: tiny, architectures: ${cells}, images: 160, epochs: 2, batchSizes: 32, channels: 4, cells: 1, settings: [{}, {rate: 0.05}]}
`;

async function batch(spec: string, folder = temporaryFolder()): Promise<string> {
  const path = join(folder, 'spec.yaml');
  writeFileSync(path, spec);
  const out = join(folder, 'out');
  const { jobs } = await runBatch({ spec: path, out, threads: 2 });
  expect(jobs.done).toBe(jobs.total);
  return out;
}

/** The CSV as cells; no text of it has a comma or a quote but quoted architectures of DARTS. */
function csvOf(out: string): string[][] {
  using reader = new StoreReader(out);
  return [...csvLines(reader, {}, { raw: true })].map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
      quoted === undefined ? plain! : quoted.replaceAll('""', '"'),
    ),
  );
}

/** The view as the CSV writes it: numbers as JavaScript does. */
function viewOf(out: string): string[][] {
  const database = new Database(join(out, 'batch.sqlite'), { readonly: true });
  const statement = database.prepare('SELECT * FROM results').raw();
  const columns = statement.columns().map(({ name }) => name);
  const rows = (statement.all() as unknown[][]).map((row) => row.map((cell) => String(cell ?? '')));
  database.close();
  return [columns, ...rows];
}

/** The Parquet file as the CSV writes it. */
async function parquetOf(out: string): Promise<string[][]> {
  using reader = new StoreReader(out);
  let count = 0;
  const bytes = Buffer.concat([...parquetParts(reader, {}, () => count++)]);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const columns = parquetSchema(parquetMetadata(file)).children.map(({ element }) => element.name);
  const rows = await parquetReadObjects({ file });
  expect(rows).toHaveLength(count);
  expect(typeof rows[0]!.seed).toBe('bigint');
  const cell = (value: unknown) =>
    Array.isArray(value) ? value.map((item) => item ?? '-').join(';') : String(value ?? '');
  return [columns, ...rows.map((row) => columns.map((name) => cell(row[name])))];
}

describe('the view of results, and Parquet', () => {
  it('has the columns and rows of the CSV, of scores, searches and trainings', async () => {
    const out = await batch(mixed);
    const csv = csvOf(out);
    expect(csv).toHaveLength(1 + 8 + 3 + 1 + 2 + 8);
    expect(viewOf(out)).toEqual(csv);
    expect(await parquetOf(out)).toEqual(csv);
    // It holds what can be wrong: failed repeats, lists, indexes, settings, accuracies.
    const held = (name: string) => csv.slice(1).map((row) => row[csv[0]!.indexOf(name)]);
    expect(held('kappas')).toContain('-;-');
    expect(held('settings')).toEqual(
      expect.arrayContaining(['', 'rate=0.05', 'samples=3 naswot.batchSize=8']),
    );
    expect(held('validAccuracy').filter((cell) => cell !== '')).toHaveLength(8);
    expect(held('index').filter((cell) => cell === '')).toHaveLength(1);
  });

  it('has a column more when a later spec measures more, and fewer after gc', async () => {
    const folder = temporaryFolder();
    const spec = (metric: string) =>
      `score: {architectures: {sample: 2, seed: 1}, metrics: [${metric}], repeats: 1}`;
    const out = await batch(spec('naswot'), folder);
    expect(viewOf(out)[0]!.slice(-2)).toEqual(['naswot', 'naswot.repeats']);
    await batch(spec('synflow'), folder);
    expect(viewOf(out)).toEqual(csvOf(out));
    expect(viewOf(out)[0]!.slice(-2)).toEqual(['synflow', 'synflow.repeats']);
    const { BatchStore } = await import('../src/index.js');
    {
      using store = new BatchStore(out);
      store.collectGarbage();
    }
    expect(viewOf(out)).toEqual(csvOf(out));
    expect(viewOf(out)[0]).not.toContain('naswot');
  });

  const shell = spawnSync('sqlite3', ['--version']).status === 0;
  it.skipIf(!shell)('can be read by the sqlite3 command while a batch writes', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'spec.yaml');
    writeFileSync(path, `score: {architectures: {sample: 60, seed: 1}, ${tiny}}`);
    const out = join(folder, 'out');
    const counts: number[] = [];
    await runBatch({
      spec: path,
      out,
      threads: 1,
      onEvent: (event) => {
        if (event.kind !== 'advance') return;
        const query = 'SELECT count(*), count(kappas) FROM results WHERE space = "nas-bench-201"';
        const read = spawnSync('sqlite3', ['-readonly', join(out, 'batch.sqlite'), query], {
          encoding: 'utf8',
        });
        expect(read.stderr).toBe('');
        const [rows, withKernels] = read.stdout.trim().split('|').map(Number);
        expect(withKernels).toBe(rows);
        counts.push(rows!);
      },
    });
    expect(counts.length).toBeGreaterThan(1);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(60);
  });
});

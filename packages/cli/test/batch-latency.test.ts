import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { predictedLatency, readCsv, readLatencyModel } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { writeSpec } from './support/batch-results.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const out = join(folder, 'scores');
const model = join(folder, 'phone.json');
const space = getSpace('nats-size');

async function done(...argv: string[]): Promise<string> {
  const { code, out: text, err } = await tenas(argv);
  expect(code, err).toBe(0);
  return text;
}

beforeAll(async () => {
  const table = join(folder, 'measured.csv');
  const cells = space.sample({ count: 30, seed: 4 }).map((cell) => space.format(cell));
  const ms = (cell: string): number => cell.split(':').reduce((sum, width) => sum + Number(width), 1) / 50;
  writeFileSync(table, ['architecture,phone', ...cells.map((cell) => `${cell},${ms(cell)}`)].join('\n'));
  const of = ['--space', 'nats-size', '--device-table', table, '--device', 'phone'];
  await done('latency', 'table', ...of, '--out', model);
  const spec = writeSpec(
    folder,
    'scores',
    `score:
  - {spaces: nats-size, architectures: {sample: 4, seed: 1}, metrics: [params], repeats: 1}
  - {spaces: nas-bench-201, architectures: {sample: 2, seed: 1}, metrics: [params], repeats: 1}`,
  );
  await done('batch', 'run', spec, '--out', out, '--threads', '1', '--quiet');
});

/** What the model itself says of an architecture; null where it is of another space. */
function predicted(architecture: string): number | null {
  if (architecture.startsWith('|')) return null;
  const choices = space.choicesOf(space.parse(architecture));
  return predictedLatency(readLatencyModel(readFileSync(model, 'utf8'), model), choices);
}

/** Architectures with their latencies, as some format has them. */
type Latencies = readonly (readonly [string, number | null])[];

const readers: Readonly<Record<string, (file: string) => Promise<Latencies> | Latencies>> = {
  csv: (file) =>
    readCsv(readFileSync(file, 'utf8'), file).rows.map(({ cells }) => [
      cells.architecture!,
      cells.latency === '' ? null : Number(cells.latency),
    ]),
  jsonl: (file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ architecture, latency }) => [architecture, latency]),
  parquet: async (file) => {
    const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer });
    return rows.map(({ architecture, latency }) => [architecture as string, (latency ?? null) as number]);
  },
};

describe('--latency-model of tenas batch', () => {
  it.each(Object.entries(readers))('is a column of an export as %s', async (format, read) => {
    const file = join(folder, `results.${format}`);
    await done('batch', 'export', out, '--latency-model', model, '--file', file);
    const rows = await read(file);
    expect(rows).toHaveLength(6);
    expect(rows.filter(([, latency]) => latency === null)).toHaveLength(2);
    for (const [architecture, latency] of rows) expect(latency).toBe(predicted(architecture));
  });

  it('sorts results, the fastest first, and leaves them as they are where it is not given', async () => {
    const json = ['--kind', 'score', '--json'];
    const given = await done('batch', 'results', out, '--latency-model', model, '--sort', 'latency', ...json);
    const rows = JSON.parse(given) as { architecture: string; latency: number | null }[];
    const latencies = rows.map(({ latency }) => latency);
    expect(latencies).toEqual(rows.map(({ architecture }) => predicted(architecture)));
    const known = latencies.filter((latency) => latency !== null);
    expect(known).toHaveLength(4);
    expect(latencies).toEqual([...known.toSorted((a, b) => a - b), null, null]);
    expect(JSON.parse(await done('batch', 'results', out, ...json))[0]).not.toHaveProperty('latency');
    // A cost is no part of how good a network is.
    const ranked = await done('batch', 'results', out, '--latency-model', model, '--seeds', 'mean');
    expect(ranked.split('\n')[0]).toMatch(/params +latency/);
  });

  it('is refused where it is of no space of the batch', async () => {
    const other = JSON.parse(readFileSync(model, 'utf8')) as object;
    const file = join(folder, 'darts.json');
    writeFileSync(file, JSON.stringify({ ...other, space: 'darts' }));
    const { code, err } = await tenas(['batch', 'export', out, '--latency-model', file]);
    expect(code).toBe(2);
    expect(err).toContain('the latency model is of darts, not of nats-size');
    const none = await tenas(['batch', 'results', out, '--latency-model', join(folder, 'none.json')]);
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/--latency-model.* must be a file of tenas latency table/);
  });
});

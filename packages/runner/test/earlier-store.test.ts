import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../src/content-key.js';
import { BatchStore, csvLines, jsonLines, runBatch, StoreReader, verifyStore } from '../src/index.js';
import type { ScoreTask } from '../src/tasks.js';
import { toEarlierSchema } from './earlier-schema.js';
import { temporaryFolder } from './temporary-folder.js';

const document = JSON.parse(
  readFileSync(new URL('../../records/test/fixtures/v1/score.json', import.meta.url), 'utf8'),
);
const architecture: string = document.architecture;
const other = '|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|';
const task: ScoreTask = {
  kind: 'score',
  results: 'earlier',
  space: 'nas-bench-201',
  dataset: { name: 'synthetic', fingerprint: 'synthetic-0-32-50000-10' },
  repeats: 3,
  isomorphic: 'each',
  metrics: [{ name: 'ntk', settings: {} }],
  plugins: [],
};

/** A store as version 0.1 wrote it: schema 1, and results in the words of then. */
async function earlierStore(change = (_database: Database.Database) => {}): Promise<string> {
  const folder = temporaryFolder();
  {
    using store = new BatchStore(folder);
    const jobs = [architecture, other].map((text) => ({ seed: 3, architecture: text, evaluated: text }));
    await store.addPlan('spec', [
      {
        task,
        count: 2,
        *jobs() {
          yield* jobs;
        },
      },
    ]);
    const [unit, failing] = store.claim(2, 'running')!.units;
    const result = { key: unit!.key, result: JSON.stringify(document), seconds: 1.5, isa: 'x', worker: 'w' };
    store.finish([result], () => ({ params: 858_426, flops: 121_815_680, place: null }));
    store.fail(failing!, { code: 'X', message: 'no' }, null);
  }
  const database = new Database(join(folder, 'batch.sqlite'));
  toEarlierSchema(database);
  change(database);
  database.close();
  return folder;
}

describe('a store of version 0.1', () => {
  it('gets checksums when it is opened, and its results are those that they were', async () => {
    const folder = await earlierStore();
    {
      using reader = new StoreReader(folder);
      const [, line] = csvLines(reader);
      expect(line).toContain(
        `,${document.ntk.conditionNumber},${document.regions},858426,121815680,1.5,done,`,
      );
      const rows = [...jsonLines(reader.rows({ statuses: ['done', 'failed'] }))].map((row) =>
        JSON.parse(row),
      );
      expect(rows).toMatchObject([
        {
          status: 'done',
          result: { scoreVersion: 2, scores: { regions: { repeats: document.regionCounts } } },
        },
        { status: 'failed', error: 'no', result: null },
      ]);
    }
    expect(verifyStore(folder)).toEqual({ pages: [], rows: [], checked: 6 });
    const database = new Database(join(folder, 'batch.sqlite'));
    database.exec("UPDATE units SET worker = 'x' WHERE status = 'done'");
    database.close();
    expect(() => new StoreReader(folder)).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }));
  });

  it.each([
    ['whose result cannot be read', "UPDATE units SET result = substr(result, 9) WHERE status = 'done'"],
    ['that has not its key', "UPDATE units SET seed = 4 WHERE status = 'done'"],
  ])('that has a row %s is damaged', async (_what, sql) => {
    const folder = await earlierStore((database) => database.exec(sql));
    expect(() => new StoreReader(folder)).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }));
    expect(verifyStore(folder).rows[0]).toMatchObject({ table: 'units' });
  });

  it('is not taken from another process that works on it', async () => {
    const folder = await earlierStore();
    using _store = new BatchStore(folder);
    const database = new Database(join(folder, 'batch.sqlite'));
    database.pragma('user_version = 1');
    database.close();
    expect(() => new StoreReader(folder)).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
  });
});

describe('a spec that grows by an isomorphic cell', () => {
  it('counts the cell’s own network, though its score is there already', async () => {
    const folder = temporaryFolder();
    const cells = [
      '|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|skip_connect~1|none~2|',
      '|none~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|skip_connect~2|',
    ];
    const run = async (out: string, count: number) => {
      const spec = join(folder, 'spec.yaml');
      const score = { architectures: cells.slice(0, count), metrics: ['naswot'], repeats: 1 };
      writeFileSync(spec, JSON.stringify({ score }));
      await runBatch({ spec, out: join(folder, out), threads: 1 });
      using reader = new StoreReader(join(folder, out));
      return [...reader.rows()].map(({ architecture: text, params, flops }) => ({ text, params, flops }));
    };
    await run('grown', 1);
    const grown = await run('grown', 2);
    expect(grown).toEqual(await run('whole', 2));
    expect(grown[1]).toEqual({ text: cells[1], params: expect.any(Number), flops: expect.any(Number) });
  });
});

describe('the text of a task', () => {
  it('is what its key is made of', async () => {
    const folder = await earlierStore();
    const database = new Database(join(folder, 'batch.sqlite'));
    expect(database.prepare('SELECT task FROM tasks').pluck().get()).toBe(canonicalJson(task));
    database.close();
  });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { BatchStore, mergeStores, StoreReader, verifyStore } from '../src/index.js';
import { parseShard } from '../src/shard.js';
import { STORE_VERSION } from '../src/store/schema.js';
import { resultsVersion, type ScoreTask } from '../src/tasks.js';
import { temporaryFolder } from './temporary-folder.js';

const EARLIER = 'tenas-engine-0.0.9+runner.1';
const architectures = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3'].map(
  (op) => `|${op}~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|`,
);

/** A shard of scores, as a version wrote it. */
async function shardOf(results: string, shard: string): Promise<string> {
  const folder = temporaryFolder();
  const task: ScoreTask = {
    ...{ kind: 'score', results, space: 'nas-bench-201', repeats: 1, isomorphic: 'each', plugins: [] },
    dataset: { name: 'synthetic', fingerprint: 'synthetic-0-32-50000-10' },
    metrics: [{ name: 'ntk', settings: {} }],
  };
  using store = new BatchStore(folder);
  const planned = {
    task,
    count: architectures.length,
    *jobs() {
      for (const text of architectures) yield { seed: 3, architecture: text, evaluated: text };
    },
  };
  await store.addPlan('spec', [planned], { shard: parseShard(shard) });
  return folder;
}

const merge = async (out: string, ...shards: string[]) =>
  await mergeStores(out, shards, new AbortController().signal);

describe('merging a shard of another version', () => {
  it('is refused with both versions, before anything is merged', async () => {
    const [own, other] = [await shardOf(resultsVersion(), '0/2'), await shardOf(EARLIER, '1/2')];
    expect(verifyStore(other)).toMatchObject({ pages: [], rows: [] });
    const out = join(temporaryFolder(), 'merged');
    await expect(merge(out, own, other)).rejects.toMatchObject({
      ...{ code: 'BATCH_MISMATCH', field: 'shards', value: other },
      message: `${other} has results of ${EARLIER}, ${own} of ${resultsVersion()}; merge shards of one spec and one version`,
    });
    expect(existsSync(out)).toBe(false);
  });

  it('is refused beside what was merged before, which stays', async () => {
    const [own, other] = [await shardOf(resultsVersion(), '0/2'), await shardOf(EARLIER, '1/2')];
    const out = temporaryFolder();
    const { jobs } = await merge(out, own);
    expect(jobs.total).toBeGreaterThan(0);
    await expect(merge(out, own, other)).rejects.toMatchObject({ code: 'BATCH_MISMATCH' });
    await expect(merge(out, other)).rejects.toMatchObject({
      code: 'BATCH_MISMATCH',
      message: `${other} has results of ${EARLIER}, ${out} of ${resultsVersion()}; merge shards of one spec and one version`,
    });
    using reader = new StoreReader(out);
    expect(reader.status().jobs.pending).toBe(jobs.total);
  });

  it('is refused where its store is of a schema to come, by the name of the shard', async () => {
    const [own, newer] = [await shardOf(resultsVersion(), '0/2'), await shardOf(resultsVersion(), '1/2')];
    const database = new Database(join(newer, 'batch.sqlite'));
    database.pragma(`user_version = ${STORE_VERSION + 1}`);
    database.close();
    const out = join(temporaryFolder(), 'merged');
    const [later, known] = [STORE_VERSION + 1, STORE_VERSION];
    await expect(merge(out, own, newer)).rejects.toMatchObject({
      code: 'STORE_TOO_NEW',
      message: `${join(newer, 'batch.sqlite')}: a newer tenas wrote this store (version ${later}, this one knows ${known}); update tenas`,
    });
    expect(existsSync(out)).toBe(false);
  });
});

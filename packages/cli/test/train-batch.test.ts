import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import { readCsv } from '@tenas/records';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { jobCounts, writeSpec } from './support/batch-results.js';
import { requireBuild, start } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';
import { noisePng } from './support/noise-png.js';
import { writeOwnFiles } from './support/own-files.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

const folder = temporaryFolder();
const absent = redisAbsent();
const arch = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|';
const other = '|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|none~2|';
const epochs = 24;
const figures = `images: 128, batchSizes: 32, epochs: ${epochs}`;
let spec: string;

/** The weights of every training of a batch, by space, architecture and seed. */
async function weightsOf(out: string): Promise<Record<string, Buffer>> {
  const { code, out: csv } = await tenasServed(['batch', 'export', out], folder);
  expect(code).toBe(0);
  const { rows } = readCsv(csv, out);
  return Object.fromEntries(
    rows.map(({ cells: { space, architecture, seed, weights } }) => [
      `${space} ${architecture} ${seed}`,
      readFileSync(join(folder, out, weights!)),
    ]),
  );
}

/** Whether a training of a batch has begun and is not done. */
function isTraining(out: string): boolean {
  const trained = join(folder, out, 'trained');
  return (
    existsSync(trained) &&
    readdirSync(trained).some((key) => existsSync(join(trained, key, 'checkpoint.tenas')))
  );
}

beforeAll(async () => {
  requireBuild();
  writeOwnFiles(folder);
  spec = writeSpec(
    folder,
    'train',
    `datasets: {tiny: {dataset: synthetic, size: 16}}
train:
  - {datasets: tiny, architectures: ['${arch}', '${other}'], ${figures}, channels: 4, cells: 1, seeds: [0, 1]}
  - {spaces: ./chain.mjs, datasets: tiny, architectures: ['conv_3x3 > skip_connect > avg_pool_3x3'], ${figures}}`,
  );
  const { code, err } = await tenasServed(['batch', 'run', spec, '--out', 'whole'], folder);
  expect([code, err]).toEqual([0, expect.stringContaining('5 evaluations to make')]);
});

describe('trainings of a batch', () => {
  it('are those of tenas train, byte for byte', async () => {
    const network = ['--arch', arch, '--channels', '4', '--cells', '1', '--seed', '1'];
    const length = ['--images', '128', '--image-size', '16', '--batch', '32', '--epochs', String(epochs)];
    expect((await tenasServed(['train', ...network, ...length, '--out', 'single'], folder)).code).toBe(0);
    const weights = await weightsOf('whole');
    expect(Object.keys(weights)).toHaveLength(5);
    expect(weights[`nas-bench-201 ${arch} 1`]).toEqual(
      readFileSync(join(folder, 'single', 'model.safetensors')),
    );
  });

  it('are the same after kills at random', async () => {
    const random = new RandomStream('batch-kills', 0);
    let resumed = 0;
    for (let kill = 0; kill < 8; kill++) {
      const { child, ended, says } = start(
        ['batch', 'run', spec, '--out', 'killed', '--threads', '2'],
        folder,
      );
      await says('evaluations to make');
      const moment = wait(random.unit() * 600);
      // The first kill meets a training that has a checkpoint, however busy the machine is.
      if (kill > 0) await moment;
      else while (!isTraining('killed')) await wait(10);
      child.kill('SIGKILL');
      expect((await ended).err).not.toContain('error');
      if (isTraining('killed')) resumed++;
    }
    expect(resumed).toBeGreaterThan(0);
    expect((await tenasServed(['batch', 'run', spec, '--out', 'killed'], folder)).code).toBe(0);
    expect(await weightsOf('killed')).toEqual(await weightsOf('whole'));
    expect(isTraining('killed')).toBe(false);
  });

  it('keep what is done at Ctrl-C', async () => {
    const running = start(['batch', 'run', spec, '--out', 'stopped'], folder);
    while (!isTraining('stopped')) await wait(10);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(await jobCounts('stopped', folder)).toMatchObject({ running: 0, queued: 0 });
    expect(isTraining('stopped')).toBe(true);
  });

  it('are shown, sorted by accuracy and reported with their learning curves', async () => {
    const results = await tenasServed(['batch', 'results', 'whole', '--sort', 'trainLoss', '--json'], folder);
    const losses = JSON.parse(results.out).map(({ trainLoss }: { trainLoss: number }) => trainLoss);
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    const table = await tenasServed(['batch', 'results', 'whole'], folder);
    expect(table.out).toMatch(/testAccuracy +validAccuracy +trainLoss/);
    const status = await tenasServed(['batch', 'status', 'whole'], folder);
    expect(status.out).toContain(`train by quick (${epochs} epochs, batches of 32, C=4, N=1): 4 done`);
    const jsonl = ['--format', 'jsonl', '--file', 'whole.jsonl'];
    expect((await tenasServed(['batch', 'export', 'whole', ...jsonl], folder)).code).toBe(0);
    expect((await tenasServed(['report', 'whole.jsonl', '--out', 'whole.html'], folder)).code).toBe(0);
    const page = readFileSync(join(folder, 'whole.html'), 'utf8');
    expect(page).toContain('Accuracy over the epochs');
    expect(page).toContain('accuracy on the held-out images');
  });

  it('leave records that tenas export takes', async () => {
    const { out } = await tenasServed(['batch', 'results', 'whole', '--json'], folder);
    const { key } = JSON.parse(out).find(({ space }: { space: string }) => space === 'nas-bench-201');
    const record = join('whole', 'trained', key, 'train.json');
    const made = await tenasServed(['export', '--record', record, '--out', 'net.onnx', '--check'], folder);
    expect(made.code).toBe(0);
  });
});

describe.skipIf(absent !== null)(
  `trainings on a Redis queue${absent === null ? '' : ` (skipped: ${absent})`}`,
  () => {
    const worker = (url: string, ...more: string[]) =>
      start(
        [
          'worker',
          '--queue',
          url,
          '--concurrency',
          '2',
          '--stall-timeout',
          '4',
          '--space',
          './chain.mjs',
          ...more,
        ],
        folder,
      );

    it('give the same weights, also where workers are killed and go on from a checkpoint', async () => {
      await using redis = await RedisServer.start();
      const run = ['batch', 'run', spec, '--out', 'queued', '--queue', redis.url, '--log-level', 'debug'];
      const coordinator = start(run, folder);
      await coordinator.says('evaluations to make');
      const log = () => readFileSync(join(folder, 'queued', 'batch.log'), 'utf8');
      const killed = worker(redis.url);
      while (!log().includes('"epoch: ')) await wait(20);
      killed.child.kill('SIGKILL');
      await killed.ended;
      const stopped = worker(redis.url);
      await stopped.says('works for');
      await wait(700);
      stopped.child.kill('SIGINT');
      expect((await stopped.ended).code).toBe(130);
      const last = worker(redis.url);
      const { code, err } = await coordinator.ended;
      expect([code, err]).toEqual([0, expect.not.stringContaining('failed')]);
      last.child.kill('SIGINT');
      await last.ended;
      expect(await weightsOf('queued')).toEqual(await weightsOf('whole'));
      expect(isTraining('queued')).toBe(false);
    });

    it('wait for a worker that has the same test images', async () => {
      await using redis = await RedisServer.start();
      for (const [part, count] of [
        ['train', 12],
        ['val', 3],
      ] as const) {
        for (const name of ['cats', 'dogs']) {
          mkdirSync(join(folder, 'photos', part, name), { recursive: true });
          for (let n = 0; n < count; n++) {
            writeFileSync(join(folder, 'photos', part, name, `${n}.png`), noisePng(20, 30));
          }
        }
      }
      cpSync(join(folder, 'photos'), join(folder, 'untested'), { recursive: true });
      rmSync(join(folder, 'untested', 'val'), { recursive: true });
      const photos = writeSpec(
        folder,
        'photos',
        `datasets: {photos: {dataset: folder, data: photos, size: 16}}
train: {datasets: photos, architectures: ['${arch}'], epochs: 1, batchSizes: 8, channels: 4, cells: 1, validation: 4}`,
      );
      const run = ['batch', 'run', photos, '--out', 'photos-out', '--queue', redis.url];
      const coordinator = start(run, folder);
      await coordinator.says('evaluation to make');
      const refused = await worker(redis.url, '--data', 'folder=untested', '--json').ended;
      expect(refused.code).toBe(2);
      expect(JSON.parse(refused.out).error).toMatchObject({
        code: 'DATA_MISMATCH',
        message: expect.stringMatching(
          /the test images of the dataset folder in untested are not .* is none, not/,
        ),
      });
      const able = worker(redis.url, '--data', 'folder=photos');
      expect((await coordinator.ended).code).toBe(0);
      able.child.kill('SIGINT');
      await able.ended;
      const { out } = await tenasServed(['batch', 'export', 'photos-out', '--format', 'jsonl'], folder);
      expect(JSON.parse(out).result).toMatchObject({
        dataset: { classNames: ['cats', 'dogs'], training: 20, validation: 4, test: 6 },
        test: { of: 'test', images: 6 },
      });
    });

    it('fail at once where they diverge', async () => {
      await using redis = await RedisServer.start();
      writeFileSync(join(folder, 'cells.txt'), `${arch}\n`);
      const wild = writeSpec(
        folder,
        'wild',
        `datasets: {tiny: {dataset: synthetic, size: 16}}
train: {datasets: tiny, architectures: {file: cells.txt}, ${figures}, channels: 4, cells: 1, settings: {rate: 1000, warmUp: 0, clip: 0}}`,
      );
      const working = worker(redis.url);
      const run = await tenasServed(['batch', 'run', wild, '--out', 'wild', '--queue', redis.url], folder);
      working.child.kill('SIGINT');
      await working.ended;
      expect([run.code, run.err]).toEqual([
        1,
        expect.stringMatching(/failed: train .* diverged .* try a lower/),
      ]);
      const { out } = await tenasServed(['batch', 'export', 'wild', '--format', 'jsonl', '--all'], folder);
      expect(JSON.parse(out)).toMatchObject({
        status: 'failed',
        errorCode: 'TRAINING_DIVERGED',
        attempts: 1,
      });
    });
  },
);

import { join } from 'node:path';
import { StoreReader } from '@tenas/runner';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { LiveBatch } from '../src/commands/batch/live-batch.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const out = join(folder, 'batch');
const HOUR = 3_600_000;

/** Runs a batch of so many jobs while the clock is that far from the true time. */
async function runJobs(count: number, offset: number): Promise<void> {
  const spec = writeSpec(
    folder,
    `of-${count}`,
    `score: {architectures: {sample: ${count}, seed: 1}, ${tiny}}`,
  );
  const trueTime = Date.now.bind(Date);
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => trueTime() + offset);
  try {
    const { code, err } = await tenas(['batch', 'run', spec, '--out', out, '--quiet', '--threads', '1']);
    expect(code, err).toBe(0);
  } finally {
    clock.mockRestore();
  }
}

it('follows jobs that end before others, because the clock was set back', async () => {
  await runJobs(3, 0);
  using reader = new StoreReader(out);
  const live = new LiveBatch(reader);
  const shown = (offset: number) =>
    live.update(performance.now(), Date.now() + offset).best[0]!.results.map((one) => one.architecture);
  const fresh = () =>
    new LiveBatch(reader)
      .update(performance.now(), Date.now())
      .best[0]!.results.map((one) => one.architecture);
  expect(shown(0)).toEqual(fresh());
  expect(shown(0)).toHaveLength(3);

  // By a second, by an hour, by an hour again, and forward to the true time.
  for (const [jobs, offset] of [
    [4, -1000],
    [6, -HOUR],
    [7, -HOUR],
    [8, 0],
  ] as const) {
    await runJobs(jobs, offset);
    const results = shown(offset);
    expect(results).toHaveLength(jobs);
    expect(results).toEqual(fresh());
    // Nothing is counted twice.
    expect(shown(offset)).toEqual(results);
  }
});

it('reads a job once while the clock goes on', async () => {
  await runJobs(3, 0);
  using reader = new StoreReader(out);
  const live = new LiveBatch(reader);
  const rows = vi.spyOn(reader, 'rows');
  live.update(performance.now(), Date.now());
  live.update(performance.now(), Date.now());
  const [first, second] = rows.mock.calls.map(([options]) => options?.since ?? 0);
  expect(first).toBeLessThan(0);
  expect(second).toBeGreaterThan(0);
});

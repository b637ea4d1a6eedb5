import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCoordinator } from '../src/coordinator-run.js';
import { repositoryRoot } from '../src/paths.js';

const absent = spawnSync('redis-server', ['--version']).status === 0 ? '' : ' (skipped: no redis-server)';
if (absent !== '' && process.env.CI) throw new Error('redis-server is missing: `npm run setup -- --tests`');

beforeAll(() => {
  const built = existsSync(join(repositoryRoot, 'packages/cli/dist/main.js'));
  if (!built) throw new Error('the command is not built: run `npm run setup` (npm test does)');
});

describe.skipIf(absent !== '')(`a coordinator of workers that evaluate nothing${absent}`, () => {
  it('stores a valid, signed result of every job', async () => {
    const run = { kind: 'score', workers: 300, jobs: 240, jobSeconds: 0.01, signed: true } as const;
    const figures = await runCoordinator(run);
    expect(figures).toMatchObject(run);
    const { jobsPerSecond, busyShare, redisCommandsPerJob, storeBytes, answerBytes } = figures;
    expect(jobsPerSecond).toBeGreaterThan(0);
    expect(busyShare).toBeGreaterThan(0);
    expect(busyShare).toBeLessThanOrEqual(1);
    expect(redisCommandsPerJob).toBeGreaterThan(5);
    expect(storeBytes).toBeGreaterThan(answerBytes);
    expect(figures.coordinatorPeakBytes).toBeGreaterThan(2 ** 24);
    expect(figures.redisPeakBytes).toBeGreaterThan(2 ** 19);
  }, 300_000);

  it('feeds thousands of workers, more than it has jobs in the queue for a few', async () => {
    const run = { kind: 'search', workers: 6000, jobs: 1300, jobSeconds: 0, signed: false } as const;
    // Nobody answers before, so with 1,000 jobs in the queue at once nothing would ever end.
    const { mostActive, answerBytes } = await runCoordinator({ ...run, together: 1200 });
    expect(mostActive).toBe(1200);
    expect(answerBytes).toBeGreaterThan(1000);
  }, 300_000);
});

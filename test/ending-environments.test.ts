import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

// An environment of JavaScript may end while its evaluations or trainings run: a worker's by terminate or process.exit,
// the main thread's by process.exit. Each scenario is a process of its own, because what is tested for is a crash.

const run = promisify(execFile);
const program = resolve(import.meta.dirname, 'support/ending-environments.mjs');

const TASKS = [
  'forward',
  'ntk batch',
  'ntk sample',
  'regions',
  'codes',
  'features',
  'gradient',
  'reference',
  'training',
];
const REPETITIONS = 2;

interface Ended {
  readonly code: number | null;
  readonly signal?: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function ending(scenario: string, task: string, seed: number): Promise<Ended> {
  const args = [program, scenario, task, String(seed), String(REPETITIONS)];
  try {
    return { code: 0, ...(await run(process.execPath, args, { timeout: 50_000 })) };
  } catch (error) {
    return error as Ended;
  }
}

describe.each(TASKS)('the task %s', (task) => {
  it.each([
    ['terminate', 'ends with a worker that is terminated at any moment'],
    ['exit', 'ends with a worker that exits at any moment'],
    ['several', 'ends with several workers at once, one of which has loaded the addon twice'],
  ])('%s: %s', async (scenario) => {
    expect(await ending(scenario, task, 1)).toMatchObject({
      code: 0,
      stdout: '5 evaluations\n',
      stderr: '',
    });
  });

  it('ends with the process at any moment', async () => {
    const ends = await Promise.all([1, 2, 3].map((seed) => ending('process exit', task, seed)));
    for (const end of ends) expect(end).toMatchObject({ code: 7, stdout: '', stderr: '' });
  });
});

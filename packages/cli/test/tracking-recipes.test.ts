import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { writeSpec } from './support/batch-results.js';
import { command, requireBuild } from './support/built-command.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const examples = fileURLToPath(new URL('../../../examples/python', import.meta.url));
const support = (name: string) => fileURLToPath(new URL(`support/${name}`, import.meta.url));

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import sqlite3, sys; assert sys.version_info >= (3, 8)'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

const python3 = hasPython();

/** Runs an example with a module in the place of the library, which has its documented interface. */
async function python(library: 'mlflow' | 'wandb', ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    TENAS: `'${process.execPath}' '${command}'`,
    PYTHONPATH: support(library),
    PYTHONDONTWRITEBYTECODE: '1',
    FAKE_MLFLOW_STORE: join(folder, 'mlruns'),
    FAKE_WANDB_FILE: join(folder, 'wandb.json'),
  };
  return (await promisify(execFile)('python3', args, { cwd: folder, env })).stdout;
}

const title = `recipes for trackers${python3 ? '' : ' (skipped: no python3)'}`;

describe.skipIf(!python3)(title, { timeout: 600_000 }, () => {
  beforeAll(requireBuild);

  it('MLflow gets a run for each search and one for all scores, once', async () => {
    // A name that an address of SQLite has to quote.
    const out = join(folder, "it's 100% #1?");
    const spec = writeSpec(
      folder,
      'mixed',
      `score: {architectures: {sample: 4, seed: 3}, metrics: [naswot], repeats: 2}
search: {strategy: random, settings: {samples: 3}, metrics: [naswot], seeds: [0, 1]}`,
    );
    const ran = await tenas(['batch', 'run', spec, '--out', out, '--threads', '1', '--quiet']);
    expect(ran.code, ran.err).toBe(0);
    const log = () => python('mlflow', join(examples, 'mlflow_batch.py'), out, 'sweep');
    expect(await log()).toBe('2 new runs in sweep, 4 scores\n');
    expect(await log()).toBe('0 new runs in sweep, 4 scores\n');

    const runs = JSON.parse(readFileSync(join(folder, 'mlruns/runs.json'), 'utf8'));
    expect(runs.map(({ name }: { name: string }) => name)).toEqual([
      'random seed 0',
      'random seed 1',
      'scores',
    ]);
    const lines = (await tenas(['batch', 'export', out, '--format', 'jsonl', '--kind', 'search'])).out;
    const [first] = lines.split('\n').map((line) => (line === '' ? null : JSON.parse(line)));
    expect(runs[0]).toMatchObject({
      experiment: 'sweep',
      tags: { 'tenas.key': first.key, 'tenas.kind': 'search' },
      params: { space: 'nas-bench-201', strategy: 'random', seed: '0', architecture: first.architecture },
      metrics: { naswot: first.result.scores.naswot.value, params: first.params },
    });
    expect(runs[2]).toMatchObject({ metrics: { jobs: 4 }, artifacts: ['scores.csv'] });
    const table = readFileSync(join(folder, 'mlruns/scores.csv'), 'utf8').trim().split('\r\n');
    expect(table).toHaveLength(5);
    expect(table[0]!.split(',')).toContain('naswot.repeats');
  });

  it('MLflow: a folder that is none ends with what to give', async () => {
    const program = join(examples, 'mlflow_batch.py');
    await expect(python('mlflow', program, join(folder, 'absent'))).rejects.toThrow(
      'give the --out folder of `tenas batch run`',
    );
  });

  it('W&B follows a search, and has what it found', async () => {
    const flags = ['--strategy', 'random', '--metrics', 'naswot', '--set', 'samples=6', '--seed', '3'];
    const out = join(folder, 'runs');
    await python('wandb', join(examples, 'wandb_search.py'), ...flags, '--out', out);
    const run = JSON.parse(readFileSync(join(folder, 'wandb.json'), 'utf8'));
    const record = JSON.parse(
      readFileSync(join(out, 'search-nas-bench-201-synthetic-random-seed3.json'), 'utf8'),
    );
    expect(run).toMatchObject({
      project: 'tenas',
      job_type: 'search',
      exit_code: 0,
      config: { strategy: 'random', seed: 3, space: 'nas-bench-201' },
      summary: {
        architecture: record.architecture,
        'found/naswot': record.scores.naswot.value,
      },
    });
    expect(run.history.length).toBeGreaterThan(0);
    expect(run.history.at(-1)).toMatchObject({ share: 1, 'best/naswot': record.scores.naswot.value });
  });

  it('W&B: a search that fails ends the run with its exit code', async () => {
    await expect(python('wandb', join(examples, 'wandb_search.py'), '--metrics', 'nothing')).rejects.toThrow(
      'error: ',
    );
    expect(JSON.parse(readFileSync(join(folder, 'wandb.json'), 'utf8'))).toMatchObject({ exit_code: 2 });
  });
});

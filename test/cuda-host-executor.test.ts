import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The CUDA backend without a GPU: an addon whose device runs the kernels on the CPU (docs/cuda.md), behind the command.

const run = promisify(execFile);
const native = resolve(import.meta.dirname, '../native');
const command = resolve(import.meta.dirname, '../packages/cli/bin/tenas.js');
const addon = join(native, 'build/Release/tenas_host_executor.node');
const golden = join(process.env.TENAS_SHARED ?? resolve(import.meta.dirname, '../../shared'), 'golden');
const folder = mkdtempSync(join(tmpdir(), 'tenas-host-executor-'));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function tenas(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = { TENAS_ADDON: addon },
): Promise<Ended> {
  const options = { env: { ...process.env, ...environment }, maxBuffer: 1 << 26 };
  try {
    return { code: 0, ...(await run(process.execPath, [command, ...args], options)) };
  } catch (error) {
    return error as Ended;
  }
}

function fixturesIn(place: string): string[] {
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => join(place, name));
}

async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await tenas([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  const cmakeJs = createRequire(join(native, 'package.json')).resolve('cmake-js/bin/cmake-js');
  await run(process.execPath, [cmakeJs, 'compile', '-T', 'tenas_host_executor'], {
    cwd: native,
    maxBuffer: 1 << 26,
  });
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command on the host executor', () => {
  it('names the device', async () => {
    const { engine } = await json(['info']);
    expect(engine.cuda).toEqual({ available: true, reason: '', device: 'host executor' });
  });

  it('scores an architecture alike on both devices', async () => {
    const arch = '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|';
    for (const mode of ['sample', 'batch']) {
      const args = ['score', '--arch', arch, '--repeats', '2', '--ntk-batch', '8', '--ntk-mode', mode];
      const [cpu, cuda] = [
        await json([...args, '--device', 'cpu']),
        await json([...args, '--device', 'cuda']),
      ];
      const ratio = (name: string) => cuda.scores[name].value / cpu.scores[name].value;
      expect(ratio('ntk')).toBeCloseTo(1, 3);
      expect(Math.abs(ratio('regions') - 1)).toBeLessThan(0.01);
      expect(ratio('params')).toBe(1);
    }
  });

  it('searches on the device and says so in the record', async () => {
    const args = [
      'search',
      '--repeats',
      '1',
      '--ntk-batch',
      '4',
      '--region-batches',
      '1',
      '--region-batch',
      '50',
      '--finals',
      '0',
      '--image-size',
      '8',
    ];
    const found = await json([...args, '--device', 'auto', '--out', folder]);
    expect(found.versions.engine.device).toBe('host executor');
    expect(found.status).toBe('complete');
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('says once why the CPU evaluated a task that has no form on the device', async () => {
    const arch = '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|';
    // Other batch sizes make a request of each metric.
    const args = ['score', '--arch', arch, '--metrics', 'naswot,jacov', '--set', 'naswot.batchSize=4'];
    const note = "the CPU evaluated, as the task 'codes' has no CUDA form";
    const { code, stdout, stderr } = await tenas([...args, '--set', 'jacov.batchSize=5', '--json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).notes).toEqual([note]);
    expect(stderr).toBe(`note: ${note}\n`);
  });

  it('scores a network of squeezes and smooth activations alike on both devices', async () => {
    const block = '1-1-1-1-1-1-1/3-3-3-3-3-3-3/1-1-1-1-1-1-1/1-0-0-0-0-0-0';
    const args = [
      'score',
      '--space',
      'mnasnet',
      '--arch',
      block,
      '--metrics',
      'snip,jacov',
      '--repeats',
      '1',
    ];
    const few = ['--set', 'snip.batchSize=3', '--set', 'jacov.batchSize=3'];
    const [cpu, cuda] = [
      await json([...args, ...few, '--device', 'cpu']),
      await json([...args, ...few, '--device', 'cuda']),
    ];
    for (const name of ['snip', 'jacov']) {
      expect(cuda.scores[name].value / cpu.scores[name].value, name).toBeCloseTo(1, 3);
    }
  });

  it('measures the device, one row for it', async () => {
    const args = ['bench', '--batch', '4', '--evaluations', '2', '--repetitions', '1', '--threads', '1'];
    const { cuda, results } = await json(args);
    expect(cuda).toBe('host executor');
    expect(results).toMatchObject([{ device: 'cuda', evaluations: 2 }]);
  });

  const gradientMetrics = ['snip', 'zico', 'jacov', 'synflow'];
  // The CPU plays a device slowly: the largest files are left to `npm run test:cuda` on a real one.
  const ofMetrics = fixturesIn(`${golden}-metrics`).filter((path) => !/darts|32px/.test(path));
  it.skipIf(ofMetrics.length === 0)(
    `finds the metrics of gradients in the golden fixtures${ofMetrics.length === 0 ? ` (skipped: no ${golden}-metrics)` : ''}`,
    async () => {
      // Metrics of other tasks run on the CPU.
      const { stdout, stderr } = await tenas(['check', ...ofMetrics, '--device', 'auto', '--json']);
      const reports: { metrics: Record<string, { ok: boolean | null }> }[] = JSON.parse(stdout);
      expect(reports, stderr).toHaveLength(ofMetrics.length);
      for (const name of gradientMetrics) {
        const found = reports.map(({ metrics }) => metrics[name]?.ok).filter((ok) => ok !== undefined);
        expect(found.length, name).toBeGreaterThan(3);
        expect(
          found.every((ok) => ok === true || ok === null),
          `${name}: ${stdout}`,
        ).toBe(true);
      }
    },
    600_000,
  );

  const ofTraining = fixturesIn(`${golden}-train`);
  it.skipIf(ofTraining.length === 0)(
    `replays golden trainings${ofTraining.length === 0 ? ` (skipped: no ${golden}-train)` : ''}`,
    async () => {
      const { code, stdout, stderr } = await tenas(['check', ...ofTraining, '--device', 'cuda', '--json']);
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect(JSON.parse(stdout)).toHaveLength(ofTraining.length);
    },
    600_000,
  );

  const fixtures = fixturesIn(golden).filter((path) => !/arch-conv3x3|imagenet/.test(path));
  it.skipIf(fixtures.length === 0)(
    `replays the golden fixtures${fixtures.length === 0 ? ` (skipped: no ${golden})` : ''}`,
    async () => {
      const { code, stdout, stderr } = await tenas(['check', ...fixtures, '--device', 'cuda', '--json']);
      expect(code, `${stdout}${stderr}`).toBe(0);
      const reports = JSON.parse(stdout);
      expect(reports).toHaveLength(fixtures.length);
      expect(
        reports.filter((report: { ntkBatch?: object }) => report.ntkBatch !== undefined).length,
      ).toBeGreaterThan(5);
      expect(
        reports.filter((report: { regions?: object }) => report.regions !== undefined).length,
      ).toBeGreaterThan(3);
    },
    600_000,
  );
});

describe('the real addon', () => {
  it('says why CUDA is unavailable, and fails with a code where it is asked for', async () => {
    const info = JSON.parse((await tenas(['info', '--json'], {})).stdout);
    const { available, reason } = info.engine.cuda;
    if (available) return;
    expect(reason).not.toBe('');
    const { code, stdout } = await tenas(['bench', '--device', 'cuda', '--json'], {});
    expect(code).toBe(3);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'CUDA_UNAVAILABLE',
      message: expect.stringContaining(reason),
    });
  });

  it('has kernels for CUDA devices where nvcc is found', async () => {
    const cache = readFileSync(join(native, 'build/CMakeCache.txt'), 'utf8');
    const compiler = /^CMAKE_CUDA_COMPILER:[A-Z]+=(.*)$/m.exec(cache)?.[1] ?? '';
    const off = /^TENAS_CUDA:STRING=off$/m.test(cache);
    const { stdout } = await tenas(['info', '--json'], {});
    const absent = JSON.parse(stdout).engine.cuda.reason.includes('no CUDA backend');
    expect(absent).toBe(off || compiler === '' || compiler.endsWith('NOTFOUND'));
  });
});

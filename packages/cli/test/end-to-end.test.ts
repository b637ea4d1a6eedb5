import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { allowed } from '../../../test/support/patience.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { command, requireBuild, start, startNode } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';
import { makeFixture, writeFixture } from './support/made-fixture.js';
import { smallSearch } from './support/small-search.js';

const folder = temporaryFolder();
const genotype = /^\|\w+~0\|\+\|\w+~0\|\w+~1\|\+\|\w+~0\|\w+~1\|\w+~2\|$/;

beforeAll(requireBuild);

async function searched(...args: string[]) {
  const { code, out, err } = await tenasServed(['search', ...smallSearch, ...args, '--json'], folder);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  return JSON.parse(out);
}

describe('the built command', () => {
  it('starts with few times the work of bare Node for --version, --help, info and the help of a search', {
    retry: 2,
  }, async () => {
    // Processor time: that of the wall depends on what else the machine does. And beside bare Node's, as a busy machine
    // lengthens both: bare Node takes 40 ms where nothing else runs, so that 4 times as much is 160 ms.
    const tell =
      "process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error(user + system) })";
    const hook = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`];
    const fastest = async (args: readonly string[]) => {
      const times: number[] = [];
      for (let run = 0; run < 4; run++) {
        const { err } = await startNode([...hook, ...args], folder).ended;
        times.push(Number(err.trim()) / 1000);
      }
      return Math.min(...times);
    };
    const bare = await fastest(['--eval', '0']);
    expect((await fastest([command, '--version'])) - bare).toBeLessThan(4 * bare);
    expect((await fastest([command, '--help'])) - bare).toBeLessThan(4 * bare);
    expect((await fastest([command, 'info'])) - bare).toBeLessThan(4 * bare);
    // Their settings are listed by what every strategy and metric says of itself, without what runs them.
    expect((await fastest([command, 'search', '--help'])) - bare).toBeLessThan(4 * bare);
    const evolution = ['search', '--strategy', 'evolution', '--help'];
    expect((await fastest([command, ...evolution])) - bare).toBeLessThan(4 * bare);
  });

  it('searches, scores and exports in a folder', async () => {
    const found = await searched('--seed', '3', '--out', 'runs');
    expect(found.genotype).toMatch(genotype);
    expect(found.steps.length).toBeGreaterThan(0);
    expect(found).toMatchObject({
      recordVersion: 2,
      kind: 'search',
      status: 'complete',
      space: 'nas-bench-201',
      architecture: found.genotype,
      versions: { tool: expect.any(String) },
      detail: { protocol: 'fast' },
      seed: 3,
      seconds: expect.any(Number),
      evaluations: { ntk: expect.any(Number), regions: expect.any(Number) },
      scores: {
        regions: { value: expect.any(Number) },
        params: { value: expect.any(Number) },
        macs: { value: expect.any(Number) },
      },
    });
    const record = JSON.parse(readFileSync(join(folder, found.record), 'utf8'));
    expect({ ...record, record: found.record }).toEqual(found);

    const arch = ['--arch', found.genotype];
    const scored = await tenasServed(
      ['score', ...arch, '--seed', '3', '--repeats', '2', '--ntk-batch', '4', '--json'],
      folder,
    );
    expect(scored.code).toBe(0);
    expect(JSON.parse(scored.out)).toMatchObject({
      architecture: found.genotype,
      space: 'nas-bench-201',
      seed: 3,
      repeats: 2,
      scores: {
        ntk: { value: expect.any(Number), detail: { eigenvalues: expect.any(Array) } },
        regions: { value: expect.any(Number) },
        params: { value: found.scores.params.value },
        macs: { value: found.scores.macs.value },
      },
      seconds: expect.any(Number),
    });

    const exported = await tenasServed(
      ['export', '--record', found.record, '--out', 'net.onnx', '--check', '--json'],
      folder,
    );
    expect(exported.code).toBe(0);
    expect(JSON.parse(exported.out)).toMatchObject({ genotype: found.genotype, check: { ok: true } });
    expect(existsSync(join(folder, 'net.onnx'))).toBe(true);
  });

  it('finds the same with 1 thread and with 2', async () => {
    const [one, two] = [await searched('--threads', '1'), await searched('--threads', '2')];
    expect(one.genotype).toBe(two.genotype);
    expect(one.detail).toEqual(two.detail);
  });

  it('writes every record under a fresh name, or replaces it with --force', async () => {
    const name = 'search-nas-bench-201-synthetic-fast-seed9';
    const records: string[] = [];
    for (const more of [[], [], ['--force']]) {
      records.push((await searched('--seed', '9', '--out', 'names', ...more)).record);
    }
    expect(records).toEqual(
      [`${name}.json`, `${name}-2.json`, `${name}.json`].map((file) => join('names', file)),
    );
    expect(readdirSync(join(folder, 'names')).sort()).toEqual([`${name}-2.json`, `${name}.json`]);
  });

  it('tells how far it is in plain lines where there is no terminal', async () => {
    const { code, out, err } = await tenasServed(['search', ...smallSearch], folder);
    expect(code).toBe(0);
    expect(out).toMatch(/^found {3}\|/);
    expect(err).toMatch(/^searching nas-bench-201 on synthetic by prune, seed 0: \d+ rounds/);
    expect(err).toMatch(/step 1\/\d+, round 1, done after .*best so far: /);
    expect(err).not.toContain('\u001b');
  });

  it('goes on when nobody reads standard error any more', async () => {
    const running = start(['search', ...smallSearch, '--out', 'unheard', '--json'], folder);
    running.child.stderr?.destroy();
    const { code, out } = await running.ended;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ status: 'complete' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops within a second of %s and leaves what it measured', async (signal, exitCode) => {
    const out = mkdtempSync(join(folder, 'stopped-'));
    const running = start(['search', '--protocol', 'repo', '--out', out, '--json'], folder);
    await running.says('searching');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const asked = performance.now();
    running.child.kill(signal);
    const ended = await running.ended;
    expect(performance.now() - asked).toBeLessThan(allowed(1000));
    expect(ended.code).toBe(exitCode);
    expect(JSON.parse(ended.out)).toEqual({ error: { code: 'INTERRUPTED', message: expect.any(String) } });
    const [file, ...others] = readdirSync(out);
    expect(others).toEqual([]);
    expect(file).toMatch(/\.partial\.json$/);
    expect(ended.err).toContain(join(out, file!));
    const record = JSON.parse(readFileSync(join(out, file!), 'utf8'));
    expect(record).toMatchObject({ status: 'interrupted', genotype: null, detail: { protocol: 'repo' } });
  });

  it('checks fixtures, with exit code 1 where one is off', async () => {
    const { tensors, case: described } = await makeFixture('regions');
    writeFixture(join(folder, 'good.safetensors'), tensors, described);
    const good = await tenasServed(['check', 'good.safetensors', '--json'], folder);
    expect(good.code).toBe(0);
    expect(JSON.parse(good.out)).toMatchObject([{ file: 'good.safetensors', ok: true }]);
    const neurons = { dtype: 'I64' as const, shape: [], data: BigInt64Array.of(1n) };
    writeFixture(
      join(folder, 'off.safetensors'),
      new Map([...tensors, ['expected.neurons', neurons]]),
      described,
    );
    expect((await tenasServed(['check', 'off.safetensors'], folder)).code).toBe(1);
  });

  it('says what is wrong with data in one line', async () => {
    const absent = await tenasServed(['search', '--dataset', 'cifar10', '--data', 'nowhere'], folder);
    expect(absent.code).toBe(2);
    expect(absent.err).toContain('nowhere');
    expect(absent.err).not.toContain('    at ');
    const missing = await tenasServed(['search', '--dataset', 'cifar10'], folder);
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('tenas data fetch cifar10');
  });
});

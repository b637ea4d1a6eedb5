import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const arch = '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|';
const argv = ['score', '--arch', arch, '--repeats', '2', '--seed', '3', '--device', 'cpu'];
const small = ['--set', 'ntk.batchSize=4', '--set', 'regions.batchSize=50'];

async function scored(...more: string[]) {
  const { code, out, err } = await tenas([...argv, ...more, '--json']);
  expect(code, err).toBe(0);
  return JSON.parse(out);
}

describe('tenas score', () => {
  let usual: Awaited<ReturnType<typeof scored>>;
  beforeAll(async () => {
    usual = await scored(...small);
  });

  it('prints one document with every metric, its settings and its repeats', () => {
    expect(usual).toMatchObject({
      scoreVersion: 2,
      kind: 'score',
      architecture: arch,
      space: 'nas-bench-201',
      dataset: { name: 'synthetic' },
      seed: 3,
      repeats: 2,
    });
    expect(Object.keys(usual.scores)).toEqual(['ntk', 'regions', 'params', 'macs']);
    expect(usual.scores.ntk).toMatchObject({
      value: expect.any(Number),
      repeats: [expect.any(Number), expect.any(Number)],
      seconds: expect.any(Number),
    });
    expect(usual.metrics[0]).toMatchObject({ name: 'ntk', better: 'lower', settings: { batchSize: 4 } });
  });

  it('measures the metrics that are asked for, in that order', async () => {
    const { scores } = await scored('--metrics', 'params, ntk', '--set', 'ntk.batchSize=4');
    expect(Object.keys(scores)).toEqual(['params', 'ntk']);
    const timeless = ({ seconds: _, ...score }: { seconds: number }) => score;
    expect(timeless(scores.ntk)).toEqual(timeless(usual.scores.ntk));
  });

  it('finds an architecture by its number, in the order of a table', async () => {
    const table = join(folder, 'order.csv');
    writeFileSync(table, `index,arch\n7,${arch}\n0,GDAS_cifar10_1\n`);
    const number = ['score', '--arch', 'index:7', '--metrics', 'params'];
    const named = [...number, '--space', 'nas-bench-201'];
    const found = await tenas([...named, '--index-table', table, '--json']);
    expect(JSON.parse(found.out).architecture).toBe(arch);
    for (const [given, problem] of [
      [named, 'has no numbers of its own'],
      [[...number, '--index-table', table], 'index:7 is a number in any space; name the space (--space)'],
      [[...argv, '--index-table', table], '--index-table: goes with a number, as --arch index:1234'],
      [[...named, '--index-table', 'nowhere.csv'], 'nowhere.csv'],
    ] as const) {
      const refused = await tenas(given);
      expect(refused.code).toBe(2);
      expect(refused.err).toContain(problem);
    }
    const beyond = await tenas([
      ...['score', '--arch', 'index:1', '--space', 'nas-bench-201', '--index-table', table],
    ]);
    expect(beyond.err).toContain(
      'has no architecture number 1; the numbers of its 2 architectures begin with 0',
    );
    const sized = await tenas([
      'score',
      '--arch',
      'index:12',
      '--space',
      'nats-size',
      '--metrics',
      'params',
      '--json',
    ]);
    expect(JSON.parse(sized.out).architecture).toBe('8:8:8:16:40');
  });

  it('has short flags for settings of the kernel', async () => {
    const short = await scored('--metrics', 'ntk', '--ntk-mode', 'batch', '--ntk-batch', '4');
    const long = await scored('--metrics', 'ntk', '--set', 'ntk.mode=batch', '--set', 'ntk.batchSize=4');
    expect(short.metrics).toEqual(long.metrics);
    expect(short.scores.ntk.repeats).toEqual(long.scores.ntk.repeats);
    expect(short.scores.ntk.value).not.toBe(usual.scores.ntk.value);
  });

  it('shows people a table', async () => {
    const { out } = await tenas([...argv, ...small]);
    expect(out).toContain(arch);
    expect(out).toMatch(/^metric +value +better +repeats +time$/m);
    expect(out).toMatch(/^ntk +[\d.,]+ +lower +[\d.,]+, [\d.,]+ +[\d.]+ m?s +condition number/m);
    expect(out).toMatch(/^params +[\d,]+ +higher +parameters$/m);
  });

  it.each([
    [['--metrics', 'kappa'], 'UNKNOWN_METRIC', /known are ntk, regions, params, macs/],
    [['--metrics', 'ntk,ntk'], 'SETTING_INVALID', /names each metric once/],
    [['--set', 'ntk.batchsize=4'], 'SETTING_INVALID', /did you mean ntk.batchSize/],
    [['--set', 'ntk.batchSize=1'], 'SETTING_INVALID', /a whole number from 2 to 4096/],
    [['--metrics', 'params', '--set', 'ntk.batchSize=4'], 'SETTING_INVALID', /no such setting of params/],
  ])('%j is refused by name', async (wrong, code, message) => {
    const { code: exit, out } = await tenas([...argv, ...wrong, '--json']);
    expect(exit).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('lists settings in its help', async () => {
    const { out } = await tenas(['score', '--help']);
    expect(out).toMatch(/Settings of ntk[\s\S]*ntk\.batchSize +images per batch; a whole number/);
    const other = await tenas(['score', '--metrics', 'params', '--help']);
    expect(other.out).toContain('Settings of params: none');
    expect(other.out).not.toContain('ntk.batchSize +');
  });
});

it('tenas info lists metrics with paper, direction and needs', async () => {
  const { out } = await tenas(['info', '--json']);
  expect(JSON.parse(out).metrics).toContainEqual({
    name: 'ntk',
    title: expect.any(String),
    better: 'lower',
    paper: expect.stringContaining('2102.11535'),
    needs: [],
  });
  expect((await tenas(['info'])).out).toMatch(/^metrics +ntk, regions, params, macs/m);
});

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '@tenas/cli';
import { readSearchRecord, type ScoredArchitecture } from '@tenas/records';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();

async function searched(...argv: string[]) {
  const { code, out, err } = await tenas(['search', '--out', join(folder, 'runs'), ...argv, '--json']);
  expect(code, err).toBe(0);
  return { record: JSON.parse(out), err };
}

async function refused(...argv: string[]) {
  const { code, out } = await tenas(['search', '--out', join(folder, 'never'), ...argv, '--json']);
  expect(code).toBe(2);
  return JSON.parse(out).error;
}

const evolution = ['--strategy', 'evolution', '--metrics', 'params', '--set', 'population=4'];

describe('tenas search --strategy', () => {
  it('evolves, also in a space without a supernet, and tells of every step', async () => {
    const { record, err } = await searched(...evolution, '--space', 'nats-size', '--set', 'cycles=12');
    const { record: path, ...written } = record;
    expect(path).toContain('search-nats-size-synthetic-evolution-seed0');
    expect(readSearchRecord(written)).toEqual(written);
    expect(written).toMatchObject({
      strategy: 'evolution',
      settings: { population: 4, cycles: 12, sample: 10, crossover: 0 },
      plugins: [],
      architecture: expect.stringMatching(/^\d+(:\d+){4}$/),
      genotype: written.architecture,
    });
    expect(Object.keys(written.scores)).toEqual(['params']);
    expect(err).toContain('searching nats-size on synthetic by evolution, seed 0: 12 architectures');
    expect(err).toMatch(/step 1\/3, first population, done after .* left; best so far: .*\(params [\d,.]+\)/);
    expect(err).toMatch(/step 3\/3, generation 2, done after/);
  });

  it('searches at random by several metrics with settings of their own', async () => {
    const { record } = await searched(
      ...['--strategy', 'random', '--metrics', 'regions,macs', '--set', 'samples=6'],
      ...['--set', 'regions.batchSize=40', '--set', 'regions.batches=1', '--set', 'aggregate=rank-sum'],
    );
    expect(record).toMatchObject({
      settings: { samples: 6, aggregate: 'rank-sum' },
      metrics: [{ name: 'regions', settings: { batchSize: 40 } }, { name: 'macs' }],
      evaluations: { regions: 6, macs: 6 },
    });
    expect(record.scored).toHaveLength(6);
  });

  it('searches by an aggregate, whose metrics it names, and measures others beside it', async () => {
    const { record } = await searched(
      ...[
        '--strategy',
        'random',
        '--metrics',
        'te-nas,macs',
        '--set',
        'samples=5',
        '--set',
        'missing=median',
      ],
      ...['--set', 'regions.batchSize=40', '--set', 'ntk.batchSize=4'],
    );
    expect(record).toMatchObject({
      settings: { samples: 5, aggregate: 'te-nas', missing: 'median' },
      metrics: [
        { name: 'ntk', settings: { batchSize: 4 } },
        { name: 'regions', settings: { batchSize: 40 } },
        { name: 'macs' },
      ],
    });
    const values = (metric: string, sign: number) =>
      record.scored.map(
        ({ scores }: ScoredArchitecture) => sign * (scores[metric]!.value ?? Number.NEGATIVE_INFINITY),
      );
    const ranks = [values('ntk', -1), values('regions', 1)].map((all) =>
      all.map(
        (own: number) =>
          all.filter((other: number) => other < own).length +
          (all.filter((other: number) => other === own).length + 1) / 2,
      ),
    );
    const sums = ranks[0]!.map((rank: number, place: number) => rank + ranks[1]![place]!);
    const best = record.scored[sums.indexOf(Math.max(...sums))];
    expect(record.architecture).toBe(best.architecture);
  });

  it('trains a shortlist, with settings of the training and of its help', async () => {
    const short = ['epochs=1', 'images=32', 'validation=32'].flatMap((pair) => [
      '--set',
      `early-accuracy.${pair}`,
    ]);
    const random = ['--strategy', 'random', '--metrics', 'params', '--set', 'shortlist=2'];
    const { record, err } = await searched(...random, '--set', 'samples=6', ...short);
    expect(record).toMatchObject({
      settings: { shortlist: 2, stages: [{ metrics: [{ 'early-accuracy': { epochs: 1, images: 32 } }] }] },
      metrics: [{ name: 'params' }, { name: 'early-accuracy', settings: { validation: 32 } }],
      evaluations: { params: 6, 'early-accuracy': 2 },
      steps: [{}, { label: 'shortlist 1', stage: { kept: 1 } }],
    });
    expect(err).toContain('then the best 2 architectures by early-accuracy');
    const help = await tenas(['search', ...random, '--help']);
    expect(help.out).toContain('Settings of early-accuracy');
    const without = await tenas(['search', ...random.slice(0, 4), '--help']);
    expect(without.out).not.toContain('Settings of early-accuracy');
    expect(await refused(...random, '--set', 'early-accuracy.epoch=1')).toMatchObject({
      code: 'SETTING_INVALID',
      field: 'early-accuracy.epoch',
    });
    expect(await refused(...random, '--set', 'stages=[{"keep":2}]')).toMatchObject({
      code: 'SETTING_INVALID',
      field: 'stages',
      message: expect.stringContaining('[0].keep must be 1 in the last stage'),
    });
  });

  it('lets --set have the last word on an aggregate, and refuses two of them', async () => {
    const { record } = await searched(
      ...['--strategy', 'random', '--metrics', 'te-nas', '--set', 'samples=2', '--set', 'aggregate=log-rank'],
      ...['--set', 'regions.batchSize=40', '--set', 'ntk.batchSize=4'],
    );
    expect(record.settings.aggregate).toBe('log-rank');
    const { code, err } = await tenas(['search', '--strategy', 'random', '--metrics', 'te-nas,freerea']);
    expect(code).toBe(2);
    expect(err).toContain('one aggregate that decides, not te-nas and freerea');
    const lacking = await tenas([
      ...['search', '--strategy', 'random', '--metrics', 'ntk', '--set', 'aggregate=te-nas'],
      ...['--out', folder],
    ]);
    expect(lacking.code).toBe(2);
    expect(lacking.err).toContain('ntk, regions, by which te-nas ranks');
  });

  it('shows people what it found', async () => {
    const { code, out } = await tenas([
      'search',
      '--out',
      join(folder, 'shown'),
      ...evolution,
      '--set',
      'cycles=6',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^found {3}\|.*\nscores {2}params [\d,.]+\ntime .* for 6 params evaluations\nrecord /,
    );
  });

  it('lists the settings of the strategy in its help', async () => {
    const { out } = await tenas(['search', '--strategy', 'evolution', '--metrics', 'ntk', '--help'], {
      columns: 100,
    });
    expect(out).toContain('Settings of evolution (--set KEY=VALUE)');
    expect(out).toMatch(/population +architectures that are alive; .*\(default: 50\)/);
    expect(out).toContain('Settings of ntk');
    // Flags that only another strategy has are not among its flags.
    expect(out).not.toMatch(/prune with separate flags|--ntk-batch/);
    const usual = await tenas(['search', '--help'], { columns: 100 });
    expect(usual.out).toContain('Settings of prune (--set KEY=VALUE)');
    expect(usual.out).toMatch(/--ntk-batch <value> +images per NTK batch/);
  });

  it.each([
    [['--strategy', 'luck'], 'UNKNOWN_STRATEGY', 'strategy', /known are prune, random, evolution/],
    [['--strategy', 'random', '--set', 'sample=3'], 'SETTING_INVALID', 'sample', /did you mean samples/],
    [['--strategy', 'random', '--set', 'samples=0'], 'SETTING_INVALID', 'samples', /whole number from 1/],
    [
      ['--strategy', 'random', '--ntk-batch', '4'],
      'OPTION_INVALID',
      '--ntk-batch',
      /not one of the strategy random/,
    ],
    [['--strategy', 'random', '--repeats', '4'], 'OPTION_INVALID', '--repeats', /--set KEY=VALUE/],
    [
      ['--ntk-batch', '1'],
      'OPTION_INVALID',
      '--ntk-batch',
      /^--ntk-batch: got "1"; give a whole number from 2/,
    ],
    [['--space', 'nats-size'], 'SPACE_UNFIT', 'space', /strategies that work there are random, evolution/],
    [['--metrics', 'luck'], 'UNKNOWN_METRIC', 'metric', /luck/],
  ])('%j is refused by name', async (argv, code, field, message) => {
    const error = await refused(...argv);
    expect(error).toMatchObject({ code, field });
    expect(error.message).toMatch(message);
  });

  it('shows people the ends of a front', async () => {
    const argv = ['search', '--space', 'nats-size', '--strategy', 'nsga2', '--metrics', 'params'];
    const few = ['--set', 'population=8', '--set', 'evaluations=40', '--objectives', 'params:higher,macs'];
    const out = join(folder, 'front');
    const shown = await tenas([...argv, ...few, '--out', out]);
    expect(shown.code, shown.err).toBe(0);
    const { out: text } = await tenas([...argv, ...few, '--out', out, '--force', '--json']);
    const { front } = JSON.parse(text);
    expect(front.length).toBeGreaterThan(2);
    expect(shown.out).toContain(`\nfront   ${front.length} architectures\n`);
    expect(shown.out).toMatch(new RegExp(`best params: params .*, macs .*: ${front[0].architecture}\n`));
    expect(shown.out).toMatch(new RegExp(`best macs: params .*, macs .*: ${front.at(-1).architecture}\n`));
  });

  it.each(['score', 'score,params,macs,memory,depth'])(
    'says how many objectives make a front, given %s',
    async (objectives) => {
      const argv = ['search', '--strategy', 'nsga2', '--metrics', 'params', '--objectives', objectives];
      const { code, err } = await tenas(argv);
      expect(code).toBe(2);
      expect(err).toContain(`--objectives: got "${objectives}"; give a list of 2 to 4, as a,b, each text`);
    },
  );

  it('goes on from the record of a search that was stopped', async () => {
    const out = join(folder, 'stopped');
    const argv = ['search', '--out', out, ...evolution, '--set', 'cycles=40'];
    const stop = new AbortController();
    let err = '';
    const code = await runCli(argv, {
      out: () => undefined,
      err(text) {
        err += text;
        if (text.includes('step 2/')) stop.abort(new Error('Ctrl-C'));
      },
      terminal: null,
      env: {},
      signal: stop.signal,
    });
    expect(code).not.toBe(0);
    const [partial] = readdirSync(out);
    expect(partial).toBe('search-nas-bench-201-synthetic-evolution-seed0.partial.json');
    expect(err).toContain('interrupted after 2 whole steps');
    expect(err).toContain('--resume goes on from there');
    const resumed = await tenas([...argv, '--resume', join(out, partial!), '--json']);
    const whole = await tenas([...argv, '--json']);
    expect(JSON.parse(resumed.out).detail).toEqual(JSON.parse(whole.out).detail);
    const other = await tenas([...argv, '--seed', '1', '--resume', join(out, partial!), '--json']);
    expect(JSON.parse(other.out).error).toMatchObject({ code: 'RESUME_INVALID', field: 'seed' });
  });
});

describe('plug-ins', () => {
  const write = (name: string, text: string): { readonly path: string; readonly sha256: string } => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
  };
  const metric = write(
    'lean.mjs',
    `import { z } from 'zod';
    export default {
      name: 'lean', title: 'few parameters', better: 'lower', paper: '', needs: [],
      settings: z.strictObject({ power: z.number().min(1).default(1).describe('power') }),
      count: ({ cost, settings }) => cost.params ** settings.power,
    };`,
  );
  const strategy = write(
    'first.mjs',
    `import { z } from 'zod';
    export default {
      name: 'first', title: 'the first of a few', paper: '', needs: [], metrics: ['params'],
      settings: z.strictObject({ count: z.int().min(1).default(2).describe('how many') }),
      async run(ask, { count }) {
        ask.plan({ steps: [count] });
        const some = ask.space.sample({ count, seed: ask.seed });
        await ask.step('look', () => ask.score(some));
        return { architecture: some[0] };
      },
    };`,
  );

  it('decide and search, and their hashes go into the record', async () => {
    const { record } = await searched(
      ...['--strategy', strategy.path, '--metric', metric.path],
      ...['--set', 'count=3', '--set', 'lean.power=2'],
    );
    expect(record).toMatchObject({
      strategy: 'first',
      settings: { count: 3 },
      metrics: [{ name: 'lean', settings: { power: 2 } }],
      plugins: [
        { kind: 'metric', name: 'lean', sha256: metric.sha256 },
        { kind: 'strategy', name: 'first', sha256: strategy.sha256 },
      ],
    });
    expect(record.scored).toHaveLength(3);
  });

  it('have their settings in the help', async () => {
    const { out } = await tenas(['search', '--strategy', strategy.path, '--help'], { columns: 100 });
    expect(out).toMatch(/Settings of first .*\n +count +how many; .*\(default: 2\)/);
  });

  it('are measured by tenas score beside what is named', async () => {
    const argv = ['score', '--arch', '64:8:8:8:8', '--metric', metric.path];
    const alone = await tenas([...argv, '--json']);
    expect(Object.keys(JSON.parse(alone.out).scores)).toEqual(['lean']);
    const beside = await tenas([...argv, '--metrics', 'params', '--json']);
    const { params, lean } = JSON.parse(beside.out).scores;
    expect(lean.value).toBe(params.value);
  });

  it.each([
    ['--space', 'export default { name: "Mine" };', 'PLUG_IN_INVALID'],
    ['--metric', 'export default { name: "mine" };', 'PLUG_IN_INVALID'],
    ['--strategy', 'export default { name: "mine" };', 'PLUG_IN_INVALID'],
    ['--strategy', 'export const mine = {};', 'PLUG_IN_INVALID'],
  ])('%s refuses %s', async (flag, text, code) => {
    const { path } = write(
      `broken-${createHash('sha256')
        .update(text + flag)
        .digest('hex')}.mjs`,
      text,
    );
    expect(await refused(flag, path)).toMatchObject({ code, field: flag });
  });

  it('are missed by name', async () => {
    expect(await refused('--strategy', './nowhere.mjs')).toMatchObject({
      code: 'PLUG_IN_MISSING',
      field: '--strategy',
    });
  });
});

it('tenas info lists the strategies', async () => {
  const { strategies } = JSON.parse((await tenas(['info', '--json'])).out);
  expect(strategies.slice(0, 3)).toEqual([
    expect.objectContaining({ name: 'prune', needs: ['supernet'], paper: expect.stringContaining('ICLR') }),
    expect.objectContaining({ name: 'random', needs: [] }),
    expect.objectContaining({ name: 'evolution', title: expect.any(String) }),
  ]);
});

import { syntheticImages } from '@tenas/data';
import { type CountingMetric, params } from '@tenas/metrics';
import { type AgentsDetail, agentsDetailOf, type SearchRecord } from '@tenas/records';
import { darts, dartsFrc, nasBench201, natsSize } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { completeSettings, manas, manasLs, type RunSearchOptions, runSearch } from '../../src/index.js';

const source = syntheticImages();
const most: CountingMetric = { ...params, name: 'most', better: 'higher' };
const ALL_CONV3 =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';
const TRAINED = { channels: 2, images: 32, epochs: 2, warmup: 1, batchSize: 8, finalists: 2 };

async function searched(settings: object, options: Partial<RunSearchOptions> = {}) {
  return await runSearch({
    ...{ space: nasBench201, source, strategy: 'manas', metrics: [most], threads: 1, settings },
    ...options,
  });
}

function detailOf(record: SearchRecord): AgentsDetail {
  const detail = agentsDetailOf(record);
  if (detail === null) throw new Error('the record has no agents');
  return detail;
}

describe('settings of MANAS', () => {
  const completed = async (settings: object) =>
    (await searched({ ...TRAINED, warmup: undefined, ...settings })).settings;

  it('warm up for the share of the preset where there are fewer epochs', async () => {
    expect(await completed({ epochs: 4 })).toMatchObject({ epochs: 4, warmup: 3, gamma: 0.1 });
    expect(await completed({ epochs: 4, warmup: 1 })).toMatchObject({ warmup: 1 });
    await expect(searched({ ...TRAINED, warmup: 2 })).rejects.toThrow(
      'settings.warmup must be less than the 2 epochs, got 2',
    );
  });
});

describe('MANAS by metrics', () => {
  it.each([
    ['manas', { eta: 0.3 }],
    ['manas-ls', {}],
  ])('of %s prefers what the metric likes', async (strategy, settings) => {
    const record = await searched(
      { loss: 'metrics', rounds: 300, answer: 'policy', ...settings },
      { strategy },
    );
    expect(record.architecture).toBe(ALL_CONV3);
    const { answers, states, finalists } = detailOf(record);
    expect(answers.policy).toBe(ALL_CONV3);
    expect(finalists).toEqual([]);
    expect(states.map(({ drawn }) => drawn)).toEqual(
      Array.from({ length: 12 }, (_, step) => 25 * (step + 1)),
    );
    expect(states.at(-1)!.regret).toBeLessThan(0.4 * 300);
    expect(states.at(-1)!.entropy).toBeLessThan(states[0]!.entropy);
  });

  it('finds the best network that was drawn, unless it is asked for the policy', async () => {
    const record = await searched({ loss: 'metrics', rounds: 30 });
    const { answers } = detailOf(record);
    expect(record.architecture).toBe(answers.best);
    expect(record.scores!.most!.value).toBe(
      Math.max(...record.scored.map(({ scores }) => scores.most!.value!)),
    );
  });

  it.each([
    ['scale', 'raw'],
    ['agents', 'unique'],
  ])('refuses the setting %s %s', async (field, value) => {
    await expect(searched({ loss: 'metrics', [field]: value })).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      field: `settings.${field}`,
    });
  });

  it('does as the published preset says where that is possible', async () => {
    const { settings } = await searched({ loss: 'metrics', rounds: 30, preset: 'published' });
    // sqrt(2 ln 5 / (5 * 30))
    expect(settings).toMatchObject({ scale: 'rank', agents: 'shared', eta: expect.closeTo(0.14649, 4) });
  });
});

describe('MANAS with weights', () => {
  it('compares the policy with networks that it saw, under the trained weights', async () => {
    const record = await searched(TRAINED);
    const { answers, finalists, states, loss } = detailOf(record);
    expect(loss).toBe('validation');
    expect(record.architecture).toBe(answers.policy);
    expect(finalists.map(({ architecture }) => architecture)).toContain(answers.policy);
    expect(finalists[0]!.architecture).toBe(answers.best);
    expect(finalists.length).toBeLessThanOrEqual(3);
    const accuracies = finalists.map(({ accuracy }) => accuracy);
    expect(accuracies).toEqual(accuracies.toSorted((a, b) => b - a));
    // Two batches, of the epoch after the warm-up.
    expect(states.map(({ drawn }) => drawn)).toEqual([2]);
    expect(record.steps.map(({ label }) => label)).toEqual(['epoch 1', 'epoch 2', 'comparison']);
    expect(record.scored).toEqual([]);
  });

  it('finds the best of the compared ones on request', async () => {
    const record = await searched({ ...TRAINED, answer: 'best' });
    expect(record.architecture).toBe(detailOf(record).answers.best);
  });

  it('compares the policy alone without finalists', async () => {
    expect(detailOf(await searched({ ...TRAINED, finalists: 0 })).finalists).toHaveLength(1);
  });

  it('lets every cell decide for itself', async () => {
    const { decisions, answers, finalists } = detailOf(await searched({ ...TRAINED, agents: 'unique' }));
    expect(decisions).toHaveLength(18);
    expect(decisions[17]!.name).toBe('cell 3/3<-2');
    expect(answers.policy).not.toBeNull();
    expect(answers.best).toBeNull();
    expect(finalists).toHaveLength(1);
  });

  it.each(['shared', 'unique'])('searches DARTS with %s agents', async (agents) => {
    const settings = { ...TRAINED, images: 16, batchSize: 4, agents };
    const { architecture, detail } = await searched(settings, { space: darts, seed: 2 });
    const { decisions, answers } = agentsDetailOf({ detail })!;
    // One normal cell, and two that reduce.
    const reducing = darts.decisions.filter(({ name }) => name.startsWith('reduce/')).length;
    expect(decisions).toHaveLength(darts.decisions.length + (agents === 'unique' ? reducing : 0));
    expect(darts.format(darts.parse(architecture))).toBe(answers.policy);
  });

  it.each(['shared', 'unique'])('searches the only open cell of DARTS with %s agents', async (agents) => {
    const settings = { ...TRAINED, images: 16, batchSize: 4, agents };
    const { architecture, detail } = await searched(settings, { space: dartsFrc, seed: 2 });
    const { decisions, answers } = agentsDetailOf({ detail })!;
    // One normal cell; those that reduce are fixed.
    expect(decisions).toHaveLength(dartsFrc.decisions.length);
    expect(dartsFrc.format(dartsFrc.parse(architecture))).toBe(answers.policy);
  });

  it.each<[string, object, string]>([
    ['the best network where no cell is like another', { agents: 'unique', answer: 'best' }, 'answer'],
    ['a warm-up without an end', { warmup: 2 }, 'warmup'],
    ['too few images', { images: 3 }, 'images'],
  ])('refuses %s', async (_, settings, field) => {
    await expect(searched({ ...TRAINED, ...settings })).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      field: `settings.${field}`,
    });
  });

  it('needs a supernet, and labels', async () => {
    await expect(searched(TRAINED, { space: natsSize })).rejects.toMatchObject({ code: 'SPACE_UNFIT' });
    const { labels: _, ...unlabelled } = source;
    await expect(searched(TRAINED, { source: unlabelled })).rejects.toMatchObject({ code: 'LABELS_MISSING' });
  });

  it.each(['manas', 'manas-ls'])('of %s needs neither where metrics are the loss', async (strategy) => {
    const { labels: _, ...unlabelled } = source;
    const settings = { loss: 'metrics', rounds: 5 };
    const record = await searched(settings, { strategy, space: natsSize, source: unlabelled });
    expect(record.architecture).toBe(natsSize.format(natsSize.parse(record.architecture)));
  });

  it.each([manas, manasLs])('of $name has the published numbers by name', (strategy) => {
    const about = { space: nasBench201, source, metrics: [] };
    const { settings } = completeSettings(strategy, strategy.settings.parse({ preset: 'published' }), about);
    expect(settings).toMatchObject({
      ...{ channels: 16, cells: 5, epochs: 500, batchSize: 64, rate: 0.025, weightDecay: 3e-4 },
      ...{ validation: 0.5, scale: 'raw', agents: 'unique', warmup: 0, answer: 'policy' },
    });
  });
});

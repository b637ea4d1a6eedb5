import { type ImageSource, shrunkImages, syntheticImages } from '@tenas/data';
import { NativeError, Trainer } from '@tenas/native';
import { getSpace } from '@tenas/spaces';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { allowed } from '../../../test/support/patience.js';
import { Evaluator, type EvaluatorOptions, type MetricChoice, type TrainingMetric } from '../src/index.js';
import { earlyAccuracy } from '../src/list/early-accuracy.js';
import { tse } from '../src/list/tse.js';
import { fakeSource } from './fake-source.js';

const space = getSpace('nas-bench-201');
const good = '|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';
const poor = '|avg_pool_3x3~0|+|none~0|avg_pool_3x3~1|+|none~0|none~1|avg_pool_3x3~2|';
const dead = '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|';
const source = syntheticImages({ size: 8 });
const few = { epochs: 2, images: 64, side: null, batchSize: 16, rate: 0.05, augment: false };

/** Both metrics with the same training. */
function both(settings: object = few, { validation = 40 } = {}): MetricChoice[] {
  return [
    { metric: 'early-accuracy', settings: { ...settings, validation } },
    { metric: 'tse', settings },
  ];
}

async function scoresOf(given: Partial<EvaluatorOptions> & { readonly archs?: readonly string[] } = {}) {
  const { archs = [good, poor], ...options } = given;
  using evaluator = new Evaluator({
    ...{ space, source, metrics: both(), repeats: 2, seed: 5, device: 'cpu' },
    ...options,
  });
  const scored = await evaluator.score(archs);
  return scored.map(({ scores }) =>
    Object.fromEntries(Object.entries(scores).map(([name, { seconds: _, ...score }]) => [name, score])),
  );
}

/** Stripes of any phase that lie or stand: two classes. */
const stripes: ImageSource = {
  ...source,
  classes: 2,
  fingerprint: 'stripes',
  read: async (indices) =>
    indices.map((index) =>
      Uint8Array.from({ length: 3 * 64 }, (_, place) => {
        const along = index % 2 === 0 ? place % 8 : (place >> 3) % 8;
        return 128 + 100 * Math.sin(1.6 * along + index);
      }),
    ),
  labels: async (indices) => Int32Array.from(indices, (index) => index % 2),
};

/** Images of twice the height: each above itself. */
function twice(images: readonly Uint8Array[]): Uint8Array[] {
  return images.map((pixels) => {
    const area = pixels.length / 3;
    return Uint8Array.from({ length: 2 * pixels.length }, (_, place) => {
      const channel = Math.floor(place / (2 * area));
      return pixels[channel * area + (place % area)]!;
    });
  });
}

afterEach(() => vi.restoreAllMocks());

describe('metrics that train', () => {
  it('have the same bits on one, two and three threads, together and alone, and other values by seed', async () => {
    const one = await scoresOf({ threads: 1 });
    for (const threads of [2, 3]) expect(await scoresOf({ threads })).toEqual(one);
    expect([...(await scoresOf({ archs: [good] })), ...(await scoresOf({ archs: [poor] }))]).toEqual(one);
    expect(await scoresOf({ seed: 6 })).not.toEqual(one);
    const [first, second] = one[0]!.tse!.repeats;
    expect(first).not.toBe(second);
  });

  it.each(['rotation', 'colorization-32'])('learn %s without labels, and other things', async (task) => {
    const metrics = both({ ...few, task });
    const rotated = await scoresOf({ metrics });
    expect(rotated).not.toEqual(await scoresOf());
    const bare = { ...source, labels: undefined };
    expect(await scoresOf({ metrics, source: bare })).toEqual(rotated);
    await expect(scoresOf({ source: bare })).rejects.toMatchObject({ code: 'LABELS_MISSING' });
  });

  it('have the same values in the first repeats, however many there are', async () => {
    const [two] = await scoresOf({ archs: [good] });
    const [three] = await scoresOf({ archs: [good], repeats: 3 });
    expect(three!.tse!.repeats.slice(0, 2)).toEqual(two!.tse!.repeats);
  });

  it('share one training where their settings agree, and have the values that they have alone', async () => {
    const steps = vi.spyOn(Trainer.prototype, 'step');
    const together = await scoresOf();
    const shared = steps.mock.calls.length;
    // Two networks, two repeats, two epochs of four batches.
    expect(shared).toBe(2 * 2 * 2 * 4);
    const alone = await Promise.all(both().map((metric) => scoresOf({ metrics: [metric] })));
    expect(steps.mock.calls.length).toBe(3 * shared);
    expect(together).toEqual(alone[0]!.map((scores, place) => ({ ...scores, ...alone[1]![place] })));
  });

  it('train apart where a setting differs', async () => {
    const steps = vi.spyOn(Trainer.prototype, 'step');
    const [accuracy, speed] = [both()[0]!, { metric: 'tse', settings: { ...few, rate: 0.02 } }];
    await scoresOf({ metrics: [accuracy, speed], archs: [good], repeats: 1 });
    expect(steps.mock.calls.length).toBe(2 * 2 * 4);
  });

  it('start near the loss of guessing where labels say nothing', async () => {
    const noise: ImageSource = {
      ...source,
      labels: async (indices) =>
        Int32Array.from(indices, (index) => (Math.imul(index, 0x9e3779b1) >>> 16) % 10),
    };
    const settings = { epochs: 1, images: 512, batchSize: 512, rate: 1e-6 };
    const [scores] = await scoresOf({ source: noise, metrics: [{ metric: 'tse', settings }], archs: [good] });
    expect(Math.abs(scores!.tse!.value! - Math.log(10))).toBeLessThan(0.2);
  });

  it('find that a dead network guesses', async () => {
    const settings = { ...few, images: 200, epochs: 3 };
    const [scores] = await scoresOf({ archs: [dead], metrics: both(settings, { validation: 500 }) });
    expect(scores!['early-accuracy']!.value!).toBeGreaterThan(0.05);
    expect(scores!['early-accuracy']!.value!).toBeLessThan(0.2);
    expect(Math.abs(scores!.tse!.value! - Math.log(10))).toBeLessThan(0.15);
    const { losses } = scores!.tse!.detail as { losses: number[] };
    expect(losses.at(-1)).toBe(scores!.tse!.repeats[0]);
  });

  it('tell a network that learns from one that cannot', async () => {
    const settings = { ...few, epochs: 4, images: 256 };
    const metrics = both(settings, { validation: 200 });
    const [better, worse] = await scoresOf({ source: stripes, metrics, archs: [good, dead] });
    expect(better!['early-accuracy']!.value!).toBeGreaterThan(0.8);
    expect(worse!['early-accuracy']!.value!).toBeLessThan(0.65);
    expect(better!.tse!.value!).toBeLessThan(worse!.tse!.value! - 0.5);
  });

  it('have no value where the training diverges, and say so', async () => {
    vi.spyOn(Trainer.prototype, 'step').mockRejectedValue(new NativeError('NOT_FINITE', 'no finite loss'));
    const [scores] = await scoresOf({ archs: [good] });
    for (const name of ['early-accuracy', 'tse']) {
      expect(scores![name]).toEqual({
        value: null,
        repeats: [null, null],
        failures: ['diverged', 'diverged'],
      });
    }
  });

  it('change the size of the network', async () => {
    const sized = async (more: object) =>
      (await scoresOf({ metrics: both({ ...few, ...more }), archs: [good], repeats: 1 }))[0]!.tse!.value;
    const values = await Promise.all(
      [{}, { channels: 4 }, { cells: 2 }, { network: 'final', channels: 4 }].map(sized),
    );
    expect(new Set(values).size).toBe(4);
    expect(await sized({ channels: 3, cells: 1 })).toBe(values[0]);
  });

  it('shrink the images to a side: as if they were that small, where theirs is a multiple', async () => {
    const large = syntheticImages({ size: 16 });
    const sided = async (side: number | null, images: ImageSource = large, more: object = {}) =>
      await scoresOf({
        metrics: both({ ...few, side, ...more }),
        ...{ source: images, archs: [good], repeats: 1 },
      });
    const whole = await sided(null);
    const small = await sided(8);
    expect(small).not.toEqual(whole);
    expect(small).toEqual(await sided(null, shrunkImages(large, 8)));
    for (const none of [16, 32, 6]) expect(await sided(none)).toEqual(whole);
    const wide = {
      ...large,
      height: 32,
      read: async (indices: readonly number[]) => twice(await large.read(indices)),
    };
    expect(await sided(8, wide)).toEqual(await sided(null, wide));
    // A jigsaw cuts images up: it leaves them whole.
    const [larger, jigsaw] = [syntheticImages({ size: 32 }), { task: 'jigsaw' }];
    expect(await sided(16, larger, jigsaw)).toEqual(await sided(null, larger, jigsaw));
  });

  it('do not share a training where the side differs', async () => {
    const steps = vi.spyOn(Trainer.prototype, 'step');
    const [accuracy] = both({ ...few, side: 4 });
    const metrics = [accuracy!, { metric: 'tse', settings: { ...few, side: null } }];
    const [scores] = await scoresOf({ metrics, archs: [good], repeats: 1 });
    expect(steps.mock.calls.length).toBe(2 * 2 * 4);
    const [alone] = await scoresOf({ metrics: [accuracy!], archs: [good], repeats: 1 });
    expect(scores!['early-accuracy']).toEqual(alone!['early-accuracy']);
  });

  it('work in every space, also without a supernet', async () => {
    for (const name of ['darts', 'nats-size']) {
      const other = getSpace(name);
      const [scores] = await scoresOf({
        ...{ space: other, archs: [other.example], repeats: 1 },
        metrics: both({ ...few, images: 32, epochs: 1 }),
      });
      expect(scores!.tse!.value, name).toEqual(expect.any(Number));
    }
  });

  it('report progress beside the passes of other metrics', async () => {
    using evaluator = new Evaluator({
      space,
      source,
      metrics: ['naswot', ...both()],
      repeats: 2,
      device: 'cpu',
    });
    const seen: string[] = [];
    await evaluator.score([good, poor], { onProgress: (done, total) => seen.push(`${done}/${total}`) });
    expect(seen.at(-1)).toBe('8/8');
    expect(seen.slice(-4)).toEqual(['5/8', '6/8', '7/8', '8/8']);
  });

  it('charge the time that passed once', async () => {
    using evaluator = new Evaluator({ space, source, metrics: both(), repeats: 2, device: 'cpu' });
    const began = performance.now();
    const scored = await evaluator.score([good, poor]);
    const passed = (performance.now() - began) / 1000;
    const charged = scored.flatMap(({ scores }) => Object.values(scores).map(({ seconds }) => seconds));
    expect(Math.min(...charged)).toBeGreaterThan(0);
    expect(charged.reduce((sum, one) => sum + one, 0)).toBeLessThan(passed);
  });
});

describe('what can go wrong', () => {
  const refused = (options: Partial<EvaluatorOptions>, error: object) =>
    expect(() => new Evaluator({ space, source, metrics: both(), ...options })).toThrowError(
      expect.objectContaining(error),
    );

  it('is named', () => {
    refused({ source: fakeSource({ labels: false }) }, { code: 'LABELS_MISSING', field: 'dataset' });
    refused({ device: 'cuda' }, { code: 'SETTING_INVALID', field: 'device' });
    refused(
      { source: fakeSource(), metrics: ['early-accuracy'] },
      {
        code: 'SETTING_INVALID',
        field: 'early-accuracy.images',
        message: expect.stringContaining(
          '2000 images are needed, 1000 of them for validation, and synthetic has 500',
        ),
      },
    );
    for (const [setting, value] of Object.entries({
      epochs: 0,
      rate: 0,
      side: 0,
      variant: 'mean',
      decay: 2,
      speed: 1,
    })) {
      const metrics = [{ metric: 'tse', settings: { [setting]: value } }];
      refused({ metrics }, { code: 'SETTING_INVALID', field: `tse.${setting}` });
    }
  });

  it('is a size that the space does not have', async () => {
    const other = getSpace('nats-size');
    const given = { space: other, archs: [other.example], metrics: both({ ...few, channels: 8 }) };
    await expect(scoresOf(given)).rejects.toMatchObject({ code: 'CONFIG_INVALID', field: 'C' });
  });

  it('stops within a second when aborted, and does not work after disposal', async () => {
    const settings = { epochs: 1000, images: 4000, network: 'final', batchSize: 256 };
    const evaluator = new Evaluator({ space, source, metrics: both(settings), device: 'cpu' });
    const stop = new AbortController();
    const scoring = evaluator.score([good, poor], { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 50);
    const began = performance.now();
    await expect(scoring).rejects.toThrow('enough');
    expect(performance.now() - began).toBeLessThan(allowed(1000));
    evaluator[Symbol.dispose]();
    await expect(evaluator.score([good])).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('does not hand one caller’s abort to another', async () => {
    using evaluator = new Evaluator({ space, source, metrics: both(), repeats: 2, seed: 5, device: 'cpu' });
    const stop = new AbortController();
    const aborted = evaluator.score([good], { signal: stop.signal });
    const other = evaluator.score([good]);
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const [alone] = await scoresOf({ archs: [good] });
    expect((await other)[0]!.scores.tse!.repeats).toEqual(alone!.tse!.repeats);
  });
});

describe('values of a training', () => {
  const losses = [3, 2, 1];
  const speed = (settings: object) =>
    tse.learned({ settings: { ...tse.settings.parse({}), ...settings }, losses, accuracy: null });

  it('are sums of the losses: all, the last ones, or later ones more', () => {
    expect(speed({ variant: 'sum' })).toBe(6);
    expect(speed({})).toBe(1);
    expect(speed({ variant: 'last', last: 2 })).toBe(3);
    expect(speed({ variant: 'ema', decay: 0.5 })).toBe(3 / 4 + 2 / 2 + 1);
  });

  it('are the accuracy on images that were not trained on', () => {
    const settings = earlyAccuracy.settings.parse({});
    expect(earlyAccuracy.learned({ settings, losses, accuracy: 0.25 })).toBe(0.25);
  });

  it('may be those of your own metric, which has its part in a shared training', async () => {
    const gain: TrainingMetric = {
      name: 'gain',
      title: 'fall of the loss',
      better: 'higher',
      paper: '',
      needs: ['labels'],
      settings: z.strictObject({}),
      training: () => tse.training({ ...tse.settings.parse({}), ...few }),
      learned: ({ losses: curve }) => curve[0]! - curve.at(-1)!,
    };
    const [scores] = await scoresOf({ metrics: [...both(), gain], archs: [good], repeats: 1 });
    const curve = (scores!.tse!.detail as { losses: number[] }).losses;
    expect(scores!.gain!.value).toBe(curve[0]! - curve[1]!);
  });
});

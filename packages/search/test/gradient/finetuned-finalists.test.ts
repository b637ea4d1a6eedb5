import { syntheticImages } from '@tenas/data';
import { smallSpace } from '@tenas/metrics/contract';
import { gradientDetailOf, readSearchRecord } from '@tenas/records';
import { type Choices, darts, nasBench201, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import type { Finalist, LearntChoices } from '../../src/gradient/finalists.js';
import { finetunedFinalists, finetuningRounds } from '../../src/gradient/finetuned-finalists.js';
import { dartsGradient, gdas, runSearch, type Strategy, SupernetInTraining } from '../../src/index.js';
import type { PathTraining } from '../../src/supernet-training/options.js';
import type { TrainedPath } from '../../src/supernet-training/outcomes.js';

const signal = new AbortController().signal;
const step = async <T>(_label: string, work: (open: never) => Promise<T>): Promise<T> =>
  await work({ tell: () => {}, count: () => {} } as never);

describe('the rounds of finalists', () => {
  it('keep one in so many, for so many times the steps, until one is left', () => {
    expect(finetuningRounds(64, { finetune: 10, halving: 4 })).toEqual([
      { finalists: 64, steps: 10 },
      { finalists: 16, steps: 40 },
      { finalists: 4, steps: 160 },
    ]);
    expect(finetuningRounds(5, { finetune: 3, halving: 2 })).toEqual([
      { finalists: 5, steps: 3 },
      { finalists: 3, steps: 6 },
      { finalists: 2, steps: 12 },
    ]);
    expect(finetuningRounds(1, { finetune: 3, halving: 2 })).toEqual([{ finalists: 1, steps: 3 }]);
    expect(finetuningRounds(1000, { finetune: 1, halving: 1000 })).toEqual([{ finalists: 1000, steps: 1 }]);
  });
});

/** Nine finalists of a space of two decisions, and what they are drawn from. */
function nine(): { learnt: LearntChoices; finalists: Finalist[] } {
  const supernet = smallSpace({ supernet: true }).supernet!;
  const [first, second] = supernet.decisions;
  const probabilities = supernet.decisions.map(({ choices }) => new Float64Array(choices.length).fill(1 / 3));
  const domains = first!.choices.flatMap((one) =>
    second!.choices.map((other) => ({ [first!.name]: [one], [second!.name]: [other] })),
  );
  return {
    learnt: { supernet, probabilities, rule: 'edges' },
    finalists: domains.map((domain) => ({ domain, architecture: supernet.architectureOf(domain) })),
  };
}

/** A training whose finalist i has the loss `loss(i, s)` in step s; its weights say who it is and how far. */
function made(loss: (finalist: number, step: number) => number) {
  const calls: { finalist: number; first: number; steps: number; threads: number | undefined }[] = [];
  let [running, most, asked] = [0, 0, 0];
  const training = {
    paths: {
      ofWeights: (weights: readonly Float64Array[]) => Float64Array.from(weights.flatMap((own) => [...own])),
    },
    snapshot: async () => ({ weights: Uint8Array.of(99, 0), steps: 7, architectureSteps: 3 }),
    async trainPath(
      path: Float64Array,
      { weights, first, steps, threads, evaluate }: PathTraining,
    ): Promise<TrainedPath> {
      const finalist = 3 * path.indexOf(1) + (path.lastIndexOf(1) - 3);
      expect([...weights]).toEqual(first === 0 ? [99, 0] : [finalist, first]);
      calls.push({ finalist, first, steps, threads });
      most = Math.max(most, ++running);
      // Those that begin later end sooner.
      const turns = 30 - (asked++ % 30);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      running--;
      const outcomes = Array.from({ length: steps }, (_, place) => ({
        ...{ loss: loss(finalist, first + place), accuracy: finalist / 10 },
      }));
      return {
        outcomes,
        weights: Uint8Array.of(finalist, first + steps),
        validation: evaluate === true ? { loss: -loss(finalist, first + steps), accuracy: 0.5 } : null,
      };
    },
  };
  return { training: training as never, calls, most: () => most };
}

describe('finalists that are trained on', () => {
  const settings = { finetune: 4, halving: 3, judge: 'training-loss', rate: 0.1 } as const;
  /** 4 is the best at once and stays as it is; 7 learns fastest. */
  const loss = (finalist: number, at: number) =>
    finalist === 4 ? 1 : finalist === 7 ? 2 - at / 8 : 3 + finalist - at / 100;

  it.each([1, 2, 3, 20])('are won by the one that learns faster, %i side by side', async (threads) => {
    const { learnt, finalists } = nine();
    const { training, calls, most } = made(loss);
    const heard: number[] = [];
    const judged = await finetunedFinalists(
      { step },
      training,
      learnt,
      finalists,
      { ...settings, threads },
      (some) => heard.push(some.length),
    );
    expect(most()).toBe(Math.min(threads, 9));
    expect(heard).toEqual([9, 9]);
    expect(
      judged.map(({ architecture }) => finalists.findIndex((one) => one.architecture === architecture)),
    ).toEqual([
      // Three go on, of which 7 is ahead of 4 in the end; then the others by their first round.
      7, 4, 0, 1, 2, 3, 5, 6, 8,
    ]);
    expect(judged.map(({ rounds }) => rounds.length)).toEqual([2, 2, 2, 1, 1, 1, 1, 1, 1]);
    // The mean over the last half of the steps 0 to 3, then 4 to 15.
    expect(judged[0]!.rounds.map((round) => round.loss)).toEqual([2 - 2.5 / 8, 2 - 12.5 / 8]);
    expect(judged[0]).toMatchObject({ loss: 2 - 12.5 / 8, accuracy: expect.closeTo(0.7, 12) });
    expect(
      calls
        .slice(9)
        .map(({ finalist }) => finalist)
        .toSorted(),
    ).toEqual([0, 4, 7]);
    expect(calls.map(({ first, steps }) => `${first}+${steps}`)).toEqual([
      ...new Array<string>(9).fill('0+4'),
      ...new Array<string>(3).fill('4+12'),
    ]);
    // More threads than finalists are shared out.
    expect(calls.map((call) => call.threads)).toEqual([
      ...new Array<number>(9).fill(Math.max(1, Math.floor(threads / 9))),
      ...new Array<number>(3).fill(Math.max(1, Math.floor(threads / 3))),
    ]);
  });

  it('are judged by held-out images where that is asked for', async () => {
    const { learnt, finalists } = nine();
    const { training } = made(loss);
    const options = { ...settings, judge: 'validation-loss', threads: 2 } as const;
    const judged = await finetunedFinalists({ step }, training, learnt, finalists, options, () => {});
    expect(judged[0]!.architecture).toBe(finalists[8]!.architecture);
    expect(judged[0]!.accuracy).toBe(0.5);
  });

  it('end with the first failure', async () => {
    const { learnt, finalists } = nine();
    const training = {
      ...(made(loss).training as object),
      trainPath: () => Promise.reject(new Error('enough')),
    };
    await expect(
      finetunedFinalists(
        { step },
        training as never,
        learnt,
        finalists,
        { ...settings, threads: 2 },
        () => {},
      ),
    ).rejects.toThrow('enough');
  });
});

describe('a path that is trained on', () => {
  const open = (
    threads: number,
    source = syntheticImages({ size: 8, images: 200 }),
    space: Space = nasBench201,
  ) =>
    SupernetInTraining.open({
      ...{ space, source, seed: 3, signal },
      engine: { threads },
      settings: {
        ...{
          channels: 4,
          cells: 1,
          images: source.size,
          validation: 0.5,
          epochs: 1,
          batchSize: 16,
          rate: 0.05,
        },
        ...{ finalRate: 0.01, momentum: 0.9, weightDecay: 5e-4, clip: 5, affine: true, untouched: 'keep' },
      },
    });
  const bytes = ({ weights }: TrainedPath) => Buffer.from(weights).toString('base64');

  it('leaves the supernet, and depends on neither threads nor company nor the number of calls', async () => {
    const seen: string[][] = [];
    for (const threads of [1, 2, 3]) {
      await using training = await open(threads);
      const paths = nasBench201
        .sample({ count: 3, seed: 5 })
        .map((one) => training.paths.ofChoices(nasBench201.choicesOf(one)));
      for (const path of paths) await training.trainStep(path);
      const before = await training.snapshot();
      const how = { weights: before.weights, first: 0, steps: 9, rate: 0.05, evaluate: true };
      const together = await Promise.all(paths.map((path) => training.trainPath(path, how)));
      const alone = await training.trainPath(paths[2]!, how);
      expect(alone).toEqual(together[2]);
      const half = await training.trainPath(paths[1]!, { ...how, steps: 4 });
      const rest = await training.trainPath(paths[1]!, { ...how, weights: half.weights, first: 4, steps: 5 });
      expect([...half.outcomes, ...rest.outcomes]).toEqual(together[1]!.outcomes);
      expect(bytes(rest)).toBe(bytes(together[1]!));
      expect(rest.validation).toEqual(together[1]!.validation);
      expect((await training.trainPath(paths[0]!, { ...how, evaluate: false })).validation).toBeNull();
      expect(await training.snapshot()).toEqual(before);
      seen.push(together.map(bytes));
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(new Set(seen[0]).size).toBe(3);
  });

  it('learns where its network can, and not where nothing reaches the output', async () => {
    const source = syntheticImages({ size: 12, images: 300, classes: 3 });
    await using training = await open(1, source, smallSpace({ supernet: true }));
    const { weights } = await training.snapshot();
    const lastLosses = async (choices: Choices) => {
      const path = training.paths.ofChoices(choices);
      const { outcomes } = await training.trainPath(path, { weights, first: 0, steps: 108, rate: 0.1 });
      return outcomes.slice(-18).reduce((sum, { loss }) => sum + loss, 0) / 18;
    };
    expect(await lastLosses({ '1<-0': 'conv_3x3', '2<-1': 'skip' })).toBeLessThan(0.85 * Math.log(3));
    expect(await lastLosses({})).toBeGreaterThan(0.95 * Math.log(3));
  });

  it('names the path and the rate where it diverges', async () => {
    await using training = await open(1);
    const { weights } = await training.snapshot();
    const path = training.paths.ofNumbers(training.paths.decisions.map(() => 3));
    await expect(
      training.trainPath(path, { weights, first: 0, steps: 50, rate: 1e300 }),
    ).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      message: expect.stringMatching(
        /the training of a path diverged in step \d+: .*a lower rate than 1e\+300/,
      ),
    });
  });
});

describe.each<[string, Strategy]>([
  ['gdas', gdas],
  ['darts-gradient', dartsGradient],
])('%s with finalists that are trained on', (_, strategy) => {
  const source = syntheticImages({ size: 16, images: 40 });
  const settings = {
    ...{ channels: 2, cells: 1, images: 40, epochs: 2, warmup: 1, batchSize: 10, answer: 'best' },
    ...{ finalists: 6, finetune: 3, halving: 2, side: 8, augment: false },
  };
  const search = async (
    more: object = {},
    given: object = {},
    space: typeof nasBench201 | typeof darts = nasBench201,
  ) =>
    await runSearch({
      ...{ space: space as typeof nasBench201, source, strategy, metrics: [], seed: 1 },
      settings: { ...settings, ...given },
      ...more,
    });

  it.each([
    ['nas-bench-201', nasBench201],
    ['darts', darts],
  ])('finds the same in %s on any number of threads', async (_name, space) => {
    const record = await search({ threads: 1 }, {}, space);
    const detail = gradientDetailOf(record)!;
    const { finalists = [], finetuning } = detail;
    expect(finetuning).toEqual({
      judge: 'training-loss',
      rounds: finetuningRounds(6, settings),
    });
    expect(record.steps.map(({ label }) => label)).toEqual([
      'epoch 1',
      'epoch 2',
      'round 1',
      'round 2',
      'round 3',
    ]);
    expect(finalists.map(({ rounds }) => rounds!.length)).toEqual([3, 3, 2, 1, 1, 1]);
    expect(record.architecture).toBe(finalists[0]!.architecture);
    expect(finalists[0]!.loss).toBeLessThanOrEqual(finalists[1]!.loss);
    for (const { loss, accuracy, rounds } of finalists) expect({ loss, accuracy }).toEqual(rounds!.at(-1));
    expect(gradientDetailOf(readSearchRecord(JSON.parse(JSON.stringify(record))))).toEqual(detail);
    for (const threads of [2, 3]) {
      const other = await search({ threads }, {}, space);
      expect(gradientDetailOf(other)).toEqual(detail);
      expect(other.steps.map(({ best }) => best)).toEqual(record.steps.map(({ best }) => best));
    }
  });

  it('has the same finalists without, judged under the shared weights', async () => {
    const trained = gradientDetailOf(await search())!;
    const record = await search({}, { finetune: 0 });
    const plain = gradientDetailOf(record)!;
    expect(plain).not.toHaveProperty('finetuning');
    expect(record.steps.map(({ label }) => label)).toEqual(['epoch 1', 'epoch 2', 'comparison']);
    expect(plain.states).toEqual(trained.states);
    const texts = ({ finalists = [] }: typeof plain) =>
      finalists.map(({ architecture }) => architecture).toSorted();
    expect(texts(plain)).toEqual(texts(trained));
    expect(plain.finalists!.every((one) => one.rounds === undefined)).toBe(true);
  });

  it('judges by the loss of the validation part where that is asked for', async () => {
    const by = async (judge: string) => gradientDetailOf(await search({}, { judge }))!;
    const [training, validation] = [await by('training-loss'), await by('validation-loss')];
    expect(validation.finetuning!.judge).toBe('validation-loss');
    expect(validation.finalists![0]!.rounds).not.toEqual(training.finalists![0]!.rounds);
  });

  it('shrinks images whose size is a multiple, and leaves others as they are', async () => {
    const states = async (side: number | null, size: number) =>
      gradientDetailOf(
        await search({ source: syntheticImages({ size, images: 40 }) }, { side, finetune: 0 }),
      )!.states;
    expect(await states(8, 16)).not.toEqual(await states(null, 16));
    expect(await states(8, 12)).toEqual(await states(null, 12));
    const wide = { ...syntheticImages({ size: 16, images: 40 }), width: 32 };
    wide.read = async (indices) => indices.map(() => new Uint8Array(3 * 16 * 32).fill(100));
    const record = await search({ source: wide }, { side: 8, finetune: 0 });
    expect(record.dataset).toMatchObject({ height: 16, width: 32 });
  });

  it('stops in the middle of a round', async () => {
    const stop = new AbortController();
    const stopped = search({
      signal: stop.signal,
      onProgress: (event: { kind: string; label?: string }) => {
        if (event.kind === 'progress' && event.label === 'round 2') stop.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('interrupted in step 4');
  });
});

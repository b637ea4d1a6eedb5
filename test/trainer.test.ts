import { RandomStream } from '@tenas/base';
import { type Graph, packWeights, readSafetensors, writeSafetensors } from '@tenas/graph';
import { Program, type Trainer, type TrainerOptions } from '@tenas/native';
import { getSpace, requireSupernet } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';

const CELL =
  '|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_3x3~0|avg_pool_3x3~1|nor_conv_3x3~2|';
const SIZE = { C: 4, N: 1, numClasses: 10, inputShape: [3, 8, 8] as const };

function cellNetwork(): Graph {
  const space = getSpace('nas-bench-201');
  return space.network(space.parse(CELL), SIZE);
}

/** Random images with random labels, always the same for a seed. */
function batchOf(samples: number, seed: number) {
  const random = new RandomStream(seed, 'training images');
  const images = Float32Array.from({ length: samples * 3 * 8 * 8 }, () => 2 * random.unit() - 1);
  const labels = Int32Array.from({ length: samples }, () => Math.floor(10 * random.unit()));
  return { images, labels };
}

const SGD: TrainerOptions = {
  weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' },
  optimiser: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  loss: { kind: 'cross-entropy', labelSmoothing: 0.1 },
  clip: 5,
  threads: 1,
};

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : 'no error';
}

/** Takes steps `from` to `to` of one course. */
async function train(trainer: Trainer, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let t = from; t < to; t++) {
    losses.push((await trainer.step({ ...batchOf(33 + (t % 5), t), learningRate: 0.05 })).loss);
  }
  return losses;
}

describe('a trainer', () => {
  it('learns 32 images by heart in less than 200 steps', async () => {
    using program = Program.compile(cellNetwork());
    await using trainer = program.trainer({ ...SGD, clip: undefined, loss: { kind: 'cross-entropy' } });
    const batch = batchOf(32, 5);
    let steps = 0;
    let correct = 0;
    while (correct < 32 && steps < 200) {
      ({ correct } = await trainer.step({ ...batch, learningRate: 0.05 }));
      steps++;
    }
    expect(correct).toBe(32);
    expect(steps).toBeLessThan(200);
    expect((await trainer.evaluate({ ...batch, statistics: 'batch' })).correct).toBe(32);
  });

  it('begins at ln 10 where labels say nothing', async () => {
    using program = Program.compile(cellNetwork());
    await using trainer = program.trainer({ ...SGD, loss: { kind: 'cross-entropy' } });
    const { loss } = await trainer.step({ ...batchOf(256, 6), learningRate: 0, update: false });
    expect(Math.abs(loss - Math.log(10))).toBeLessThan(0.1);
  });

  it('takes the same 20 steps on 1, 2 and 3 threads, and goes on from a snapshot', async () => {
    using program = Program.compile(cellNetwork());
    await using alone = program.trainer(SGD);
    const losses = await train(alone, 0, 20);
    const expected = await alone.snapshot();
    for (const threads of [2, 3]) {
      await using trainer = program.trainer({ ...SGD, threads });
      expect(await train(trainer, 0, 20)).toEqual(losses);
      expect(await trainer.snapshot()).toEqual(expected);
    }
    await using half = program.trainer(SGD);
    await train(half, 0, 8);
    const data = await half.snapshot();
    await using rest = program.trainer({ ...SGD, threads: 2, weights: { kind: 'snapshot', data } });
    expect(await train(rest, 8, 20)).toEqual(losses.slice(8));
    expect(await rest.snapshot()).toEqual(expected);
    expect(await rest.steps()).toBe(20);
  });

  it('agrees with the reference engine', async () => {
    using program = Program.compile(cellNetwork());
    await using fast = program.trainer(SGD);
    await using reference = program.trainer({ ...SGD, engine: 'reference' });
    const batch = batchOf(11, 7);
    for (let t = 0; t < 3; t++) {
      const got = await fast.step({ ...batch, learningRate: 0.01 });
      const wanted = await reference.step({ ...batch, learningRate: 0.01 });
      expect(Math.abs(got.loss - wanted.loss)).toBeLessThan(1e-4);
      expect(Math.abs(got.gradientNorm! / wanted.gradientNorm! - 1)).toBeLessThan(1e-3);
    }
  });

  it('gives a state_dict whose forward pass is its own evaluation', async () => {
    const graph = cellNetwork();
    using program = Program.compile(graph);
    await using trainer = program.trainer(SGD);
    await train(trainer, 0, 3);
    const batch = batchOf(9, 8);
    const tensors = await trainer.parameters();
    expect(tensors.get('stem.1.num_batches_tracked')).toEqual({
      dtype: 'I64',
      shape: [],
      data: BigInt64Array.of(3n),
    });
    const { tensors: read } = readSafetensors(writeSafetensors(tensors));
    const { data } = packWeights(graph, read, { ignore: (name) => name.endsWith('num_batches_tracked') });
    const { evaluations } = await program.evaluate({
      tasks: [{ kind: 'forward', statistics: 'running' }],
      batchSize: 9,
      repeats: [{ inputs: batch.images, weights: { kind: 'explicit', data } }],
      candidates: [new Float64Array(0)],
      device: 'cpu',
    });
    const { logits } = await trainer.evaluate(batch);
    // Not the same bits: the trainer's convolutions run by Winograd's algorithm.
    const expected = evaluations[0]![0].logits;
    const largest = Math.max(...expected.map(Math.abs));
    expect(expected).toHaveLength(logits.length);
    for (const [index, logit] of logits.entries()) {
      expect(Math.abs(logit - expected[index]!)).toBeLessThan(1e-5 * largest);
    }
  });

  it('re-estimates running statistics as the mean over batches', async () => {
    using program = Program.compile(cellNetwork());
    await using trainer = program.trainer(SGD);
    const [first, second] = [batchOf(20, 1), batchOf(20, 2)];
    const variances = async () =>
      (await trainer.parameters()).get('stem.1.running_var')!.data as Float32Array;
    await trainer.estimateStatistics([first]);
    const one = await variances();
    await trainer.estimateStatistics([second]);
    const two = await variances();
    await trainer.estimateStatistics([first, second]);
    const both = await variances();
    for (const [i, value] of both.entries()) expect(value).toBeCloseTo((one[i]! + two[i]!) / 2, 5);
  });

  it('counts, in re-estimated statistics, the batches that a batch norm runs in', async () => {
    const space = requireSupernet(getSpace('nas-bench-201'), 'this test');
    const { graph } = space.build({ ...SIZE, N: 1 });
    using program = Program.compile(graph);
    await using trainer = program.trainer(SGD);
    const pathOf = (op: string) => Float64Array.from(graph.slots, (slot) => (slot.endsWith(op) ? 1 : 0));
    const first = { ...batchOf(20, 1), coefficients: pathOf('nor_conv_3x3') };
    const second = { ...batchOf(20, 2), coefficients: pathOf('nor_conv_1x1') };
    const statistics = async (part: string) =>
      [...(await trainer.parameters())].filter(
        ([name]) => /running|batches/.test(name) && name.includes(part),
      );
    await trainer.step({ ...first, learningRate: 0.1 });
    await trainer.estimateStatistics([first]);
    const threes = await statistics('.3.op.');
    await trainer.estimateStatistics([second]);
    const ones = await statistics('.2.op.');
    await trainer.estimateStatistics([first, second]);
    expect(ones.length).toBeGreaterThan(0);
    expect(await statistics('.3.op.')).toEqual(threes);
    expect(await statistics('.2.op.')).toEqual(ones);
    const tracked = (await trainer.parameters()).get('stem.1.num_batches_tracked')!.data;
    expect(tracked).toEqual(BigInt64Array.of(2n));
  });

  it('copies a batch when it takes it, also when it has to wait', async () => {
    using program = Program.compile(cellNetwork());
    await using careful = program.trainer(SGD);
    await using careless = program.trainer(SGD);
    const expected = [
      await careful.step({ ...batchOf(32, 1), learningRate: 0.1 }),
      await careful.step({ ...batchOf(32, 2), learningRate: 0.1 }),
      await careful.evaluate(batchOf(32, 3)),
    ];
    const batch = batchOf(32, 1);
    const calls: Promise<unknown>[] = [careless.step({ ...batch, learningRate: 0.1 })];
    const refill = (seed: number) => {
      batch.images.set(batchOf(32, seed).images);
      batch.labels.set(batchOf(32, seed).labels);
    };
    refill(2);
    calls.push(careless.step({ ...batch, learningRate: 0.1 }));
    refill(3);
    calls.push(careless.evaluate(batch));
    refill(4);
    expect(await Promise.all(calls)).toEqual(expected);
  });

  it('copies the factors of a step when it takes it, and says the losses of heads', async () => {
    const space = getSpace('darts');
    const size = { macro: 'cifar', C: 2, N: 3, stemMultiplier: 1, numClasses: 10, inputShape: [3, 32, 32] };
    const { graph, dropPath, auxiliary } = space.trainingNetwork!(space.parse('DARTS_V2'), size);
    using program = Program.compile(graph);
    const heads = [{ node: auxiliary!, weight: 0.4 }];
    const images = Float32Array.from({ length: 4 * 3072 }, (_, i) => Math.sin(i * i));
    const batch = { images, labels: Int32Array.of(0, 1, 2, 3), learningRate: 0.1 };
    const factors = () => new Float32Array(dropPath.length * 4).fill(2).fill(0, 0, dropPath.length);
    const results = [];
    for (const careless of [false, true]) {
      await using trainer = program.trainer({ ...SGD, heads, dropPath });
      const own = factors();
      const first = trainer.step({ ...batch, dropPath: own });
      const second = trainer.step({ ...batch, dropPath: own });
      if (careless) own.fill(1);
      results.push([await first, await second]);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]![0]!.headLosses).toHaveLength(1);
    await using plain = program.trainer(SGD);
    expect(await plain.step(batch)).not.toHaveProperty('headLosses');

    const refused = (more: object) => codeOf((async () => program.trainer({ ...SGD, ...more }))());
    expect(await refused({ heads: [{ node: 0, weight: 1 }] })).toMatch(
      /^REQUEST_INVALID: heads\[0\] is node 0/,
    );
    expect(await refused({ dropPath: [0] })).toMatch(/^REQUEST_INVALID: dropPath\[0\] is node 0/);
    expect(await refused({ dropout: [graph.output] })).toMatch(/^REQUEST_INVALID: dropout\[0\] is node/);
    expect(await codeOf(plain.step({ ...batch, dropPath: new Float32Array(3) }))).toBe(
      'REQUEST_INVALID: dropPath has 3 values; it must have 0, 0 per sample',
    );
  });

  it('gives groups of parameters their own decay and rate', async () => {
    const graph = cellNetwork();
    using program = Program.compile(graph);
    const groups = [
      { match: ({ shape }: { shape: readonly number[] }) => shape.length === 1, weightDecay: 0, rate: 0 },
    ];
    await using trainer = program.trainer({ ...SGD, optimiser: { kind: 'adamw', weightDecay: 0.1, groups } });
    const before = await trainer.parameters();
    await train(trainer, 0, 2);
    for (const [name, { shape, data }] of await trainer.parameters()) {
      if (/running|batches/.test(name)) continue;
      if (shape.length === 1) expect(data, name).toEqual(before.get(name)!.data);
      else expect(data, name).not.toEqual(before.get(name)!.data);
    }
  });

  it('trains the paths of a supernet that are on, and leaves the others alone', async () => {
    const space = requireSupernet(getSpace('nas-bench-201'), 'this test');
    const { graph } = space.build({ ...SIZE, N: 1 });
    using program = Program.compile(graph);
    await using trainer = program.trainer(SGD);
    const coefficients = Float64Array.from(graph.slots, (slot) => (slot.endsWith('nor_conv_1x1') ? 1 : 0));
    const before = await trainer.parameters();
    const { coefficientGradient } = await trainer.step({
      ...batchOf(12, 3),
      coefficients,
      learningRate: 0.1,
      coefficientGradient: true,
    });
    const after = await trainer.parameters();
    const off = [...before.keys()].filter((name) => name.includes('.3.op.'));
    const on = [...before.keys()].filter((name) => name.includes('.2.op.'));
    expect(off.length).toBeGreaterThan(0);
    expect(on.length).toBeGreaterThan(0);
    for (const name of off) expect(after.get(name), name).toEqual(before.get(name));
    for (const name of on) expect(after.get(name), name).not.toEqual(before.get(name));
    for (const [slot, value] of coefficientGradient!.entries()) {
      if (coefficients[slot] === 0) expect(value).toBe(0);
      else expect(value).not.toBe(0);
    }
  });
});

describe('a trainer refuses', () => {
  const batch = batchOf(4, 1);
  const refusal = async (spoilt: object): Promise<string> => {
    using program = Program.compile(cellNetwork());
    await using trainer = program.trainer(SGD);
    return await codeOf(trainer.step({ ...batch, learningRate: 0.1, ...spoilt }));
  };

  it('batches that do not fit, by name', async () => {
    expect(await refusal({})).toBe('no error');
    expect(await refusal({ images: batch.images.subarray(1) })).toMatch(
      /^REQUEST_INVALID: images has 767 values/,
    );
    expect(await refusal({ labels: batch.labels.subarray(1) })).toMatch(
      /^REQUEST_INVALID: labels has 3 values; 4/,
    );
    expect(await refusal({ labels: Float32Array.of(0, 1, Number.NaN, 3) })).toBe(
      'REQUEST_INVALID: labels must be an Int32Array',
    );
    expect(await refusal({ labels: Int32Array.of(0, 1, 2, 10) })).toBe(
      'REQUEST_INVALID: labels[3] is 10; it must be 0 to 9',
    );
    expect(await refusal({ learningRate: Number.NaN })).toMatch(/^REQUEST_INVALID: learningRate is nan/);
    expect(await refusal({ coefficients: new Float64Array(1) })).toMatch(
      /^REQUEST_INVALID: coefficients has 1 values; 0/,
    );
  });

  it('numbers that are not finite, where ReLU would hide them', async () => {
    const spoilt = batch.images.slice();
    spoilt[5] = Number.NaN;
    expect(await refusal({ images: spoilt })).toMatch(/^REQUEST_INVALID: images\[5\] is nan/);
    using program = Program.compile(cellNetwork());
    for (const engine of ['fast', 'reference'] as const) {
      await using trainer = program.trainer({ ...SGD, engine, clip: undefined });
      await trainer.step({ ...batch, learningRate: 1e200 });
      const before = await trainer.snapshot();
      expect(await codeOf(trainer.step({ ...batch, learningRate: 0.1 }))).toMatch(/^NOT_FINITE: .* diverges/);
      expect(await trainer.snapshot()).toEqual(before);
    }
  });

  it('settings that make no sense, by name', () => {
    using program = Program.compile(cellNetwork());
    const made = (options: Partial<TrainerOptions>) => () => program.trainer({ ...SGD, ...options });
    expect(made({ optimiser: { kind: 'sgd', momentum: 2 } })).toThrow(/^optimiser.momentum is 2/);
    expect(made({ weights: { kind: 'explicit', data: new Float32Array(3) } })).toThrow(
      /^weights has 3 values/,
    );
    expect(made({ loss: { kind: 'cross-entropy', labelSmoothing: 1 } })).toThrow(/^loss.labelSmoothing is 1/);
    expect(made({ isa: 'none' as never })).toThrow(/instruction set 'none'/);
  });

  it('snapshots that are damaged or of another network', async () => {
    using program = Program.compile(cellNetwork());
    await using trainer = program.trainer(SGD);
    const data = await trainer.snapshot();
    const damaged = data.slice();
    damaged[100]! ^= 1;
    const from = (bytes: Uint8Array) => ({ ...SGD, weights: { kind: 'snapshot', data: bytes } as const });
    expect(() => program.trainer(from(damaged))).toThrow(/is damaged/);
    expect(() => program.trainer(from(data.subarray(0, 50)))).toThrow(/is damaged/);
    expect(() => program.trainer(from(new Uint8Array(3)))).toThrow(/no snapshot/);
    const space = getSpace('nas-bench-201');
    using other = Program.compile(space.network(space.parse(CELL), { ...SIZE, C: 3 }));
    expect(() => other.trainer(from(data))).toThrow(/another network/);
  });

  it('calls after it was disposed, and stops when asked to', async () => {
    using program = Program.compile(cellNetwork());
    const trainer = program.trainer(SGD);
    const before = await trainer.snapshot();
    const stop = AbortSignal.abort(new Error('enough'));
    expect(await codeOf(trainer.step({ ...batch, learningRate: 0.1, signal: stop }))).toMatch(/^CANCELLED/);
    expect(await trainer.snapshot()).toEqual(before);
    await trainer[Symbol.asyncDispose]();
    expect(await codeOf(trainer.step({ ...batch, learningRate: 0.1 }))).toMatch(/^DISPOSED/);
  });
});

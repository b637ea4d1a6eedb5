import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Graph, GraphBuilder } from '@tenas/graph';
import * as native from '@tenas/native';
import { type Answer, batchesOf, type Task } from '@tenas/native';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { determinantOf } from './support/integer-determinant.js';
import { randomGraph } from './support/random-graph.js';
import { normals } from './support/random-inputs.js';

const file = fileURLToPath(new URL('../native/prebuilds/wasm32/tenas_engine.wasm', import.meta.url));
const built = existsSync(file);

/** The engine as WebAssembly: a second copy of the package, loaded with TENAS_ADDON=wasm. */
let wasm: typeof native;

beforeAll(async () => {
  if (!built) return;
  vi.stubEnv('TENAS_ADDON', 'wasm');
  vi.resetModules();
  wasm = await import('@tenas/native');
  wasm.nativeInfo();
  vi.unstubAllEnvs();
});
afterAll(() => vi.resetModules());

/** Everything that is asked of a network in one request, so that passes are shared too. */
function tasksFor(graph: Graph): Task[] {
  const activations = graph.nodes.filter(({ op }) => op === 'relu').map(({ id }) => id);
  const weights = graph.params.filter(({ kind }) => kind === 'convWeight').map(({ id }) => id);
  return [
    { kind: 'forward', statistics: 'batch' },
    { kind: 'ntk', mode: 'batch' },
    { kind: 'ntk', mode: 'sample' },
    { kind: 'regions', batches: 1, popcounts: true },
    { kind: 'codes' },
    {
      ...{ kind: 'gradient', statistics: 'batch', reduce: 'values' },
      ...{ loss: { kind: 'sum' }, of: ['parameters', 'coefficients', 'input'] },
    },
    {
      ...{ kind: 'gradient', statistics: 'sample', reduce: 'sums' },
      ...{ loss: { kind: 'sum' }, of: ['parameters'] },
    },
    ...(activations.length === 0
      ? []
      : [{ kind: 'saliency', nodes: activations, loss: { kind: 'sum' }, correlations: true } as const]),
    ...(weights.length === 0 ? [] : [{ kind: 'jacobian', parameters: weights } as const]),
  ] as Task[];
}

const setting = fc.record({
  net: randomGraph(),
  batchSize: fc.integer({ min: 1, max: 19 }),
  seed: fc.nat(1e6),
});
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

async function evaluate(
  { Program }: typeof native,
  { net: { graph, coefficients }, batchSize, seed }: Setting,
  tasks: readonly Task[],
  isa: native.Isa,
) {
  using program = Program.compile(graph);
  const { evaluations } = await program.evaluate({
    tasks,
    batchSize,
    repeats: [
      {
        inputs: normals(program.inputValues * batchSize * Math.max(...tasks.map(batchesOf)), seed),
        weights: { kind: 'seeded', seed, repeat: 1, init: 'pytorch' },
      },
    ],
    candidates: [coefficients, coefficients.map((one) => -0.5 * one)],
    threads: 1,
    isa,
  });
  return evaluations;
}

/** Answers without the log-determinant of the codes' kernel; that number; and the kernel's determinant, exact. */
function withoutDeterminant(answers: readonly Answer[]) {
  const [codes] = answers.filter((answer) => 'logDeterminant' in answer);
  const { logDeterminant, kernel } = codes!;
  return {
    logDeterminant,
    determinant: determinantOf(kernel),
    answers: answers.map((one) => (one === codes ? { ...one, logDeterminant: 0 } : one)),
  };
}

describe.runIf(built)(`the engine as WebAssembly${built ? '' : ' (not built: npm run build:wasm)'}`, () => {
  it('says what it is', () => {
    expect(wasm.nativeInfo()).toMatchObject({
      ...{ build: 'wasm', isa: 'generic', availableIsas: ['generic'], lanes: 4, hardwareThreads: 1 },
      cuda: { available: false },
    });
    expect(native.nativeInfo().build).toBe('native');
  });

  // On x86-64 the plain kernels neither fuse multiply-adds nor add in another order, so all bits are the same.
  it.runIf(process.arch === 'x64')(
    'answers as the native build with plain kernels does, bit for bit',
    async () => {
      await fc.assert(
        fc.asyncProperty(setting, async (s) => {
          const tasks = tasksFor(s.net.graph);
          const expected = await evaluate(native, s, tasks, 'generic');
          const found = await evaluate(wasm, s, tasks, 'generic');
          found.forEach((answers, place) => {
            const [own, others] = [withoutDeterminant(answers), withoutDeterminant(expected[place]!)];
            expect(own.answers).toEqual(others.answers);
            // Eigen's factorisation adds by blocks that fit the caches of the machine. Of a singular kernel rounding is all.
            if (others.determinant === 0n) return;
            const exact = Math.log(Math.abs(Number(others.determinant)));
            expect(own.logDeterminant).toBeCloseTo(exact, 7);
            expect(others.logDeterminant).toBeCloseTo(exact, 7);
          });
        }),
        { numRuns: 60 },
      );
    },
  );

  it('makes the same weights', () => {
    const graph = smallGraph();
    const of = ({ Program }: typeof native) => {
      using program = Program.compile(graph);
      return program.seededWeights({ seed: 5, repeat: 3, init: 'kaiming_fan_out' });
    };
    expect(of(wasm)).toEqual(of(native));
  });

  it('trains as the native build does, but for the last bits of exponentials and logarithms', async () => {
    const [expected, found] = [await trained(native), await trained(wasm)];
    expect(found.map(({ correct }) => correct)).toEqual(expected.map(({ correct }) => correct));
    found.forEach(({ loss }, step) => {
      expect(Math.abs(loss / expected[step]!.loss - 1)).toBeLessThan(1e-5);
    });
  });

  it('copies arrays that are views of others, and reads them anew each time', async () => {
    using program = wasm.Program.compile(smallGraph());
    const memory = new Float32Array(2 * program.inputValues + 5);
    const inputs = memory.subarray(3, 3 + 2 * program.inputValues);
    const logitsOf = async (given: Float32Array) => {
      const { evaluations } = await program.evaluate({
        tasks: [{ kind: 'forward', statistics: 'batch' }],
        batchSize: 2,
        repeats: [{ inputs: given, weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' } }],
        candidates: [Float64Array.of()],
      });
      return evaluations[0]![0].logits;
    };
    for (const seed of [1, 2]) {
      inputs.set(normals(inputs.length, seed));
      expect(await logitsOf(inputs)).toEqual(await logitsOf(inputs.slice()));
    }
  });

  it('says how far an evaluation is, and stops it', async () => {
    using program = wasm.Program.compile(smallGraph());
    const batchSize = 2000;
    const options = {
      tasks: [{ kind: 'forward', statistics: 'batch' }] as const,
      batchSize,
      repeats: [
        {
          inputs: normals(program.inputValues * batchSize, 1),
          weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' } as const,
        },
      ],
      candidates: Array.from({ length: 200 }, () => Float64Array.of()),
    };
    const stop = new AbortController();
    const told: number[] = [];
    const onProgress = (done: number, total: number) => {
      told.push(done);
      expect(total).toBe(200);
      stop.abort();
    };
    const stopped = program.evaluate({ ...options, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(told[0]).toBeGreaterThan(0);
    expect(told.at(-1)).toBeLessThan(200);
    const { evaluations } = await program.evaluate({
      ...options,
      candidates: options.candidates.slice(0, 5),
    });
    expect(evaluations).toHaveLength(5);
  });

  it('takes more memory as it needs it', async () => {
    using program = wasm.Program.compile(smallGraph());
    const batchSize = 20_000;
    const { evaluations } = await program.evaluate({
      tasks: [{ kind: 'forward', statistics: 'batch' }],
      batchSize,
      repeats: [
        {
          inputs: new Float32Array(program.inputValues * batchSize).fill(0.5),
          weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' },
        },
      ],
      candidates: [Float64Array.of()],
    });
    expect(evaluations[0]![0].logits).toHaveLength(4 * batchSize);
  });

  it('throws coded errors', async () => {
    using program = wasm.Program.compile(smallGraph());
    const request = {
      tasks: [{ kind: 'ntk', mode: 'sample' }] as const,
      batchSize: 2,
      repeats: [
        {
          inputs: new Float32Array(5),
          weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' } as const,
        },
      ],
      candidates: [Float64Array.of()],
    };
    await expect(program.evaluate(request)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('inputs has 5 values'),
    });
    const inputs = new Float32Array(2 * program.inputValues);
    const repeats = [{ ...request.repeats[0]!, inputs }];
    await expect(program.evaluate({ ...request, repeats, isa: 'avx2' })).rejects.toMatchObject({
      code: 'ISA_UNAVAILABLE',
    });
  });
});

/** A network without mixing coefficients. */
function smallGraph(): Graph {
  const b = new GraphBuilder();
  const stem = b.conv2d(b.input([3, 7, 7]), { name: 'stem', outChannels: 5, kernel: 3, padding: 1 });
  const features = b.relu(b.batchNorm(stem, { name: 'norm' }));
  return b.build(b.linear(b.globalAvgPool(features), { name: 'classifier', outFeatures: 4 }));
}

/** The losses of 20 steps by Adam with smoothed labels on random images. */
async function trained({ Program }: typeof native) {
  using program = Program.compile(smallGraph());
  await using trainer = program.trainer({
    weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' },
    optimiser: { kind: 'adam', weightDecay: 1e-4 },
    loss: { kind: 'cross-entropy', labelSmoothing: 0.1 },
    threads: 1,
    isa: 'generic',
  });
  const steps = [];
  for (let step = 0; step < 20; step++) {
    const images = normals(program.inputValues * 9, step);
    const labels = Int32Array.from({ length: 9 }, (_, k) => (step + k) % 4);
    steps.push(await trainer.step({ images, labels, learningRate: 0.01 }));
  }
  return steps;
}

import { paramOffsets, sizeOf } from '@tenas/graph';
import {
  type AnswerOf,
  type GradientAnswer,
  type GradientTask,
  nativeInfo,
  Program,
  symmetricEigenvalues,
  type Task,
} from '@tenas/native';
import { DARTS_OPS, NAS_BENCH_201_OPS } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { bySlot, goldenEngines, goldenFiles, loadGolden, relativeFrobenius } from './support/golden-case.js';

// Gradients and what metrics are made of, against double-precision PyTorch, on every kernel set and the reference engine.
const engines = goldenEngines(nativeInfo());
type Engine = (typeof engines)[number];

type Loaded<Case extends object> = ReturnType<typeof loadGolden<Case>>;

interface Asked {
  readonly inputs?: Float32Array;
  readonly labels?: Int32Array;
  readonly weights?: Float32Array;
  readonly batchSize?: number;
}

/** The answer to one task on a fixture's network, images and weights, or on others. */
async function ask<T extends Task>(
  engine: Engine,
  golden: Loaded<object>,
  task: T,
  other: Asked = {},
): Promise<AnswerOf<T>> {
  using program = Program.compile(golden.graph);
  const { evaluations } = await program.evaluate({
    tasks: [task] as const,
    batchSize: other.batchSize ?? golden.c.batch_size,
    repeats: [
      {
        inputs: other.inputs ?? golden.inputs,
        labels: other.labels ?? labelsOf(golden),
        weights: { kind: 'explicit', data: other.weights ?? golden.weights },
      },
    ],
    candidates: [golden.candidate],
    device: 'cpu',
    ...(engine === 'reference' ? { engine } : { isa: engine }),
  });
  return evaluations[0]![0] as AnswerOf<T>;
}

const labelsOf = ({ tensors }: Loaded<object>) =>
  Int32Array.from(tensors.get('labels')!.data as BigInt64Array, Number);
const isExact = (engine: Engine) => engine === 'double' || engine === 'reference';
const relative = (got: number, wanted: number) => Math.abs(got / wanted - 1);

const training = goldenFiles('golden-train', 'gradient-');

describe.skipIf(training.files.length === 0)(`gradients against the fixtures${training.note}`, () => {
  interface Case {
    readonly f32_error: Readonly<Record<string, number>>;
  }

  describe.each(engines)('%s', (engine) => {
    it.each(training.files)('%s', async (file) => {
      const golden = loadGolden<Case>(training.folder, file);
      const { c, tensors, graph, expected } = golden;
      const ops: readonly string[] = c.space === 'darts' ? DARTS_OPS : NAS_BENCH_201_OPS;
      const tables = (prefix: string) => (type: string) =>
        tensors.get(`${prefix}.${type}`)!.data as Float64Array;
      const given =
        c.kind === 'supernet' ? { ...golden, candidate: bySlot(graph, tables('coefficients'), ops) } : golden;
      const { offsets } = paramOffsets(graph);
      for (const suffix of ['', '_smoothed']) {
        const answer = await ask(engine, given, {
          kind: 'gradient',
          loss: { kind: 'cross-entropy', labelSmoothing: suffix === '' ? 0 : 0.1 },
          statistics: 'batch',
          of: ['parameters', 'coefficients'],
          reduce: 'values',
        });
        // Gradients leave the engine in single precision.
        const allowed = (name: string, exact: number) =>
          isExact(engine) ? exact : Math.max(1e-5, 20 * c.f32_error[`${name}${suffix}`]!);
        expect(relative(answer.loss, expected(`loss${suffix}`)[0]!)).toBeLessThan(allowed('loss', 1e-9));
        expect(relativeFrobenius(answer.logits, expected('logits'))).toBeLessThan(1e-5);
        const wanted = new Float64Array(answer.parameters!.length);
        graph.params.forEach(({ name }, id) => {
          const values = tensors.get(`expected.gradient${suffix}.${name}`)?.data as Float64Array | undefined;
          if (values) wanted.set(values, offsets[id]);
        });
        expect(relativeFrobenius(answer.parameters!, wanted)).toBeLessThan(allowed('gradient', 1e-7));
        if (c.kind === 'supernet') {
          const coefficients = bySlot(graph, tables(`expected.coefficient_gradient${suffix}`), ops);
          expect(relativeFrobenius(answer.coefficients!, coefficients)).toBeLessThan(
            allowed('coefficient_gradient', 1e-9),
          );
        }
      }
    });
  });
});

const metrics = goldenFiles('golden-metrics');

describe.skipIf(metrics.files.length === 0)(
  `what metrics are made of against the fixtures${metrics.note}`,
  () => {
    interface Case {
      /** Names of convolutions and the classifier. */
      readonly layers: readonly string[];
      /** By metric: network in single precision, everything in single precision. */
      readonly f32_error: Readonly<Record<string, readonly [number, number]>>;
    }

    const gradient = (task: Omit<GradientTask, 'kind'>): GradientTask => ({ kind: 'gradient', ...task });
    const crossEntropy = { loss: { kind: 'cross-entropy' }, of: ['parameters'], reduce: 'sums' } as const;
    /** One of the five sums for every layer's weight. */
    const layerSums = ({ c, graph }: Loaded<Case>, { sums }: GradientAnswer, which: number) =>
      c.layers.map(
        (layer) => sums![graph.params.findIndex(({ name }) => name === `${layer}.weight`) * 5 + which]!,
      );

    describe.each(engines)('%s', (engine) => {
      describe.each(metrics.files)('%s', (file) => {
        const golden = () => loadGolden<Case>(metrics.folder, file);
        const allowed = ({ c }: Loaded<Case>, name: string, exact = 1e-8) =>
          isExact(engine) ? exact : Math.max(2e-5, 20 * c.f32_error[name]![0]);

        it('snip and grad_norm', async () => {
          const g = golden();
          const answer = await ask(engine, g, gradient({ ...crossEntropy, statistics: 'batch' }));
          expect(relativeFrobenius(layerSums(g, answer, 2), g.expected('detail.snip.layers'))).toBeLessThan(
            allowed(g, 'snip'),
          );
          const norms = layerSums(g, answer, 1).map(Math.sqrt);
          expect(relativeFrobenius(norms, g.expected('detail.grad_norm.layers'))).toBeLessThan(
            allowed(g, 'grad_norm'),
          );
        });

        it('zico of 2 and 4 batches', async () => {
          const g = golden();
          for (const [name, batches] of [
            ['zico', 2],
            ['zico_4', 4],
          ] as const) {
            if (g.c.batch_size % batches !== 0) continue;
            const answer = await ask(engine, g, gradient({ ...crossEntropy, statistics: 'batch', batches }), {
              batchSize: g.c.batch_size / batches,
            });
            const wanted = g.tensors.get(`expected.detail.${name}.layer_sums`)?.data as
              | Float64Array
              | undefined;
            if (!wanted) continue;
            // Weights whose gradients almost agree: see the fixtures' README.
            const sums = layerSums(g, answer, 4);
            const logs = sums.reduce((sum, value) => sum + (value > 0 ? Math.log(value) : 0), 0);
            expect(relative(logs, g.expected(`metric.${name}`)[0]!)).toBeLessThan(allowed(g, name));
            if (isExact(engine)) expect(relativeFrobenius(sums, wanted)).toBeLessThan(1e-6);
          }
        });

        it('grasp, at two temperatures', async () => {
          const g = golden();
          for (const [name, temperature] of [
            ['grasp', 1],
            ['grasp_t200', 200],
          ] as const) {
            const { products } = await ask(engine, g, { kind: 'curvature', temperature });
            const score = -products.reduce((sum, value) => sum + value, 0);
            expect(relative(score, g.expected(`metric.${name}`)[0]!)).toBeLessThan(allowed(g, name));
          }
        });

        it('jacov', async () => {
          const g = golden();
          const answer = await ask(
            engine,
            g,
            gradient({ loss: { kind: 'sum' }, statistics: 'batch', of: ['input'], reduce: 'values' }),
          );
          const n = g.c.batch_size;
          const eigenvalues = symmetricEigenvalues(correlations(answer.input!, n), n);
          const score = -eigenvalues.reduce((sum, v) => sum + Math.log(v + 1e-5) + 1 / (v + 1e-5), 0);
          expect(relative(score, g.expected('metric.jacov')[0]!)).toBeLessThan(
            Math.max(allowed(g, 'jacov'), isExact(engine) ? 1e-6 : 0),
          );
        });

        it('synflow', async () => {
          const g = golden();
          const shape = g.tensors.get('input')!.shape;
          const answer = await ask(
            engine,
            g,
            gradient({ loss: { kind: 'sum' }, statistics: 'none', of: ['parameters'], reduce: 'sums' }),
            {
              inputs: new Float32Array(sizeOf(shape.slice(1))).fill(1),
              labels: new Int32Array(1),
              weights: g.weights.map(Math.abs),
              batchSize: 1,
            },
          );
          expect(
            relativeFrobenius(layerSums(g, answer, 3), g.expected('detail.synflow.layers')),
          ).toBeLessThan(allowed(g, 'synflow'));
        });

        it('naswot', async () => {
          const g = golden();
          const answer = await ask(engine, g, { kind: 'codes' });
          expect(answer.neurons).toBe(Number(g.expected('detail.naswot.neurons')[0]));
          expect([...answer.kernel]).toEqual([...g.expected('detail.naswot.kernel')]);
          expect(relative(answer.logDeterminant, g.expected('metric.naswot')[0]!)).toBeLessThan(1e-9);
        });

        it('gradsign: every sample under its own statistics', async () => {
          const g = golden();
          const n = g.c.batch_size;
          const task = { ...crossEntropy, reduce: 'values' } as const;
          const alone = await ask(engine, g, gradient({ ...task, statistics: 'batch', batches: n }), {
            batchSize: 1,
          });
          const together = await ask(engine, g, gradient({ ...task, statistics: 'sample' }));
          // The gradient of the mean is the mean of the gradients.
          const { offsets, total } = paramOffsets(g.graph);
          const mean = new Float64Array(total);
          alone.parameters!.forEach((value, i) => {
            mean[i % total]! += value / n;
          });
          expect(relativeFrobenius(together.parameters!, mean)).toBeLessThan(isExact(engine) ? 1e-6 : 1e-4);
          if (!isExact(engine)) return;
          const perLayer = g.c.layers.map((layer) => {
            const id = g.graph.params.findIndex(({ name }) => name === `${layer}.weight`);
            let sum = 0;
            for (let i = 0; i < sizeOf(g.graph.params[id]!.shape); i++) {
              let signs = 0;
              for (let b = 0; b < n; b++)
                signs += Math.sign(alone.parameters![b * total + offsets[id]! + i]!);
              sum += Math.abs(signs);
            }
            return sum;
          });
          expect(relativeFrobenius(perLayer, g.expected('detail.gradsign.layers'))).toBeLessThan(1e-3);
        });
      });
    });
  },
);

/** Pearson correlations between the rows of [n, values]. */
function correlations(rows: ArrayLike<number>, n: number): Float64Array {
  const values = rows.length / n;
  const centred = new Float64Array(rows.length);
  for (let i = 0; i < n; i++) {
    let mean = 0;
    for (let k = 0; k < values; k++) mean += rows[i * values + k]! / values;
    let norm = 0;
    for (let k = 0; k < values; k++) norm += (rows[i * values + k]! - mean) ** 2;
    for (let k = 0; k < values; k++)
      centred[i * values + k] = (rows[i * values + k]! - mean) / Math.sqrt(norm);
  }
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < values; k++) sum += centred[i * values + k]! * centred[j * values + k]!;
      matrix[i * n + j] = sum;
    }
  }
  return matrix;
}

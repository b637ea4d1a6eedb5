import { isDeepStrictEqual } from 'node:util';
import { type Graph, type Param, paramOffsets } from '@tenas/graph';
import { batchesOf, type Isa, nativeInfo, Program, type Task } from '@tenas/native';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomGraph } from './support/random-graph.js';
import { normals, relativeError } from './support/random-inputs.js';

const isas = nativeInfo().availableIsas;
const RUNS = { numRuns: 150 };

/** Random signed weights; running variances are positive. */
function weightsOf(graph: Graph, seed: number): Float32Array {
  const { offsets, total } = paramOffsets(graph);
  const data = normals(total, seed);
  graph.params.forEach((param, i) => {
    if (param.kind !== 'bnRunningVar') return;
    const end = offsets[i + 1] ?? total;
    for (let k = offsets[i]!; k < end; k++) data[k] = 0.5 + Math.abs(data[k]!);
  });
  return data;
}

interface Setting {
  readonly graph: Graph;
  readonly coefficients: Float64Array;
  readonly batchSize: number;
  readonly seed: number;
}

const setting = fc
  .record({ net: randomGraph(), batchSize: fc.integer({ min: 1, max: 19 }), seed: fc.nat(1e6) })
  .map(({ net, batchSize, seed }): Setting => ({ ...net, batchSize, seed }));

/** What a test changes of a setting's values. */
interface Change {
  /** Standard deviation of what is added to the inputs. */
  readonly inputs?: number;
  /** Standard deviation of what is added to the outputs of batch norms, as a share of their weights, and a seed. */
  readonly batchNorms?: { readonly share: number; readonly seed: number };
}

async function evaluate<T extends Task>(s: Setting, task: T, engine: Isa | 'reference', change: Change = {}) {
  const { inputs: nudge = 0, batchNorms = null } = change;
  const { graph, data } =
    batchNorms === null
      ? { graph: s.graph, data: weightsOf(s.graph, s.seed + 2) }
      : withShiftedBatchNorms(s, batchNorms);
  using program = Program.compile(graph);
  const batches = batchesOf(task);
  const inputs = normals(program.inputValues * s.batchSize * batches, s.seed);
  if (nudge > 0) {
    const noise = normals(inputs.length, s.seed + 1);
    for (let i = 0; i < inputs.length; i++) inputs[i]! += nudge * noise[i]!;
  }
  const { evaluations } = await program.evaluate({
    tasks: [task],
    batchSize: s.batchSize,
    repeats: [{ inputs, weights: { kind: 'explicit', data } }],
    candidates: [s.coefficients],
    threads: 2,
    ...(engine === 'reference' ? { engine } : { isa: engine }),
  });
  return evaluations[0]![0];
}

/** The setting's network and weights, with batch norms whose biases are moved at random; those without get one. */
function withShiftedBatchNorms(
  { graph, seed }: Setting,
  { share, seed: shifts }: NonNullable<Change['batchNorms']>,
) {
  const { offsets } = paramOffsets(graph);
  const given = weightsOf(graph, seed + 2);
  const added: { readonly param: Param; readonly values: Float32Array }[] = [];
  const add = (kind: Param['kind'], values: Float32Array) => {
    const id = graph.params.length + added.length;
    added.push({ param: { id, name: `added${id}`, kind, shape: [values.length] }, values });
    return id;
  };
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'batchNorm') return node;
    const count = node.shape[0];
    const valuesOf = (id: number | null, otherwise: number) =>
      Float32Array.from({ length: count }, (_, k) => (id === null ? otherwise : given[offsets[id]! + k]!));
    const [weight, bias] = [valuesOf(node.weight, 1), valuesOf(node.bias, 0)];
    const shift = normals(count, shifts + node.id);
    const moved = bias.map((one, k) => one + share * weight[k]! * shift[k]!);
    return { ...node, weight: add('bnWeight', weight), bias: add('bnBias', moved) };
  });
  const data = Float32Array.from([...given, ...added.flatMap(({ values }) => [...values])]);
  return { graph: { ...graph, nodes, params: [...graph.params, ...added.map(({ param }) => param)] }, data };
}

/** Each mixing coefficient larger by one unit in the last place of single precision, all the same way. */
function withRoundedUp(s: Setting): Setting {
  return { ...s, coefficients: s.coefficients.map((one) => one + 2 ** -23 * Math.abs(one)) };
}

type Values = { kernel: Float64Array; logits: Float32Array };

describe('fast engine on random graphs', () => {
  const tasks: Task[] = [
    { kind: 'forward', statistics: 'batch' },
    { kind: 'forward', statistics: 'running' },
    { kind: 'ntk', mode: 'batch' },
    { kind: 'ntk', mode: 'sample' },
  ];
  it.each(tasks)('in double precision equals the reference engine: %j', async (task) => {
    await fc.assert(
      fc.asyncProperty(setting, async (s) => {
        const fast = (await evaluate(s, task, 'double')) as Values;
        const plain = (await evaluate(s, task, 'reference')) as Values;
        // Logits are returned in single precision.
        expect(relativeError(fast.logits, plain.logits)).toBeLessThan(1e-6);
        if (task.kind === 'ntk') expect(relativeError(fast.kernel, plain.kernel)).toBeLessThan(1e-7);
      }),
      RUNS,
    );
  });

  it.each(isas)('in single precision is as close as rounding allows: %s', async (isa) => {
    await fc.assert(
      fc.asyncProperty(setting, fc.constantFrom(...tasks), async (s, task) => {
        const single = (await evaluate(s, task, isa)) as Values;
        const exact = (await evaluate(s, task, 'double')) as Values;
        const nudged = (await evaluate(s, task, 'double', { inputs: 1e-6 })) as Values;
        // What a relative change of 1e-6 in the inputs does bounds what rounding may do (ReLUs near zero, tiny variances).
        const error = (a: ArrayLike<number>, b: ArrayLike<number>) => relativeError(a, b, 1e-6);
        const moved = error(nudged.logits, exact.logits);
        // Where the input is not read, batch norm's gradients cancel: the kernel is 0, or the squares of what rounding left.
        const floor = moved === 0 ? 0.05 : 1e-3;
        const kernelError = ({ kernel }: Values, of: Values) =>
          task.kind === 'ntk' ? relativeError(kernel, of.kernel, floor) : 0;
        const allowed = {
          logits: moved === 0 ? 1e-4 : 2e-5 + 100 * moved,
          kernel: 2e-5 + 100 * kernelError(nudged, exact),
        };
        // There a batch norm of a constant outputs rounding times 1 / sqrt(eps), 316, in place of 0.
        for (const seed of moved === 0 ? [1, 2, 3, 4] : []) {
          const batchNorms = { share: 316 * 2 ** -22, seed };
          // Its kernel says nothing: norms without parameters have got some.
          const shifted = (await evaluate(s, task, 'double', { batchNorms })) as Values;
          allowed.logits = Math.max(allowed.logits, error(shifted.logits, exact.logits));
        }
        // Mixing coefficients that cancel leave the rounding of their sum, a unit in the last place of each or so.
        const summed = (await evaluate(withRoundedUp(s), task, 'double')) as Values;
        allowed.logits = Math.max(allowed.logits, 4 * error(summed.logits, exact.logits));
        allowed.kernel = Math.max(allowed.kernel, 4 * kernelError(summed, exact));
        expect(error(single.logits, exact.logits)).toBeLessThan(allowed.logits);
        expect(kernelError(single, exact)).toBeLessThan(allowed.kernel);
      }),
      RUNS,
    );
  });

  it('counts the same linear regions and active neurons as the reference engine', async () => {
    await fc.assert(
      fc.asyncProperty(setting, fc.integer({ min: 1, max: 3 }), async (s, batches) => {
        const task: Task = { kind: 'regions', batches, popcounts: true };
        const fast = await evaluate(s, task, 'double');
        const plain = await evaluate(s, task, 'reference');
        if (isDeepStrictEqual(fast, plain)) return;
        // Where terms cancel, rounding decides whether a neuron is active: then it also changes when they nearly cancel.
        const nearly = [await evaluate(withRoundedUp(s), task, 'double')];
        for (let seed = 1; seed <= 16; seed++)
          nearly.push(await evaluate(s, task, 'double', { batchNorms: { share: 2 ** -22, seed } }));
        expect(
          nearly.every((one) => isDeepStrictEqual(one, nearly[0])),
          'counts differ, and rounding does not decide them',
        ).toBe(false);
      }),
      RUNS,
    );
  });
});

describe('determinism', () => {
  it.each(['batch', 'sample'] as const)(
    'gives the same bits on 1, 2 and 3 threads (NTK %s)',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(setting, fc.constantFrom(1, 3), async (s, candidates) => {
          using program = Program.compile(s.graph);
          const inputs = normals(program.inputValues * s.batchSize, s.seed);
          const kernels = [];
          for (const threads of [1, 2, 3]) {
            const { evaluations } = await program.evaluate({
              tasks: [{ kind: 'ntk', mode }],
              batchSize: s.batchSize,
              repeats: [0, 1].map((repeat) => ({
                inputs,
                weights: { kind: 'seeded' as const, seed: s.seed, repeat, init: 'kaiming_fan_out' as const },
              })),
              candidates: Array.from({ length: candidates }, () => s.coefficients),
              threads,
            });
            kernels.push(evaluations.map(([{ kernel }]) => [...kernel]));
          }
          expect(kernels[1]).toEqual(kernels[0]);
          expect(kernels[2]).toEqual(kernels[0]);
        }),
        { numRuns: 40 },
      );
    },
  );
});

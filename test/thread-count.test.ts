import { metricSubject } from '@tenas/cli';
import { batchesOf, type EvaluateResult, type Isa, nativeInfo, Program, type Task } from '@tenas/native';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { normals } from './support/random-inputs.js';

// Results are the same bits on any number of threads, as docs/kernels.md promises: on the supernets of both spaces, for
// every task and instruction set, with fewer and with more evaluations than threads.

const THREADS = [2, 5, 64];

const TASKS: readonly Task[] = [
  { kind: 'ntk', mode: 'batch' },
  { kind: 'ntk', mode: 'sample' },
  { kind: 'forward', statistics: 'batch' },
  { kind: 'forward', statistics: 'running' },
  { kind: 'regions', batches: 2, popcounts: true },
];

interface Case {
  readonly space: string;
  readonly batchSize: number;
  readonly isa: Isa;
  /** Few for speed, the protocols' where left out: how the work is shared depends on batch and maps alone. */
  readonly channels?: number;
}

const [best, ...others] = nativeInfo().availableIsas as [Isa, ...Isa[]];

const CASES: readonly Case[] = [
  { space: 'darts', batchSize: 14, isa: best },
  { space: 'darts', batchSize: 24, isa: best },
  { space: 'nas-bench-201', batchSize: 72, isa: best, channels: 1 },
  ...others.flatMap((isa): Case[] => [
    { space: 'darts', batchSize: 14, isa, channels: 1 },
    { space: 'darts', batchSize: 24, isa, channels: 1 },
    { space: 'nas-bench-201', batchSize: 32, isa, channels: 1 },
  ]),
];

function supernet({ space, batchSize, channels }: Case) {
  const { graph, coefficients } = metricSubject(
    getSpace(space),
    { metric: 'ntk', settings: { batchSize } },
    { channels },
  );
  // Another candidate, so that what is left of the first would show in the second.
  const half = coefficients.map((coefficient, i) => (i % 2 === 0 ? coefficient : 0));
  return { graph, candidates: [coefficients, half] };
}

/** Everything but the time. */
function bits({ evaluations }: EvaluateResult): readonly object[] {
  return evaluations;
}

describe.each(CASES)('$space, batch $batchSize, $isa', (item) => {
  it.each(TASKS)('%o gives the same bits on any number of threads', async (task) => {
    const { graph, candidates } = supernet(item);
    using program = Program.compile(graph);
    const { batchSize, isa } = item;
    const batches = batchesOf(task);
    const inputs = normals(program.inputValues * batchSize * batches, 3);
    const evaluate = async (threads: number, count: number) =>
      bits(
        await program.evaluate({
          tasks: [task],
          batchSize,
          isa,
          threads,
          candidates: candidates.slice(0, count),
          repeats: [{ inputs, weights: { kind: 'seeded', seed: 5, repeat: 0, init: 'kaiming_fan_out' } }],
        }),
      );
    for (const count of [1, 2]) {
      const expected = await evaluate(1, count);
      for (const threads of THREADS) {
        expect(await evaluate(threads, count), `${count} evaluations on ${threads} threads`).toEqual(
          expected,
        );
      }
    }
  });
});

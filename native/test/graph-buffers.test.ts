import type { Graph } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { nativeErrorCode } from '../../test/support/native-error-code.js';
import { randomGraph } from '../../test/support/random-graph.js';
import { normals } from '../../test/support/random-inputs.js';
import { Program } from '../ts/index.js';

/** What becomes of the encoded words on their way to the addon. */
const onTheWay = vi.hoisted(() => ({ change: (words: Int32Array): Int32Array => words }));

vi.mock('../ts/encode.js', async (importOriginal) => {
  const { encodeGraph } = await importOriginal<typeof import('../ts/encode.js')>();
  return { encodeGraph: (graph: Graph) => onTheWay.change(encodeGraph(graph)) };
});

async function compileAndRun(graph: Graph, coefficients: Float64Array): Promise<void> {
  using program = Program.compile(graph);
  // What still compiles must also run, or be refused.
  if (program.inputValues > 1e5 || program.parameterValues > 1e6) return;
  await program.evaluate({
    tasks: [{ kind: 'ntk', mode: 'sample' }],
    batchSize: 2,
    repeats: [
      {
        inputs: normals(program.inputValues * 2, 1),
        weights: { kind: 'seeded', seed: 7, repeat: 0, init: 'kaiming_fan_out' },
      },
    ],
    candidates: [Float64Array.from({ length: program.slots }, (_, i) => coefficients[i] ?? 1)],
  });
}

describe('graph buffers', () => {
  it('only ever compile or are refused with a coded error, whatever words they hold', async () => {
    const word = fc.oneof(
      fc.integer({ min: -3, max: 12 }),
      fc.constantFrom(0x7fffffff, -0x80000000, 65537, 1 << 28),
      fc.integer(),
    );
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        randomGraph({ maxSteps: 8 }),
        fc.array(fc.tuple(fc.nat(), word), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat()),
        async ({ graph, coefficients }, changes, cut) => {
          onTheWay.change = (words) => {
            for (const [place, value] of changes) words[place % words.length] = value;
            return cut === null ? words : words.subarray(0, cut % (words.length + 1));
          };
          const outcome = await nativeErrorCode(() => compileAndRun(graph, coefficients));
          seen.add(outcome);
          expect([
            'no error',
            'GRAPH_INVALID',
            'GRAPH_TOO_LARGE',
            'OUT_OF_MEMORY',
            'REQUEST_INVALID',
          ]).toContain(outcome);
        },
      ),
      { numRuns: 1500 },
    );
    expect(seen).toContain('GRAPH_INVALID');
    expect(seen).toContain('no error');
  });
});

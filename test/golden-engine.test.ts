import { nativeInfo, Program } from '@tenas/native';
import { describe, expect, it } from 'vitest';
import { goldenEngines, goldenFiles, loadGolden, relativeFrobenius } from './support/golden-case.js';

// Every kernel set and the reference engine against the reference fixtures (double-precision PyTorch), where they are present.
const { folder, files, note } = goldenFiles('golden');

interface Case {
  readonly task: 'ntk' | 'linear_regions';
  readonly batches: number;
  readonly f32_error_batch: { ntk_frobenius: number; condition: number };
  readonly f32_error_sample: { ntk_frobenius: number; condition: number };
}

const condition = (eigenvalues: ArrayLike<number>) => eigenvalues[eigenvalues.length - 1]! / eigenvalues[0]!;
const engines = goldenEngines(nativeInfo());

describe.skipIf(files.length === 0)(`engines against the fixtures${note}`, () => {
  describe.each(engines)('%s', (engine) => {
    it.each(files)('%s', async (file) => {
      const { c, graph, candidate, weights, inputs, expected } = loadGolden<Case>(folder, file);
      using program = Program.compile(graph);
      const common = {
        batchSize: c.batch_size,
        repeats: [{ inputs, weights: { kind: 'explicit' as const, data: weights } }],
        candidates: [candidate],
        ...(engine === 'reference' ? { engine: 'reference' as const } : { isa: engine }),
      };
      const exact = engine === 'reference' || engine === 'double';
      if (c.task === 'linear_regions') {
        const { evaluations } = await program.evaluate({
          ...common,
          tasks: [{ kind: 'regions', batches: c.batches, popcounts: true }],
        });
        const [answer] = evaluations[0]!;
        expect(answer.neurons).toBe(Number(expected('neurons')[0]));
        expect(answer.regions).toBe(Number(expected('linear_regions')[0]));
        expect([...answer.popcounts!]).toEqual([...expected('pattern_popcounts')].map(Number));
        return;
      }
      for (const mode of ['batch', 'sample'] as const) {
        const { evaluations } = await program.evaluate({ ...common, tasks: [{ kind: 'ntk', mode }] });
        const { logits, kernel, eigenvalues } = evaluations[0]![0];
        const allowed = c[`f32_error_${mode}`];
        const kernelTolerance = exact ? 1e-11 : Math.max(2e-5, 20 * allowed.ntk_frobenius);
        const conditionTolerance = exact ? 1e-9 : Math.max(2e-4, 20 * allowed.condition);
        const conditionError = Math.abs(
          condition(eigenvalues) / condition(expected(`eigenvalues_${mode}`)) - 1,
        );
        if (process.env.TENAS_VERBOSE)
          console.log(engine, file, mode, relativeFrobenius(kernel, expected(`ntk_${mode}`)), conditionError);
        expect(relativeFrobenius(logits, expected('logits'))).toBeLessThan(1e-5);
        expect(relativeFrobenius(kernel, expected(`ntk_${mode}`))).toBeLessThan(kernelTolerance);
        expect(conditionError).toBeLessThan(conditionTolerance);
      }
    });
  });
});

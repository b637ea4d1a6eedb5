import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packWeights, readSafetensors, type Shape } from '@tenas/graph';
import { nativeInfo, Program } from '@tenas/native';
import { flatDomain, getSpace, type NestedDomain, requireSupernet } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';

// Every kernel set and the reference engine against the reference fixtures (double-precision PyTorch), where they are present.
const shared = process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../shared', import.meta.url));
const folder = join(shared, 'golden');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.safetensors')) : [];
const note = files.length > 0 ? '' : ` (skipped: no fixtures in ${folder}; set TENAS_SHARED)`;

interface Case {
  readonly task: 'ntk' | 'linear_regions';
  readonly space: string;
  readonly kind: 'supernet' | 'architecture';
  readonly architecture: string;
  readonly active: NestedDomain;
  readonly batch_size: number;
  readonly batches: number;
  readonly params: {
    C: number;
    N: number;
    depth?: number;
    use_stem?: boolean;
    stem_multiplier?: number;
    num_classes: number;
  };
  readonly f32_error_batch: { ntk_frobenius: number; condition: number };
  readonly f32_error_sample: { ntk_frobenius: number; condition: number };
}

function load(file: string) {
  const { tensors, metadata } = readSafetensors(readFileSync(join(folder, file)));
  const c = JSON.parse(metadata.case!) as Case;
  const space = getSpace(c.space);
  const input = tensors.get('input')!;
  const { C, N, depth, use_stem, stem_multiplier, num_classes: numClasses } = c.params;
  const config = {
    C,
    N,
    numClasses,
    inputShape: input.shape.slice(-3) as unknown as Shape,
    depth,
    useStem: use_stem,
    stemMultiplier: stem_multiplier,
  };
  const supernet = c.kind === 'supernet' ? requireSupernet(space, 'the fixture').build(config) : undefined;
  const graph = supernet?.graph ?? space.network(space.parse(c.architecture), config);
  const candidate = supernet?.coefficients(flatDomain(c.active)) ?? new Float64Array(0);
  const ignore = (name: string) => name === 'input' || name.startsWith('expected.');
  const weights = packWeights(graph, tensors, { allowMissing: true, ignore }).data;
  const expected = (name: string) => tensors.get(`expected.${name}`)!.data as Float64Array;
  return { c, graph, candidate, weights, inputs: input.data as Float32Array, expected };
}

function relativeFrobenius(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < wanted.length; i++) {
    difference += (got[i]! - wanted[i]!) ** 2;
    norm += wanted[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

const condition = (eigenvalues: ArrayLike<number>) => eigenvalues[eigenvalues.length - 1]! / eigenvalues[0]!;
const engines = [...nativeInfo().availableIsas, 'double', 'reference'] as const;

describe.skipIf(files.length === 0)(`engines against the fixtures${note}`, () => {
  describe.each(engines)('%s', (engine) => {
    it.each(files)('%s', async (file) => {
      const { c, graph, candidate, weights, inputs, expected } = load(file);
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

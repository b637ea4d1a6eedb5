import { readdirSync, readFileSync } from 'node:fs';
import { openDataset } from '@tenas/data';
import { Evaluator } from '@tenas/metrics';
import { Program } from '@tenas/native';
import { calibrateBatchNorm, checkOnnx, exportOnnx } from '@tenas/onnx';
import type { Space } from '@tenas/spaces';
import { parseSpaceFile } from '@tenas/spaces/file';
import { describe, expect, it } from 'vitest';

const folder = new URL('../packages/spaces/test/files/', import.meta.url);
const spaces = readdirSync(folder).map((file) => {
  const space: Space = parseSpaceFile(readFileSync(new URL(file, folder), 'utf8'), file);
  return [file, space] as const;
});

function architecturesOf(space: Space, count: number, seed: number): object[] {
  return space.sample({ count: Math.min(count, space.enumeration?.size ?? count), seed });
}

describe.each(spaces)('networks of the space in %s', (_, space) => {
  it('agree with onnxruntime to 1e-4', { timeout: 600_000 }, async () => {
    for (const [number, architecture] of architecturesOf(space, 20, 13).entries()) {
      const graph = space.network(architecture, { C: 8, numClasses: 10, inputShape: [3, 16, 16] });
      using program = Program.compile(graph);
      const initial = program.seededWeights({ seed: number, repeat: 0, init: 'kaiming_fan_out' });
      const weights = await calibrateBatchNorm(graph, initial);
      const { failure, maxAbsDiff } = await checkOnnx(exportOnnx(graph, weights), { graph, weights });
      expect(failure, space.format(architecture)).toBeNull();
      expect(maxAbsDiff, space.format(architecture)).toBeLessThan(1e-4);
    }
  });
});

describe.each(spaces.filter(([, space]) => space.supernet !== undefined))(
  'the supernet of the space in %s',
  (_, space) => {
    it('gives architectures the values of their own networks', { timeout: 600_000 }, async () => {
      const source = await openDataset({ dataset: 'synthetic' });
      const architectures = architecturesOf(space, 12, 17);
      const valuesOf = async (under: Space) => {
        const metrics = ['naswot', 'regions'];
        using evaluator = new Evaluator({ space: under, source, metrics, repeats: 1 });
        const scored = await evaluator.score(architectures);
        return scored.map(({ scores }) => metrics.map((metric) => scores[metric]!.value));
      };
      const alone = await valuesOf({ ...space, supernet: undefined });
      const together = await valuesOf(space);
      expect(together.flat().filter((value) => value !== null).length).toBeGreaterThan(architectures.length);
      for (const [place, values] of together.entries()) {
        for (const [metric, value] of values.entries()) {
          const own = alone[place]![metric]!;
          if (value === null) expect(own).toBeNull();
          else
            expect(Math.abs(value - own) / Math.abs(own), space.format(architectures[place]!)).toBeLessThan(
              0.02,
            );
        }
      }
    });
  },
);

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Graph, liveNodes, readSafetensors, type Shape } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { flatDomain, getSpace, type NestedDomain, requireSupernet } from '../src/index.js';
import { referenceData } from './reference-data.js';
import { referenceForward } from './reference-forward.js';

interface Case {
  readonly space: string;
  readonly kind: 'supernet' | 'architecture';
  readonly architecture: string;
  readonly active: NestedDomain;
  readonly task: 'ntk' | 'linear_regions';
  readonly params: {
    C: number;
    N: number;
    depth?: number;
    use_stem?: boolean;
    stem_multiplier?: number;
    num_classes: number;
  };
}

/** The network of a fixture with its coefficients. */
function networkOf(c: Case, inputShape: Shape): { graph: Graph; coefficients: Float64Array } {
  const space = getSpace(c.space);
  const { C, N, depth, use_stem, stem_multiplier, num_classes: numClasses } = c.params;
  if (c.kind === 'architecture') {
    const graph = space.network(space.parse(c.architecture), { C, N, numClasses, inputShape });
    return { graph, coefficients: new Float64Array(0) };
  }
  const stem = { useStem: use_stem, stemMultiplier: stem_multiplier };
  const supernet = requireSupernet(space, 'the fixture').build({
    C,
    N,
    depth,
    ...stem,
    numClasses,
    inputShape,
  });
  return { graph: supernet.graph, coefficients: supernet.coefficients(flatDomain(c.active)) };
}

const golden = referenceData('golden');
const files = golden.absent ? [] : readdirSync(golden.path).filter((file) => file.endsWith('.safetensors'));

describe.skipIf(golden.absent)(`reference fixtures${golden.note}`, () => {
  it('has fixtures of both spaces', () => {
    expect(files.some((file) => file.startsWith('nb201'))).toBe(true);
    expect(files.some((file) => file.startsWith('darts'))).toBe(true);
  });

  it.each(files)('%s', (file) => {
    const { tensors, metadata } = readSafetensors(new Uint8Array(readFileSync(join(golden.path, file))));
    const c = JSON.parse(metadata.case!) as Case;
    const input = tensors.get('input')!;
    const inputShape = input.shape.slice(-3) as unknown as Shape;
    const { graph, coefficients } = networkOf(c, inputShape);

    const given = [...tensors.keys()]
      .filter((name) => name !== 'input' && !name.startsWith('expected.'))
      .sort();
    const live = liveNodes(graph, coefficients);
    const used = new Set<string>();
    for (const node of graph.nodes) {
      if (!live[node.id] || !('weight' in node)) continue;
      for (const id of [node.weight, node.bias]) if (id !== null) used.add(graph.params[id]!.name);
    }
    expect([...used].sort()).toEqual(given);
    for (const param of graph.params) {
      if (used.has(param.name)) expect(tensors.get(param.name)!.shape, param.name).toEqual([...param.shape]);
    }

    const values = tensors.get('input')!.data as Float32Array;
    const parameters = new Map(given.map((name) => [name, tensors.get(name)!.data as Float32Array]));
    if (c.task === 'ntk') {
      const { logits } = referenceForward(graph, parameters, coefficients, values, input.shape[0]!);
      const expected = tensors.get('expected.logits')!.data as Float64Array;
      const scale = Math.max(...expected.map(Math.abs));
      for (const [index, logit] of logits.entries())
        expect(Math.abs(logit - expected[index]!)).toBeLessThan(1e-9 * scale);
      return;
    }
    const [batches, samples] = input.shape as [number, number];
    const size = values.length / batches;
    const patterns = new Set<string>();
    for (let batch = 0; batch < batches; batch += 1) {
      const part = values.subarray(batch * size, (batch + 1) * size);
      const result = referenceForward(graph, parameters, coefficients, part, samples);
      for (const pattern of result.patterns) patterns.add(pattern);
      expect(BigInt(result.neurons)).toBe(BigInt(tensors.get('expected.neurons')!.data[0]!));
    }
    expect(BigInt(patterns.size)).toBe(BigInt(tensors.get('expected.linear_regions')!.data[0]!));
  });
});

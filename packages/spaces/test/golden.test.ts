import { liveNodes } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { goldenFiles, loadGolden } from '../../../test/support/golden-case.js';
import { referenceForward } from './reference-forward.js';

interface Case {
  readonly task: 'ntk' | 'linear_regions';
}

const { folder, files, note } = goldenFiles('golden');

describe.skipIf(files.length === 0)(`reference fixtures${note}`, () => {
  it('has fixtures of both spaces', () => {
    expect(files.some((file) => file.startsWith('nb201'))).toBe(true);
    expect(files.some((file) => file.startsWith('darts'))).toBe(true);
  });

  it.each(files)('%s', (file) => {
    const { c, tensors, graph, candidate: coefficients } = loadGolden<Case>(folder, file);
    const input = tensors.get('input')!;

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

    const values = input.data as Float32Array;
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

import { Program } from '@tenas/native';
import { calibrateBatchNorm, checkOnnx, exportOnnx } from '@tenas/onnx';
import { formatNasBench201, getSpace, parseNasBench201, sampleNasBench201 } from '@tenas/spaces';
import { expect, it } from 'vitest';

// Random architectures, three of them with what is rare at random: all none, a dead middle, no convolution.
const space = getSpace('nas-bench-201');
const architectures = [
  ...sampleNasBench201({ count: 20, seed: 11 }),
  parseNasBench201('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|'),
  parseNasBench201('|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|'),
  parseNasBench201('|avg_pool_3x3~0|+|skip_connect~0|avg_pool_3x3~1|+|none~0|skip_connect~1|avg_pool_3x3~2|'),
];

it('has none among its samples', () => {
  expect(architectures.filter(({ ops }) => ops.includes('none')).length).toBeGreaterThan(8);
});

it.each(architectures.map((architecture) => [formatNasBench201(architecture), architecture] as const))(
  'ONNX of %s agrees with our forward pass to 1e-4',
  async (_, architecture) => {
    const graph = space.network(architecture, { C: 8, N: 2, numClasses: 10 });
    using program = Program.compile(graph);
    const initial = program.seededWeights({ seed: 5, repeat: 0, init: 'kaiming_fan_out' });
    const weights = await calibrateBatchNorm(graph, initial);
    const result = await checkOnnx(exportOnnx(graph, weights), { graph, weights });
    expect(result.failure).toBeNull();
    // Absolute: calibrated networks have logits of ordinary size.
    expect(result.maxAbsLogit).toBeLessThan(100);
    expect(result.maxAbsDiff).toBeLessThan(1e-4);
  },
);

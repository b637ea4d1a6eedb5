import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SUPPORTED_OPSETS } from '../src/index.js';
import { checkAgainstPlain } from './support/check-against-plain.js';
import { randomGraph } from './support/random-graph.js';

test('random graphs export, load and give what their operators say', async () => {
  await fc.assert(
    fc.asyncProperty(
      randomGraph,
      fc.constantFrom(...SUPPORTED_OPSETS),
      fc.nat(1000),
      async ({ graph, coefficients }, opset, seed) => {
        const result = await checkAgainstPlain(graph, {
          opset,
          coefficients,
          seed,
          batchSizes: [1, 2],
          tolerance: 1e-5,
        });
        expect(result.failure).toBeNull();
      },
    ),
    { numRuns: 150 },
  );
});

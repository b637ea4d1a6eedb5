import { join } from 'node:path';
import type { Graph } from '@tenas/graph';
import { Program } from '@tenas/native';
import { checkOnnx, exportOnnx } from '@tenas/onnx';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomGraph } from '../../../test/support/random-graph.js';
import { relativeError } from '../../../test/support/random-inputs.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { inTorch, type TorchOutputs } from './support/in-torch.js';
import { TorchProcess, torchMissing } from './support/torch-process.js';

const missing = torchMissing();

describe.skipIf(missing !== null)(`graphs as flat modules${missing === null ? '' : ` (${missing})`}`, () => {
  const folder = temporaryFolder();
  let torch: TorchProcess;
  let runs = 0;
  beforeAll(() => {
    torch = new TorchProcess();
  });
  afterAll(() => torch[Symbol.asyncDispose]());

  /** Compares logits with onnxruntime's, and a step with the trainer's where the graph has classes. */
  async function compare(graph: Graph, coefficients: Float64Array, step: boolean): Promise<void> {
    using program = Program.compile(graph);
    const weights = program.seededWeights({ seed: 1, repeat: 0, init: 'pytorch' });
    const classes = graph.nodes[graph.output]!.shape[0];
    const labels = Int32Array.from({ length: 4 }, (_, n) => n % classes);
    let images = new Float32Array();
    let found: TorchOutputs | undefined;
    const checked = await checkOnnx(exportOnnx(graph, weights, { coefficients }), {
      graph,
      weights,
      coefficients,
      threads: 1,
      batchSizes: [4],
      reference: async (inputs) => {
        images = Float32Array.from(inputs);
        found = await inTorch(torch, {
          graph,
          weights,
          coefficients,
          images,
          folder: join(folder, String(runs++)),
          ...(step ? { labels: [...labels], step: { lr: 0.1, momentum: 0.9 } } : {}),
        });
        return found.eval;
      },
    });
    expect(checked.failure).toBeNull();
    if (!step) return;
    await using trainer = program.trainer({
      weights: { kind: 'explicit', data: weights },
      optimiser: { kind: 'sgd', momentum: 0.9 },
      threads: 1,
    });
    const { loss } = await trainer.step({ images, labels, coefficients, learningRate: 0.1 });
    expect(Math.abs(found!.loss - loss)).toBeLessThan(1e-4);
    const ours = await trainer.parameters();
    for (const [name, { data }] of ours) {
      const after = found!.after.get(name)!.data;
      expect(relativeError(Array.from(after, Number), Array.from(data, Number), 1e-3), name).toBeLessThan(
        1e-3,
      );
    }
  }

  it('compute what onnxruntime and our trainer compute', async () => {
    const ending = (classifier: 'always' | 'sometimes') => randomGraph({ classifier, maxSteps: 14 });
    const withClasses = fc.sample(ending('always'), { seed: 7, numRuns: 60 });
    const any = fc.sample(ending('sometimes'), { seed: 8, numRuns: 60 });
    const ops = new Set([...withClasses, ...any].flatMap(({ graph }) => graph.nodes.map(({ op }) => op)));
    expect(ops.size).toBe(14);
    for (const { graph, coefficients } of withClasses) await compare(graph, coefficients, true);
    for (const { graph, coefficients } of any) await compare(graph, coefficients, false);
  });
});

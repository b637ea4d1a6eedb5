import { join } from 'node:path';
import { type Graph, graphCost, type ParamKind, paramOffsets, type Tensor } from '@tenas/graph';
import { type NamedTensors, Program } from '@tenas/native';
import { calibrateBatchNorm, checkOnnx, exportOnnx } from '@tenas/onnx';
import { listSpaces, mobileNetV2Within, type Space } from '@tenas/spaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTorch, type TorchOutputs } from '../packages/pytorch/test/support/in-torch.js';
import { TorchProcess, torchMissing } from '../packages/pytorch/test/support/torch-process.js';
import { publishedGenotypes } from './support/published-genotypes.js';
import { relativeError } from './support/random-inputs.js';
import { smallSize } from './support/small-size.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { THOROUGH } from './support/thorough.js';

/** `npm run check:exports` compares 20, `npm test` fewer. */
const ARCHITECTURES = THOROUGH ? 20 : 5;
const BATCH = 8;
const ATTEMPTS = 10;
const STEP = { lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 5e-4 };
const STATISTICS: readonly ParamKind[] = ['bnRunningMean', 'bnRunningVar'];

/** Networks of 80 convolutions amplify rounding to 1e-3. Short ones have all that the long ones have. */
const SHORT = mobileNetV2Within({ maxLayers: 8 });
const SPACES = listSpaces().map((space): Space => (space.name === SHORT.name ? SHORT : space));

async function weightsOf(graph: Graph, seed: number): Promise<Float32Array> {
  using program = Program.compile(graph);
  const initial = program.seededWeights({ seed, repeat: 0, init: 'kaiming_fan_out' });
  return await calibrateBatchNorm(graph, initial, { threads: 1 });
}

/** How far a step moved the parameters, or the running statistics, of a state_dict. */
function movedBy(
  state: ReadonlyMap<string, Tensor> | NamedTensors,
  graph: Graph,
  before: Float32Array,
  statistics: boolean,
): number[] {
  const { offsets } = paramOffsets(graph);
  return graph.params
    .filter(({ kind }) => STATISTICS.includes(kind) === statistics)
    .flatMap(({ id, name }) =>
      Array.from(state.get(name)!.data, Number).map((value, place) => value - before[offsets[id]! + place]!),
    );
}

const missing = torchMissing();

/** One for all spaces: loading PyTorch takes as long as comparing the networks of a space. */
let torch: TorchProcess;
beforeAll(() => {
  if (missing === null) torch = new TorchProcess();
});
afterAll(() => torch?.[Symbol.asyncDispose]());

describe.skipIf(missing !== null).each(SPACES.map((space) => [space.name, space] as const))(
  `PyTorch code of %s${missing === null ? '' : ` (${missing})`}`,
  (name, space) => {
    const folder = temporaryFolder();

    /** Compares names and counts, and returns how far outputs and a step of both are apart at most. */
    async function compare(architecture: object, number: number, seed: number): Promise<number> {
      const genotype = space.format(architecture);
      const graph = space.network(architecture, smallSize(space, number));
      const weights = await weightsOf(graph, seed);
      const labels = Int32Array.from({ length: BATCH }, (_, n) => (7 * n + number) % 10);
      let images = new Float32Array();
      let found: TorchOutputs | undefined;
      const checked = await checkOnnx(exportOnnx(graph, weights), {
        graph,
        weights,
        threads: 1,
        batchSizes: [BATCH],
        reference: async (inputs) => {
          images = Float32Array.from(inputs);
          found = await inTorch(torch, {
            graph,
            weights,
            images,
            labels: [...labels],
            step: STEP,
            architecture: { space: name, genotype },
            folder: join(folder, `${number}-${seed}`),
          });
          return found.eval;
        },
      });
      expect(checked.failure, genotype).toBeNull();
      expect(found!.parameters, genotype).toBe(graphCost(graph).params);

      using program = Program.compile(graph);
      await using trainer = program.trainer({
        weights: { kind: 'explicit', data: weights },
        optimiser: { kind: 'sgd', momentum: STEP.momentum, nesterov: true, weightDecay: STEP.weight_decay },
        threads: 1,
      });
      const { logits } = await trainer.evaluate({ images, labels, statistics: 'batch' });
      const outputs = [checked.relativeDiff, relativeError(found!.train!, logits)];
      const { loss } = await trainer.step({ images, labels, learningRate: STEP.lr });
      outputs.push(Math.abs(found!.loss - loss));
      const ours = await trainer.parameters();
      const theirs = found!.after;
      // In the same order, counters of batches included.
      expect([...theirs.keys()]).toEqual([...ours.keys()]);
      const errors = [false, true].map((statistics) =>
        relativeError(movedBy(theirs, graph, weights, statistics), movedBy(ours, graph, weights, statistics)),
      );
      return Math.max(...outputs, ...errors);
    }

    it(`computes what onnxruntime and our trainer compute, for ${ARCHITECTURES} random architectures and published ones`, async () => {
      const architectures = [
        ...space.sample({ count: ARCHITECTURES, seed: 3 }),
        ...publishedGenotypes(space),
      ];
      for (const [number, architecture] of architectures.entries()) {
        let error = Number.POSITIVE_INFINITY;
        // Where rounding puts a value on the other side of a ReLU's 0, both gradients are right. That happens to a third of
        // the networks: then other weights decide.
        for (let seed = 5; seed < 5 + ATTEMPTS && error >= 1e-4; seed++) {
          error = await compare(architecture, number, seed);
        }
        expect(error, space.format(architecture)).toBeLessThan(1e-4);
      }
    }, 240_000);
  },
);

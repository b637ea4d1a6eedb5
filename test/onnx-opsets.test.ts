import { type Graph, GraphBuilder } from '@tenas/graph';
import { Program } from '@tenas/native';
import { calibrateBatchNorm, checkOnnx, exportOnnx, SUPPORTED_OPSETS } from '@tenas/onnx';
import { listSpaces } from '@tenas/spaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxPython } from '../scripts/onnx-python.mjs';
import { OnnxChecker } from './support/onnx-checker.js';
import { smallSize } from './support/small-size.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { THOROUGH } from './support/thorough.js';

/** `npm run check:exports` checks 20 architectures in all opsets, `npm test` two in the first and the last. */
const ARCHITECTURES = THOROUGH ? 20 : 2;
const OPSETS = THOROUGH ? SUPPORTED_OPSETS : [SUPPORTED_OPSETS[0], SUPPORTED_OPSETS.at(-1)!];

const python = onnxPython();
const checked = python === null ? ' (onnx.checker left out: `npm run check:exports` installs it)' : '';

async function weightsOf(graph: Graph): Promise<Float32Array> {
  using program = Program.compile(graph);
  const initial = program.seededWeights({ seed: 5, repeat: 0, init: 'kaiming_fan_out' });
  return await calibrateBatchNorm(graph, initial, { threads: 1 });
}

describe(`ONNX in opsets ${OPSETS[0]} to ${OPSETS.at(-1)}${checked}`, () => {
  const folder = temporaryFolder();
  let checker: OnnxChecker | undefined;
  beforeAll(() => {
    if (python !== null) checker = new OnnxChecker(python, folder);
  });
  afterAll(() => checker?.[Symbol.asyncDispose]());

  it.each(listSpaces().map((space) => [space.name, space] as const))(
    `of ${ARCHITECTURES} random architectures of %s`,
    async (_, space) => {
      const architectures = space.sample({ count: ARCHITECTURES, seed: 3 });
      for (const [number, architecture] of architectures.entries()) {
        const text = space.format(architecture);
        const graph = space.network(architecture, smallSize(space, number));
        const weights = await weightsOf(graph);
        for (const opset of OPSETS) {
          const model = exportOnnx(graph, weights, { opset });
          const result = await checkOnnx(model, { graph, weights, threads: 1, batchSizes: [1, 3] });
          expect([text, result.opset, result.failure]).toEqual([text, opset, null]);
          const problem = (await checker?.problem(model)) ?? null;
          expect([text, opset, problem]).toEqual([text, opset, null]);
        }
      }
    },
    600_000,
  );

  it.skipIf(python === null)('is refused by onnx.checker where it is wrong', async () => {
    const builder = new GraphBuilder();
    const graph = builder.build(builder.relu(builder.input([3, 4, 4])));
    const model = exportOnnx(graph, new Float32Array(0));
    const wrong = Buffer.from(Buffer.from(model).toString('latin1').replace('Relu', 'Rely'), 'latin1');
    expect(await checker!.problem(model)).toBeNull();
    expect(await checker!.problem(wrong)).toMatch(/Rely/);
  });
});

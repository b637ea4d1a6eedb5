import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOnnx, importOnnx } from '@tenas/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { PYTHON, pythonEnvironment } from '../packages/pytorch/test/support/python-process.js';
import { torchMissing } from '../packages/pytorch/test/support/torch-process.js';
import { temporaryFolder } from './support/temporary-folder.js';

const missing = torchMissing();

/** Networks of torchvision, and how many layers with weights each has. */
const NETWORKS = [
  ['resnet18', 21],
  ['resnext50', 54],
  ['vgg11_bn', 11],
  ['mobilenet_v2', 53],
  ['squeezenet1_1', 26],
] as const;

describe.skipIf(missing !== null)(`networks from PyTorch${missing === null ? '' : ` (${missing})`}`, () => {
  const folder = temporaryFolder();

  beforeAll(() => {
    const script = fileURLToPath(new URL('support/onnx_networks.py', import.meta.url));
    execFileSync(PYTHON, [script, folder], {
      env: pythonEnvironment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }, 300_000);

  it.each(
    NETWORKS.flatMap(([name, layers]) =>
      (['folded', 'kept'] as const).map((mode) => [name, mode, layers] as const),
    ),
  )(
    '%s, batch norms %s, agrees with onnxruntime',
    async (name, mode, layers) => {
      const bytes = readFileSync(join(folder, `${name}-${mode}.onnx`));
      const { graph, weights } = importOnnx(bytes);
      const result = await checkOnnx(bytes, {
        ...{ graph, weights: await weights(), batchSizes: [1, 3], threads: 1, tolerance: 1e-4 },
      });
      expect(result.failure).toBeNull();
      expect(result.warnings).toEqual([]);
      expect(result.maxAbsDiff).toBeLessThan(1e-4);
      expect(result.maxAbsLogit).toBeGreaterThan(1e-3);
      expect(graph.nodes.filter(({ op }) => op === 'conv2d' || op === 'linear')).toHaveLength(layers);
      // Names as in the state_dict, also where PyTorch made others of folded layers.
      const names = graph.params.map((param) => param.name);
      expect(
        names.every((param) => /^[a-z][\w.]*\.(weight|bias|running_mean|running_var)$/.test(param)),
      ).toBe(true);
    },
    60_000,
  );
});

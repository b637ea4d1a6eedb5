import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from '@tenas/native';
import { exportOnnx, summarizeModel } from '@tenas/onnx';
import { getSpace, parseDarts, parseNasBench201 } from '@tenas/spaces';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, expect, it } from 'vitest';

/** Debian's interpreter, whose package python3-opencv brings cv2. */
const PYTHON = '/usr/bin/python3';
const hasOpenCv = spawnSync(PYTHON, ['-c', 'import cv2']).status === 0;

const nasBench201 = getSpace('nas-bench-201');
const darts = getSpace('darts');
const small = { C: 4, N: 1, numClasses: 10 };
const cell = (text: string) => nasBench201.network(parseNasBench201(text), small);
// A concat of zeros, which no sum swallows.
const deadNode =
  "Genotype(normal=[('none', 0), ('none', 1), ('sep_conv_3x3', 0), ('none', 2), ('skip_connect', 0), ('none', 2), " +
  "('none', 0), ('none', 1)], normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('none', 1), ('none', 0), " +
  "('none', 1), ('skip_connect', 1), ('none', 2), ('none', 3), ('none', 2)], reduce_concat=range(2, 6))";

const networks = {
  'a dead node': cell('|none~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|none~2|'),
  'no operation at all': cell('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|'),
  'every operation': cell(
    '|avg_pool_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|skip_connect~0|nor_conv_1x1~1|none~2|',
  ),
  'DARTS with dead nodes': darts.network(parseDarts(deadNode), { C: 4, N: 3, numClasses: 10 }),
};

const folder = mkdtempSync(join(tmpdir(), 'tenas-opencv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function exported(graph: (typeof networks)[keyof typeof networks]): Uint8Array {
  using program = Program.compile(graph);
  return exportOnnx(graph, program.seededWeights({ seed: 3, repeat: 0, init: 'kaiming_fan_in' }));
}

function noise(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index * 12.9898) * 2);
}

async function logitsOf(bytes: Uint8Array, inputs: Float32Array): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes);
  const batch = inputs.length / (3 * 32 * 32);
  const { logits } = await session.run({ input: new Tensor('float32', inputs, [batch, 3, 32, 32]) });
  expect(logits!.dims).toEqual([batch, 10]);
  return logits!.data as Float32Array;
}

it.each(Object.entries(networks))('ONNX of %s has no Shape and no ConstantOfShape', (_, graph) => {
  const ops = summarizeModel(exported(graph)).nodes.map(({ opType }) => opType);
  expect(ops).not.toContain('Shape');
  expect(ops).not.toContain('ConstantOfShape');
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])(
  'zeros are zeros, whatever the images hold (%s)',
  async (value) => {
    const bytes = exported(networks['no operation at all']);
    const usual = await logitsOf(bytes, noise(2 * 3072));
    const spoiled = noise(2 * 3072);
    spoiled[0] = value;
    const found = await logitsOf(bytes, spoiled);
    expect(found.subarray(10)).toEqual(usual.subarray(10));
  },
);

const SCRIPT = `
import json, sys
import cv2, numpy as np
net = cv2.dnn.readNetFromONNX(sys.argv[1])
inputs = np.fromfile(sys.argv[2], dtype=np.float32).reshape(-1, 3, 32, 32)
net.setInput(inputs)
print(json.dumps(net.forward().astype(float).tolist()))
`;

it.skipIf(!hasOpenCv).each(Object.entries(networks))(
  `OpenCV loads ONNX of %s and gives onnxruntime's logits${hasOpenCv ? '' : ' (skipped: no python3-opencv here)'}`,
  async (_, graph) => {
    const bytes = exported(graph);
    const [model, data] = [join(folder, 'net.onnx'), join(folder, 'inputs')];
    writeFileSync(model, bytes);
    for (const batch of [1, 7]) {
      const inputs = noise(batch * 3072);
      writeFileSync(data, inputs);
      const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', SCRIPT, model, data], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      const wanted = await logitsOf(bytes, inputs);
      const found = (JSON.parse(stdout) as number[][]).flat();
      expect(found).toHaveLength(wanted.length);
      const largest = wanted.reduce((most, logit) => Math.max(most, Math.abs(logit)), 1e-3);
      for (const [index, logit] of found.entries())
        expect(Math.abs(logit - wanted[index]!)).toBeLessThan(1e-2 * largest);
    }
  },
);

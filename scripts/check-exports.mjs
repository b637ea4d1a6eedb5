#!/usr/bin/env node
// `npm run check:exports [-- SPACE]`: 20 random architectures of every space, or of one, as ONNX in every opset, checked in
// onnxruntime and by onnx.checker, read back, and as PyTorch code, checked in PyTorch. `npm test` does the same with fewer.
import { installOnnx } from './onnx-python.mjs';
import { runMain, runOrFail } from './steps.mjs';

const [space] = process.argv.slice(2);

await runMain(async () => {
  await installOnnx();
  const tests = [
    'test/onnx-opsets.test.ts',
    'test/onnx-import.test.ts',
    'test/pytorch-architectures.test.ts',
  ];
  const only = space === undefined ? [] : ['-t', ` of ${space}$| of ${space} `];
  await runOrFail('npx', ['--no-install', 'vitest', 'run', ...tests, ...only, '--reporter=verbose'], {
    env: { TENAS_CHECK_EXPORTS: '1' },
  });
  return 0;
});

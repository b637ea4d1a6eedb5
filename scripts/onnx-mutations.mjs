// Reads 100,000 damaged ONNX models, or as many as the argument says: npm run onnx:mutations.
import { spawnSync } from 'node:child_process';

const count = process.argv[2] ?? '100000';
const { status } = spawnSync('npx', ['vitest', 'run', 'packages/onnx/test/mutations.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, TENAS_MUTATIONS: count, NODE_OPTIONS: '--max-old-space-size=512' },
});
process.exitCode = status ?? 1;

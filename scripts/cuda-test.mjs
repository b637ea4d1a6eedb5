#!/usr/bin/env node
// `npm run test:cuda`: everything that can be tested on a CUDA device. Fails if there is none.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, run, runMain, runOrFail, StepError, say } from './steps.mjs';
import { onPath } from './system-packages.mjs';

const native = join(repositoryRoot, 'native');
const build = join(native, 'build-test-cuda');
const tests = join(build, 'tenas_tests');
const shared = process.env.TENAS_SHARED ?? join(repositoryRoot, '../shared');

/** The device, or an error that says why there is none. */
async function cudaDevice() {
  const { stdout } = await run('npx', ['--no-install', 'tenas', 'info', '--json'], { capture: true });
  const { cuda } = JSON.parse(stdout).engine;
  if (!cuda.available) throw new StepError(`no CUDA device to test on: ${cuda.reason}`, 3);
  return cuda.device;
}

await runMain(async () => {
  say(`device: ${await cudaDevice()}`);
  say('1/4 building the C++ tests with CUDA');
  await runOrFail('cmake', ['-S', join(native, 'test/cpp'), '-B', build, '-DTENAS_CUDA=on']);
  await runOrFail('cmake', ['--build', build, '--parallel']);
  const env = { TENAS_TEST_DEVICE: 'cuda' };
  say('2/4 kernels and requests on the device against the double-precision reference');
  await runOrFail(tests, ['--test-case=*device*', '--test-case-exclude=*host executor*'], { env });

  say('3/4 compute-sanitizer: memory, races, uninitialised reads, barriers');
  const skipped = [];
  if (onPath('compute-sanitizer')) {
    for (const tool of ['memcheck', 'racecheck', 'initcheck', 'synccheck']) {
      const args = [
        '--tool',
        tool,
        '--error-exitcode',
        '1',
        tests,
        '--test-case=*leave lanes empty*,*in both modes*,*a cell as DARTS has it*',
      ];
      await runOrFail('compute-sanitizer', args, { env });
    }
  } else {
    skipped.push('compute-sanitizer is not on the PATH (it comes with the CUDA toolkit)');
  }

  say('4/4 golden fixtures on the device');
  // Metrics that have no form on devices run on the CPU.
  for (const [name, device] of Object.entries({
    golden: 'cuda',
    'golden-metrics': 'auto',
    'golden-train': 'cuda',
  })) {
    const folder = join(shared, name);
    const files = existsSync(folder)
      ? readdirSync(folder).flatMap((file) => (file.endsWith('.safetensors') ? [join(folder, file)] : []))
      : [];
    if (files.length > 0)
      await runOrFail('npx', ['--no-install', 'tenas', 'check', ...files, '--device', device]);
    else skipped.push(`no golden fixtures in ${folder}`);
  }
  if (skipped.length > 0)
    throw new StepError(`all that ran passed, but not everything ran: ${skipped.join('; ')}`);
  say('all tests passed on the device');
  return 0;
});

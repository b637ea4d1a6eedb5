#!/usr/bin/env node
// `npm run bench:cuda`: the CPU and the CUDA device side by side, as a table for docs/cuda.md; beside training steps those
// of PyTorch on the same device, where python3 has one with CUDA. Fails without a device.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, run, runMain, StepError, say } from './steps.mjs';

/** @type {[title: string, options: string][]} */
const cases = [
  ['NAS-Bench-201 supernet, NTK `sample`, batch 32', '--metric ntk --mode sample --batch 32'],
  ['NAS-Bench-201 supernet, NTK `batch`, batch 72', '--metric ntk --mode batch --batch 72'],
  ['NAS-Bench-201 supernet, regions, 3 x 1,000', '--metric regions'],
  ['DARTS supernet, NTK `sample`, batch 14', '--metric ntk --space darts --mode sample --batch 14'],
  ['DARTS supernet, NTK `batch`, batch 14', '--metric ntk --space darts --mode batch --batch 14'],
  ['DARTS supernet, regions, 3 x 1,000', '--metric regions --space darts'],
  ['NAS-Bench-201 supernet, snip', '--metric snip --evaluations 32'],
  ['DARTS supernet, snip', '--metric snip --space darts --evaluations 32'],
  ['NAS-Bench-201 supernet, zico', '--metric zico --evaluations 4'],
  ['DARTS supernet, zico', '--metric zico --space darts --evaluations 4'],
  ['NAS-Bench-201 supernet, jacov', '--metric jacov --evaluations 32'],
  ['DARTS supernet, jacov', '--metric jacov --space darts --evaluations 32'],
  ['NAS-Bench-201 supernet, synflow', '--metric synflow --evaluations 32'],
  ['DARTS supernet, synflow', '--metric synflow --space darts --evaluations 32'],
];

/** The operations of a cell of NAS-Bench-201 that is trained, at several sizes, in the order of its edges. */
const TRAINED = [
  'nor_conv_3x3',
  'nor_conv_3x3',
  'nor_conv_3x3',
  'skip_connect',
  'nor_conv_1x1',
  'nor_conv_3x3',
];
const trainings = [
  { C: 4, N: 1, batch: 64 },
  { C: 8, N: 1, batch: 64 },
  { C: 16, N: 1, batch: 64 },
  { C: 16, N: 5, batch: 64 },
  { C: 16, N: 5, batch: 256 },
  { C: 32, N: 5, batch: 256 },
];
const WARM_UP_STEPS = 3;
const STEPS = 10;

/** @param {string[]} args */
async function tenas(args) {
  const { code, stdout } = await run('npx', ['--no-install', 'tenas', ...args, '--json'], {
    cwd: repositoryRoot,
    capture: true,
  });
  if (code !== 0) throw new StepError(`tenas ${args.join(' ')} failed`, code);
  return JSON.parse(stdout);
}

/**
 * Milliseconds of a training step with its update: SGD with Nesterov momentum, images of CIFAR-10's shape.
 * @param {{ C: number, N: number, batch: number }} size
 * @param {'cpu' | 'cuda'} device
 */
async function trainingStep({ C, N, batch }, device) {
  const { Program } = await import('@tenas/native');
  const { nasBench201 } = await import('@tenas/spaces');
  const program = Program.compile(
    nasBench201.network(nasBench201.parse(genotype()), { C, N, numClasses: 10 }),
  );
  const trainer = program.trainer({
    weights: { kind: 'seeded', seed: 0, repeat: 0, init: 'pytorch' },
    optimiser: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
    device,
  });
  const images = Float32Array.from({ length: batch * 3 * 32 * 32 }, (_, i) =>
    Math.sin(i * 12.9898 + i * i * 0.001),
  );
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  let start = 0;
  for (let step = 0; step < WARM_UP_STEPS + STEPS; step += 1) {
    if (step === WARM_UP_STEPS) start = performance.now();
    await trainer.step({ images, labels, learningRate: 0.01 });
  }
  const milliseconds = (performance.now() - start) / STEPS;
  await trainer[Symbol.asyncDispose]();
  program.dispose();
  return milliseconds;
}

/** The trained cell as NAS-Bench-201 writes it. */
function genotype() {
  let edge = 0;
  const nodes = [1, 2, 3].map((node) =>
    Array.from({ length: node }, (_, from) => `|${TRAINED[edge++]}~${from}`).join(''),
  );
  return `${nodes.join('|+')}|`;
}

/**
 * Milliseconds of the same training steps in PyTorch on the device.
 * @returns {{ torch: string, milliseconds: number[] } | { absent: string }} `absent`: why there are none
 */
function peerSteps() {
  const script = join(repositoryRoot, 'benchmarks/peer/cuda_steps.py');
  const request = { sizes: trainings, ops: TRAINED, warm_up: WARM_UP_STEPS, steps: STEPS };
  const { status, stdout, stderr, error } = spawnSync('python3', [script], {
    input: JSON.stringify(request),
    encoding: 'utf8',
  });
  if (status === 0) return JSON.parse(stdout);
  return { absent: error?.message ?? (stderr.trim().split('\n').at(-1) || `exit code ${status}`) };
}

/** @param {string} title @param {number} cpu @param {number} cuda @param {number} [peer] */
function row(title, cpu, cuda, peer) {
  const pytorch = peer === undefined ? ' | ' : `${peer.toPrecision(3)} | ${(peer / cuda).toFixed(1)}`;
  return `| ${title} | ${cpu.toPrecision(3)} | ${cuda.toPrecision(3)} | ${(cpu / cuda).toFixed(1)} | ${pytorch} |`;
}

await runMain(async () => {
  const { engine } = await tenas(['info']);
  if (!engine.cuda.available) throw new StepError(`no CUDA device to measure: ${engine.cuda.reason}`, 3);
  const rows = [];
  for (const [title, options] of cases) {
    say(title);
    const args = ['bench', ...options.split(' ')];
    const milliseconds = [];
    for (const device of ['cpu', 'cuda']) {
      const { results } = await tenas([...args, '--device', device]);
      milliseconds.push(results.at(-1).millisecondsPerEvaluation.median);
    }
    const [cpu, cuda] = milliseconds;
    rows.push(row(title, cpu, cuda));
  }
  say('training steps of PyTorch on the device');
  const peer = peerSteps();
  if ('absent' in peer) say(`    none: ${peer.absent}`);
  for (const [index, size] of trainings.entries()) {
    const title = `training step, NAS-Bench-201 cell, C=${size.C}, N=${size.N}, batch ${size.batch}`;
    say(title);
    const [cpu, cuda] = [await trainingStep(size, 'cpu'), await trainingStep(size, 'cuda')];
    rows.push(row(title, cpu, cuda, 'absent' in peer ? undefined : peer.milliseconds[index]));
  }
  const processor = cpus()[0]?.model ?? 'unknown processor';
  process.stdout.write(
    [
      `${engine.cuda.device}; ${processor}, ${engine.hardwareThreads} threads, ${engine.isa}; ${new Date().toISOString().slice(0, 10)}`,
      '',
      `| evaluation | ms, CPU | ms, CUDA | CPU / CUDA | ms, ${'absent' in peer ? 'PyTorch' : `PyTorch ${peer.torch}`} on CUDA | PyTorch / ours |`,
      '|---|---|---|---|---|---|',
      ...rows,
      '',
    ].join('\n'),
  );
  return 0;
});
